import { createHash } from "node:crypto";

/** A number from a text, the same on every machine and for ever: 0 … `below` − 1. */
export function hashNumber(text: string, below: number): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) % below;
}

/** SHA-256 as hex of plain data, whatever the order of its keys. */
export function hashOf(data: unknown): string {
  return createHash("sha256").update(canonicalJson(data)).digest("hex");
}

/** JSON with sorted keys, without what is undefined: equal data, equal text. */
export function canonicalJson(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
