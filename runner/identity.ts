import { hkdfSync, randomBytes } from "node:crypto";
import type { ClusterIdentity } from "../contract/identity.ts";
import { ed25519KeyPair } from "../contract/ssh-key.ts";

/** Shared secrets that services of a cluster may ask for by name. */
const secretNames = ["hadoop.http.signature", "spark.authenticate"];

/** A new cluster's identity: made once, kept by the engine as a secret. */
export function newIdentity(): ClusterIdentity {
  const uid = randomBytes(16).toString("hex");
  const seed = randomBytes(32).toString("hex");
  return {
    format: 1,
    uid,
    seed,
    hostCa: ed25519KeyPair(`muster-host-ca-${uid.slice(0, 8)}`),
    userCa: ed25519KeyPair(`muster-user-ca-${uid.slice(0, 8)}`),
    sharedSecrets: Object.fromEntries(secretNames.map((name) => [name, sharedSecret(seed, name)])),
  };
}

/** 32 bytes as hex, the same for the same seed and name. */
export function sharedSecret(seed: string, name: string): string {
  const bytes = hkdfSync("sha256", Buffer.from(seed, "hex"), "", `muster shared secret ${name}`, 32);
  return Buffer.from(bytes).toString("hex");
}
