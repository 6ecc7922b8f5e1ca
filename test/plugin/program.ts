import { readFileSync } from "node:fs";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Wanted } from "./wanted.ts";

/** The program that the tests run through the engine: one resource for each entry of `wanted.json`. */
const wanted = JSON.parse(readFileSync("wanted.json", "utf8")) as Wanted;

/** By command: what it left. */
export const results = Object.fromEntries(
  Object.entries(wanted).map(([name, { args, secrets = [], secretOutputs = [] }]) => {
    const given = Object.fromEntries(
      Object.entries(args).map(([key, value]): [string, unknown] => [
        key,
        secrets.includes(key as keyof typeof args) ? pulumi.secret(value) : value,
      ]),
    );
    const { stdout, stderr, assets, archive } = new local.Command(name, given, {
      additionalSecretOutputs: secretOutputs,
    });
    return [name, { stdout, stderr, assets, archive }];
  }),
);
