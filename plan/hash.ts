import { createHash } from "node:crypto";

/** A number from a text, the same on every machine and for ever: 0 … `below` − 1. */
export function hashNumber(text: string, below: number): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) % below;
}
