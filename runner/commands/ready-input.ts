import { z } from "zod";
import type { ClusterIdentity } from "../../contract/identity.ts";

const keyPair = z.object({ public: z.string(), private: z.string() });
const identity = z.object({
  format: z.literal(1),
  uid: z.string().regex(/^[0-9a-f]{32}$/),
  seed: z.string().regex(/^[0-9a-f]{64}$/),
  hostCa: keyPair,
  userCa: keyPair,
}) satisfies z.ZodType<ClusterIdentity>;

/** What `muster-runner ready` reads from stdin. */
export const readyInput = z.object({
  job: z.string(),
  attempt: z.coerce.number().int().min(0),
  nonce: z.string(),
  clusterId: z.string().regex(/^[A-Za-z0-9._-]+$/),
  identity,
  /** What the user gave as secrets, by name; each is JSON text. */
  credentials: z.record(z.string(), z.string()).default({}),
  /** Addresses by node name that the cloud gave out only in this run, instead of the job's. */
  addresses: z.record(z.string(), z.ipv4()).default({}),
});
export type ReadyInput = z.infer<typeof readyInput>;
