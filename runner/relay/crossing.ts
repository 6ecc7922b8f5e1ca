import { open } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactFile } from "../artifacts/inventory.ts";
import type { NodeLink } from "../node/link.ts";

/** Bytes of one message, and messages under way at once: together what a fast, distant line holds. */
const messageBytes = 512 * 1024;
const messagesAtOnce = 8;
/** All that is under way, over a line of 1 Mbit/s, three times. */
const messageMs = 120_000;

/** A piece of a file: its hash, where it begins, how long it is. */
type Part = [sha256: string, offset: number, length: number];

interface Message {
  parts: Part[];
  data: Buffer;
}

/** An artifact's folder on this machine, and what is in it. */
export interface LocalArtifact {
  id: string;
  path: string;
  files: readonly ArtifactFile[];
}

/**
 * Sends files of an artifact over the operator's line, by their hashes. Ends at once when the connection is lost: what
 * came stays on the node.
 */
export async function sendAcross(
  link: NodeLink,
  artifact: LocalArtifact,
  missing: ReadonlySet<string>,
  onBytes: (count: number) => void,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failed: Error | undefined;
  for await (const { parts, data } of messages(artifact, missing)) {
    while (underWay.size >= messagesAtOnce) await Promise.race(underWay);
    if (failed !== undefined) break;
    const args = { artifact: artifact.id, parts };
    const sent = link
      .request(() => ({ op: "artifactParts", args, data, timeoutMs: messageMs }), Date.now())
      .then(
        () => onBytes(data.length),
        (error: unknown) => {
          failed ??= error as Error;
        },
      )
      .finally(() => underWay.delete(sent));
    underWay.add(sent);
  }
  await Promise.all(underWay);
  if (failed !== undefined) throw failed;
}

/** Each content once, cut and put together to messages of one size: many files are tiny. */
async function* messages(artifact: LocalArtifact, missing: ReadonlySet<string>): AsyncGenerator<Message> {
  const contents = new Map(
    artifact.files.filter(({ sha256 }) => missing.has(sha256)).map((file) => [file.sha256, file]),
  );
  let message: Message = { parts: [], data: Buffer.alloc(0) };
  for (const { path, size, sha256 } of contents.values()) {
    const file = await open(join(artifact.path, path));
    try {
      for (let offset = 0; offset < size; ) {
        const room = messageBytes - message.data.length;
        const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(room, size - offset)), {
          position: offset,
        });
        // Cut off meanwhile: the node will find that it is not whole.
        if (bytesRead === 0) break;
        message.parts.push([sha256, offset, bytesRead]);
        message.data = Buffer.concat([message.data, buffer.subarray(0, bytesRead)]);
        offset += bytesRead;
        if (message.data.length < messageBytes) continue;
        yield message;
        message = { parts: [], data: Buffer.alloc(0) };
      }
    } finally {
      await file.close();
    }
  }
  if (message.parts.length > 0) yield message;
}
