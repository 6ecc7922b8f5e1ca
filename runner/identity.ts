import { hkdfSync, randomBytes } from "node:crypto";
import type { ClusterIdentity } from "../contract/identity.ts";
import { newAuthority } from "../contract/certificate-authority.ts";

/** A new cluster's identity: made once, kept by the engine as a secret. */
export function newIdentity(): ClusterIdentity {
  const uid = randomBytes(16).toString("hex");
  return {
    format: 1,
    uid,
    seed: randomBytes(32).toString("hex"),
    hostCa: newAuthority(`muster-host-ca-${uid.slice(0, 8)}`),
    userCa: newAuthority(`muster-user-ca-${uid.slice(0, 8)}`),
  };
}

/** A secret that nodes share by its name: 32 bytes as hex, the same for the same seed and name. */
export function sharedSecret(seed: string, name: string): string {
  const bytes = hkdfSync("sha256", Buffer.from(seed, "hex"), "", `muster shared secret ${name}`, 32);
  return Buffer.from(bytes).toString("hex");
}
