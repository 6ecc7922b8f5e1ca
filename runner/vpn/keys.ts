import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";
import type { Job, JobNode } from "../../contract/job.ts";

/** DER of a PKCS #8 X25519 key up to its 32 bytes (RFC 8410 §7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b656e04220420", "hex");

/** WireGuard's keys for both ends of a tunnel, in base64: always the same for the same seed. */
export interface TunnelKeys {
  node: WireGuardKey;
  operator: WireGuardKey;
  /** Known to both, mixed into every session. */
  shared: string;
}

export interface WireGuardKey {
  private: string;
  public: string;
}

/** @param seed Identity's, hex. */
export function tunnelKeys(seed: string): TunnelKeys {
  const derive = (what: string): Buffer =>
    Buffer.from(hkdfSync("sha256", Buffer.from(seed, "hex"), "", `muster wireguard ${what}`, 32));
  return {
    node: keyOf(derive("node")),
    operator: keyOf(derive("operator")),
    shared: derive("shared").toString("base64"),
  };
}

/** What the tunnel's node gets to know of its keys, as secrets by name; nothing for other nodes. */
export function tunnelSecrets(
  { tunnel }: Pick<Job, "tunnel">,
  node: Pick<JobNode, "name">,
  seed: string,
): Record<string, string> {
  if (tunnel?.node !== node.name) return {};
  const keys = tunnelKeys(seed);
  return { "vpn.private": keys.node.private, "vpn.peer": keys.operator.public, "vpn.shared": keys.shared };
}

function keyOf(bytes: Buffer): WireGuardKey {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, bytes]), format: "der", type: "pkcs8" });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  if (x === undefined) throw new Error("not an X25519 key");
  return { private: bytes.toString("base64"), public: Buffer.from(x, "base64url").toString("base64") };
}
