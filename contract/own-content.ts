import { createHash } from "node:crypto";
import { join } from "node:path";
import { canonicalJson } from "./canonical-json.ts";
import { clusterFolder } from "./folders.ts";

/** The files of one of the user's own steps, as they are carried to nodes. */
export interface OwnContent {
  files: OwnFile[];
}

export interface OwnFile {
  /** Relative, with slashes. */
  path: string;
  executable: boolean;
  /** Base64. */
  data: string;
}

/** A content as it is stored and sent, and its name everywhere: the SHA-256 of just this text. */
export function packOwnContent(content: OwnContent): { sha: string; text: string } {
  const files = [...content.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const text = canonicalJson({ files });
  return { sha: createHash("sha256").update(text).digest("hex"), text };
}

/** Where the program puts a cluster's contents, and the runner finds them. */
export const ownContentFile = (clusterId: string, sha: string): string =>
  join(clusterFolder(clusterId), "own", `${sha}.json`);
