import { createHash } from "node:crypto";
import { z } from "zod";
import { wheelsLock, type WheelsLock } from "../../../artifacts/locks.ts";
import type { ReadOwn, StepFault } from "../../config/steps.ts";

/** Beside a file of requirements: what they came to, made by `muster lock`. */
export const lockFileOf = (requirements: string): string => `${requirements}.lock.json`;

/** A lock of the user's own. */
export const usersLock = z.strictObject({
  /** Digest of what it was made for: the requirements, and what is locked without them. */
  for: z.string(),
  lock: wheelsLock,
});
export type UsersLock = z.output<typeof usersLock>;

/** What a lock for these requirements beside this set of packages says it is for. */
export const lockedFor = (text: string, base: string): string =>
  createHash("sha256")
    .update(JSON.stringify([text, base]))
    .digest("hex");

const INDEX = /^(-i|--index-url|--extra-index-url)[ =]/;
const ALLOWED = "allowed: packages by name with versions and --hash, --index-url, --extra-index-url";

/** Requirements as pip reads them, as far as nodes that fetch nothing themselves can do with them. */
export function readRequirements(text: string): {
  names: string[];
  indexes: string[];
  faults: Omit<StepFault, "field">[];
} {
  const lines = text
    .replaceAll(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  const faults: Omit<StepFault, "field">[] = [];
  const names: string[] = [];
  const indexes: string[] = [];
  for (const line of lines) {
    if (INDEX.test(line)) {
      if (/\/\/[^/]*@/.test(line))
        faults.push({
          found: "an index with credentials",
          allowed: "they belong into pip's own settings, not into this file",
        });
      else indexes.push(line);
    } else if (/^[A-Za-z0-9][A-Za-z0-9._-]*(\s*[[<>=!~;\s]|$)/.test(line) && !/\s@\s/.test(line)) {
      names.push((/^[A-Za-z0-9._-]+/.exec(line)?.[0] ?? "").toLowerCase().replaceAll(/[-_.]+/g, "-"));
    } else faults.push({ found: JSON.stringify(line.slice(0, 80)), allowed: ALLOWED });
  }
  if (names.length === 0 && faults.length === 0) faults.push({ found: "no package", allowed: ALLOWED });
  return { names: [...new Set(names)].sort(), indexes, faults };
}

/** The user's packages (`locked`, `wanted`): what requirements, and the lock beside them, say. */
export function readLocked(
  requirements: string,
  base: string,
  read: ReadOwn,
): { found: { locked?: WheelsLock; wanted?: string[] }; faults: StepFault[] } {
  const refused = (...faults: Omit<StepFault, "field">[]) => ({
    found: {},
    faults: faults.map((fault) => ({ field: "requirements", ...fault })),
  });
  const text = textOf(requirements, read);
  if (text instanceof Error)
    return refused({ found: JSON.stringify(requirements), allowed: `cannot be read: ${text.message}` });
  const { names, faults } = readRequirements(text);
  if (faults.length > 0) return refused(...faults);
  const file = lockFileOf(requirements);
  const allowed = "write it by: ./muster lock";
  const lock = textOf(file, read);
  if (lock instanceof Error) return refused({ found: `no ${file} beside it`, allowed });
  const parsed = usersLock.safeParse(jsonOf(lock));
  if (!parsed.success) return refused({ found: `${file} is no lock`, allowed });
  if (parsed.data.for !== lockedFor(text, base))
    return refused({ found: `${file} is older than what it is for`, allowed });
  return { found: { locked: parsed.data.lock, wanted: names }, faults: [] };
}

function textOf(path: string, read: ReadOwn): string | Error {
  try {
    return Buffer.from(read(path)[0]?.data ?? "", "base64").toString("utf8");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
