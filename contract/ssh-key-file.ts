import { createHash } from "node:crypto";
import { sshString, sshUint32, WireReader } from "./ssh-wire.ts";

const magic = Buffer.from("openssh-key-v1\0", "latin1");

/**
 * An `OPENSSH PRIVATE KEY` without a passphrase (PROTOCOL.key).
 * @param blob The public key's bytes
 * @param fields What the format of that type has before the comment
 */
export function privateKeyFile(blob: Buffer, fields: readonly Buffer[], comment: string): string {
  // Twice the same number: how OpenSSH sees that a passphrase was right. Derived, so that equal keys give equal files.
  const check = createHash("sha256").update("check").update(blob).digest().subarray(0, 4);
  const secret = Buffer.concat([check, check, ...fields, sshString(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const file = Buffer.concat([
    magic,
    sshString("none"),
    sshString("none"),
    sshString(""),
    sshUint32(1),
    sshString(blob),
    sshString(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** The type and the fields behind it of an unencrypted `OPENSSH PRIVATE KEY`. Throws on anything else. */
export function readPrivateKey(pem: string): { type: string; fields: WireReader } {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+)-----END/.exec(pem)?.[1];
  if (body === undefined) throw new Error("not an OpenSSH private key");
  const reader = new WireReader(Buffer.from(body, "base64"));
  if (!reader.raw(magic.length).equals(magic)) throw new Error("not an OpenSSH private key");
  const cipher = reader.string().toString();
  if (cipher !== "none") throw new Error(`an unencrypted key is needed, this one uses ${cipher}`);
  reader.string();
  reader.string();
  reader.uint32();
  reader.string();
  const fields = new WireReader(reader.string());
  fields.raw(8);
  return { type: fields.string().toString(), fields };
}
