import type { ClusterIdentity, KeyPair } from "../../contract/identity.ts";
import type { JobNode } from "../../contract/job.ts";
import { certify, forever, isCurrent } from "../ssh/certificate.ts";
import { hostPrincipals } from "../ssh/config.ts";
import type { NodeLink } from "./link.ts";
import type { AgentSession } from "./session.ts";

const timeoutMs = 60_000;
const year = 365 * 24 * 60 * 60;
/** Users' certificates on nodes live with the node; each run that touches it renews what is older than a year. */
const userYears = { valid: 5, renewBelow: 4 };

/**
 * The node's own host key gets the host CA's signature, and the node learns whose logins to trust.
 * @param replace Make a new host key first: a bootstrap key was in the user data, where others may have read it.
 */
export async function enrol(
  node: JobNode,
  session: AgentSession,
  identity: ClusterIdentity,
  replace: boolean,
): Promise<void> {
  const { key } = await session.request<{ key: string }>({ op: "hostKey", args: { replace }, timeoutMs });
  const request = {
    kind: "host" as const,
    publicKey: key,
    keyId: node.name,
    principals: hostPrincipals(node),
    validAfter: 0n,
    validBefore: forever,
  };
  const certificate = certify(request, identity.hostCa.private);
  const args = { certificate, userCa: identity.userCa.public, generation: node.generation };
  await session.request({ op: "trust", args, timeoutMs });
}

/** Keys and certificates for the users that log in from this node to others. Returns whose certificate was renewed. */
export async function certifyUsers(link: NodeLink, users: string[], userCa: KeyPair, until: number): Promise<string[]> {
  type Keys = Record<string, { key: string; certificate: string | null }>;
  const keys = await link.request<Keys>(() => ({ op: "userKeys", args: { users }, timeoutMs }), until);
  const due = Object.entries(keys).filter(
    ([name, { key, certificate }]) =>
      certificate === null || !isCurrent(certificate, key, userCa.public, [name], userYears.renewBelow * year),
  );
  if (due.length === 0) return [];
  const now = Math.floor(Date.now() / 1000);
  const certificates = Object.fromEntries(
    due.map(([name, { key }]) => {
      const request = {
        kind: "user" as const,
        publicKey: key,
        keyId: `${name} on ${link.node.name}`,
        principals: [name],
        // The nodes' clocks need not agree with this one yet.
        validAfter: 0n,
        validBefore: BigInt(now + userYears.valid * year),
      };
      return [name, certify(request, userCa.private)];
    }),
  );
  await link.request(() => ({ op: "userCertificates", args: { certificates }, timeoutMs }), until);
  return due.map(([name]) => name);
}
