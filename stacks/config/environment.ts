import { resolve } from "node:path";
import type { Config } from "@pulumi/pulumi";
import type { CloudChoice, ReadOptions } from "../../plan/config/read.ts";
import { ownFilesIn } from "../../components/own-files.ts";
import { parseEnvironment } from "../../plan/config/read.ts";
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
): { cloud: CloudChoice; clusters: ClusterSpec[] } {
  const raw = { cloud: plain(config.get("cloud")), clusters: plain(config.get("clusters")) };
  return parseEnvironment(raw, `${config.name}:`, { readText: readKeyFile, readOwn: ownFilesIn(PROJECT), ...options });
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
