import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";

/** Public key files are a line or a few; anything larger is no key file. */
const LARGEST = 64 * 1024;

/**
 * Reads a user's key file; a leading `~` stands for the operator's home.
 * @throws Error whose message completes "cannot be read: …"
 */
export function readKeyFile(path: string): string {
  const full = path.replace(/^~(?=\/|$)/, homedir());
  if (full.startsWith("~")) throw new Error("other users' homes are not looked up; write the whole path");
  const found = statSync(full, { throwIfNoEntry: false });
  if (found === undefined) throw new Error("no such file");
  if (!found.isFile()) throw new Error("not a file");
  if (found.size > LARGEST) throw new Error("too large for a key file");
  try {
    return readFileSync(full, "utf8");
  } catch (error) {
    throw new Error(
      error instanceof Error && "code" in error && error.code === "EACCES" ? "permission denied" : "unreadable",
      { cause: error },
    );
  }
}
