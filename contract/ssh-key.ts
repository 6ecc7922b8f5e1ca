import { createHash, createPrivateKey, createPublicKey, hkdfSync, randomBytes, type KeyObject } from "node:crypto";
import type { KeyPair } from "./identity.ts";
import { privateKeyFile } from "./ssh-key-file.ts";
import { sshString, WireReader } from "./ssh-wire.ts";

export const ed25519 = "ssh-ed25519";
/** DER of a PKCS #8 Ed25519 key up to its 32 bytes (RFC 8410 §7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 key from 32 secret bytes, or a new one, in OpenSSH's formats. */
export function ed25519KeyPair(comment: string, seed: Uint8Array = randomBytes(32)): KeyPair {
  const point = publicPoint(ed25519Key(seed));
  const blob = publicBlob(point);
  const fields = [sshString(ed25519), sshString(point), sshString(Buffer.concat([Buffer.from(seed), point]))];
  return {
    public: `${ed25519} ${blob.toString("base64")} ${comment}`,
    private: privateKeyFile(blob, fields, comment),
  };
}

/** A machine's bootstrap host key: known before it exists, different in each generation. */
export function bootstrapHostKey(seed: string, node: string, generation: number): KeyPair {
  const bytes = hkdfSync("sha256", Buffer.from(seed, "hex"), "", `muster host key ${node} ${generation}`, 32);
  return ed25519KeyPair(node, new Uint8Array(bytes));
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
  if (type !== ed25519) throw new Error(`an ${ed25519} key is needed, this one is ${type}`);
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
  return Buffer.concat([sshString(ed25519), sshString(point)]);
}

/** The private key that 32 secret bytes are. */
export function ed25519Key(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: "der", type: "pkcs8" });
}
