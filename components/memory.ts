import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/**
 * What is remembered of one cluster from run to run: its `memory` output. Only what is known before `Ready` ends,
 * because a run that fails must not forget.
 */
export interface ClusterMemory {
  /** Identity's uid; absent until it was made. */
  uid?: string | undefined;
  /** Absent in what only this machine remembers. */
  kind?: string | undefined;
  attempt: number;
  /** Last wanted generation by node name; leavers are kept, so that a name that comes back is a new machine. */
  generations: Record<string, number>;
  /** How often a node was seen stopped, by name. */
  revivals: Record<string, number>;
  /** Data volumes in state by node name: of members, and of leavers for one more run. */
  volumes: Record<string, "protected" | "retiring">;
}

const counts = z.record(z.string(), z.int().min(0));

const clusterMemory = z.object({
  uid: z.string().optional(),
  kind: z.string().optional(),
  attempt: z.int().min(0),
  generations: counts,
  revivals: counts,
  volumes: z.record(z.string(), z.enum(["protected", "retiring"])),
}) satisfies z.ZodType<ClusterMemory>;

/** A memory from whatever stood where one should be; undefined when it is none (first run, other version). */
export function recall(value: unknown): ClusterMemory | undefined {
  const parsed = clusterMemory.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/**
 * What the stack and this machine remember, taken together: a run that was killed wrote nothing to the stack, and
 * one on another machine nothing here. Of two truths the careful one holds: the higher number, the protected volume.
 * Of what kind the cluster is, only the stack says: one that was destroyed may come back as another.
 */
export function combined(
  stack: ClusterMemory | undefined,
  machine: ClusterMemory | undefined,
): ClusterMemory | undefined {
  if (machine === undefined) return stack;
  if (stack === undefined) return { ...machine, kind: undefined };
  const volumes = { ...machine.volumes, ...stack.volumes };
  for (const [name, state] of Object.entries(machine.volumes)) if (state === "protected") volumes[name] = state;
  return {
    uid: stack.uid ?? machine.uid,
    kind: stack.kind,
    attempt: Math.max(stack.attempt, machine.attempt),
    generations: highest(stack.generations, machine.generations),
    revivals: highest(stack.revivals, machine.revivals),
    volumes,
  };
}

function highest(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const all = { ...one };
  for (const [name, count] of Object.entries(other)) all[name] = Math.max(all[name] ?? 0, count);
  return all;
}

/**
 * The memories that this stack's last run left in its output `memory`, by cluster name; empty on the first run.
 * Once a program, before the first cluster: it is a resource of the stack (a reference to itself).
 */
export async function recallMemories(): Promise<Record<string, unknown>> {
  const self = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const output = await new pulumi.StackReference("self", { name: self }).getOutputDetails("memory");
  const found: unknown = output.value ?? output.secretValue;
  const memories = z.record(z.string(), z.unknown()).safeParse(found);
  return memories.success ? memories.data : {};
}
