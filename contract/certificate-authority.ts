import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyPair } from "./identity.ts";
import { privateKeyFile, readPrivateKey } from "./ssh-key-file.ts";
import { ed25519, ed25519Key, publicBlob, publicPoint } from "./ssh-key.ts";
import { sshMpint, sshString, type WireReader } from "./ssh-wire.ts";

const ecdsa = "ecdsa-sha2-nistp256";
const curve = "nistp256";
/** Bytes of a number of that curve. */
const width = 32;

/** Who signs certificates, in OpenSSH's terms. */
export interface CertificateAuthority {
  /** Its public key's bytes. */
  blob: Buffer;
  /** The signature with its type before it. */
  sign: (body: Buffer) => Buffer;
}

/**
 * A new pair of keys that only sign certificates. Of P-256, which OpenSSL checks in a tenth of the time that OpenSSH's own
 * code takes for Ed25519: at a login each process of sshd checks the user's certificate at every message that has it, and
 * the host's own. Together a quarter of the processor time that a node spends on a login.
 */
export function newAuthority(comment: string): KeyPair {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "", d = "" } = privateKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), ...[x, y].map((number) => Buffer.from(number, "base64url"))]);
  const blob = ecdsaBlob(point);
  const fields = [sshString(ecdsa), sshString(curve), sshString(point), sshMpint(Buffer.from(d, "base64url"))];
  return { public: `${ecdsa} ${blob.toString("base64")} ${comment}`, private: privateKeyFile(blob, fields, comment) };
}

/** Also of Ed25519, as older clusters have. Throws on another type, and on what is no unencrypted private key. */
export function authorityOf(pem: string): CertificateAuthority {
  const { type, fields } = readPrivateKey(pem);
  if (type === ecdsa) return ecdsaAuthority(fields);
  if (type === ed25519) return ed25519Authority(fields);
  throw new Error(`an ${ecdsa} or ${ed25519} key is needed, this one is ${type}`);
}

function ecdsaAuthority(fields: WireReader): CertificateAuthority {
  fields.string();
  const point = fields.string();
  // All of its bytes, as RFC 7518 wants them: the key file has as few as it can, and one more where the first bit is set.
  const number = (bytes: Buffer): string =>
    Buffer.concat([Buffer.alloc(width), bytes])
      .subarray(-width)
      .toString("base64url");
  const [x, y] = [point.subarray(1, 1 + width), point.subarray(1 + width)].map(number);
  const jwk = { kty: "EC", crv: "P-256", x, y, d: number(fields.string()) };
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  return {
    blob: ecdsaBlob(point),
    sign: (body) => {
      const both = sign("sha256", body, { key, dsaEncoding: "ieee-p1363" });
      const numbers = [both.subarray(0, width), both.subarray(width)].map(sshMpint);
      return Buffer.concat([sshString(ecdsa), sshString(Buffer.concat(numbers))]);
    },
  };
}

function ed25519Authority(fields: WireReader): CertificateAuthority {
  fields.string();
  const key = ed25519Key(fields.string().subarray(0, 32));
  return {
    blob: publicBlob(publicPoint(key)),
    sign: (body) => Buffer.concat([sshString(ed25519), sshString(sign(null, body, key))]),
  };
}

const ecdsaBlob = (point: Buffer): Buffer => Buffer.concat([sshString(ecdsa), sshString(curve), sshString(point)]);
