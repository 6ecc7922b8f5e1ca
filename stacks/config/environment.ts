import { resolve } from "node:path";
import type { Config } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import type { CloudChoice, ReadOptions } from "../../plan/config/read.ts";
import { ownFilesIn } from "../../components/own-files.ts";
import { parseEnvironment } from "../../plan/config/read.ts";
import { UserMistakes } from "../../plan/mistake.ts";
import type { ClusterSpec } from "../../plan/spec.ts";
import { readKeyFile } from "./key-files.ts";

/** Where the stacks' files are: paths in them are relative to it. */
const PROJECT = resolve(import.meta.dirname, "../..");

/**
 * Reads `cloud` and `clusters` of a stack's config.
 * @throws UserMistakes with every mistake in all clusters
 */
export function readEnvironment(
  config: Config,
  options: ReadOptions = {},
): { cloud: CloudChoice; clusters: ClusterSpec[]; credentials: Record<string, unknown> } {
  const raw = { cloud: plain(config.get("cloud")), clusters: plain(config.get("clusters")) };
  const reading = { readText: readKeyFile, readOwn: ownFilesIn(PROJECT), ...options };
  return { ...parseEnvironment(raw, `${config.name}:`, reading), credentials: readCredentials(config) };
}

/**
 * Reads what services need to be given as secrets, by name.
 * @throws UserMistakes where they do not stand there as a secret
 */
function readCredentials(config: Config): Record<string, unknown> {
  const path = `${config.name}:credentials`;
  const text = config.get("credentials");
  if (text === undefined) return {};
  const refuse = (found: string, allowed: string): never => {
    throw new UserMistakes([{ path, found, allowed }]);
  };
  if (!isSecret(path))
    refuse("plain text", `a secret: take it out, and pulumi config set --secret --path ${path}.NAME.secretKey`);
  const value = plain(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse("no mapping", "a mapping from names to { accessKey, secretKey } or { serviceAccount }");
  return value as Record<string, unknown>;
}

/** Structured config arrives as JSON; a single word as itself, malformed JSON too, which is then refused as what it is. */
function plain(value: string | undefined): unknown {
  if (value === undefined || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The SDK knows it, but does not declare that it does. */
const isSecret = (key: string): boolean =>
  (runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret(key);
