import { stripVTControlCharacters } from "node:util";

/** What would move the cursor, change the order of letters or end a line: everything but a line's own end and tabs. */
const unprintable = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text that a terminal shows as it is, whatever was in it. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed()).replace(unprintable, " ");
}

/** Text for one terminal line: no control characters, not endless. */
export function oneLine(text: string, longest = 500): string {
  // More than this is cut anyway; escapes and blanks may still go.
  const plain = plainText(text.slice(0, longest * 16))
    .replace(/\s+/g, " ")
    .trim();
  return plain.length > longest ? `${plain.slice(0, longest - 1).toWellFormed()}…` : plain;
}

/** The beginning and the end of a long text. */
export function excerpt(text: string, longest = 64 * 1024): string {
  if (text.length <= longest) return text;
  const half = longest / 2;
  return `${text.slice(0, half)}\n… ${text.length - longest} characters left out …\n${text.slice(-half)}`;
}
