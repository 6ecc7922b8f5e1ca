import type { ClusterIdentity } from "../../contract/identity.ts";

/** An identity that is obviously none of a real cluster. */
export const identity: ClusterIdentity = {
  format: 1,
  uid: "uid",
  seed: "seed",
  hostCa: { public: "ssh-ed25519 HOST", private: "host secret" },
  userCa: { public: "ssh-ed25519 USER", private: "user secret" },
};

/** What the program's commands print when they run. */
export function answer(_type: string, name: string): Record<string, unknown> {
  if (name.endsWith("-identity")) return { stdout: JSON.stringify(identity) };
  if (name.endsWith("-intent")) return { stdout: "nonce" };
  if (name.endsWith("-ready")) return { stdout: '{"format":1,"state":"ready"}' };
  if (name.endsWith("-image-build")) return { stdout: '{"image":"baked:1"}' };
  return {};
}
