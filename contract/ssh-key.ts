import { createHash, createPrivateKey, createPublicKey, hkdfSync, randomBytes, type KeyObject } from "node:crypto";
import type { KeyPair } from "./identity.ts";
import { sshString, sshUint32, WireReader } from "./ssh-wire.ts";

const keyType = "ssh-ed25519";
const magic = Buffer.from("openssh-key-v1\0", "latin1");
/** DER of a PKCS #8 Ed25519 key up to its 32 bytes (RFC 8410 §7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 key from 32 secret bytes, or a new one, in OpenSSH's formats. */
export function ed25519KeyPair(comment: string, seed: Uint8Array = randomBytes(32)): KeyPair {
  const point = publicPoint(privateKeyOf(seed));
  const blob = publicBlob(point);
  // Twice the same number: how OpenSSH sees that a passphrase was right. Derived, so that equal seeds give equal files.
  const check = createHash("sha256").update("check").update(blob).digest().subarray(0, 4);
  const secret = Buffer.concat([
    check,
    check,
    sshString(keyType),
    sshString(point),
    sshString(Buffer.concat([Buffer.from(seed), point])),
    sshString(comment),
  ]);
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
  return {
    public: `${keyType} ${blob.toString("base64")} ${comment}`,
    private: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`,
  };
}

/** A machine's bootstrap host key: known before it exists, different in each generation. */
export function bootstrapHostKey(seed: string, node: string, generation: number): KeyPair {
  const bytes = hkdfSync("sha256", Buffer.from(seed, "hex"), "", `muster host key ${node} ${generation}`, 32);
  return ed25519KeyPair(node, new Uint8Array(bytes));
}

/** The signing key in an unencrypted Ed25519 `OPENSSH PRIVATE KEY`. Throws on anything else. */
export function signingKey(pem: string): KeyObject {
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
  const secret = new WireReader(reader.string());
  secret.raw(8);
  const type = secret.string().toString();
  if (type !== keyType) throw new Error(`an ${keyType} key is needed, this one is ${type}`);
  secret.string();
  return privateKeyOf(secret.string().subarray(0, 32));
}

/** The key's bytes in a `ssh-ed25519 AAAA… comment` line. Throws when it is not one. */
export function blobOf(publicKey: string): Buffer {
  const base64 = publicKey.trim().split(/\s+/)[1];
  if (base64 === undefined) throw new Error(`not a public key: ${publicKey.slice(0, 60)}`);
  return Buffer.from(base64, "base64");
}

/** The 32 bytes of an Ed25519 public key line. */
export function pointOf(publicKey: string): Buffer {
  const reader = new WireReader(blobOf(publicKey));
  const type = reader.string().toString();
  if (type !== keyType) throw new Error(`an ${keyType} key is needed, this one is ${type}`);
  return reader.string();
}

/** As OpenSSH shows it: `SHA256:…`. */
export function fingerprint(publicKey: string): string {
  return `SHA256:${createHash("sha256").update(blobOf(publicKey)).digest("base64").replace(/=+$/, "")}`;
}

export function publicPoint(key: KeyObject): Buffer {
  const x = createPublicKey(key).export({ format: "jwk" }).x;
  if (x === undefined) throw new Error("not an Ed25519 key");
  return Buffer.from(x, "base64url");
}

export function publicBlob(point: Uint8Array): Buffer {
  return Buffer.concat([sshString(keyType), sshString(point)]);
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: "der", type: "pkcs8" });
}
