import type * as pulumi from "@pulumi/pulumi";
import type { Blueprint } from "./blueprint.ts";
import { Cluster } from "./cluster.ts";
import { blueprintOf } from "./described-cluster.ts";
import type { DescribedCluster } from "./described-cluster.ts";

/** A description of plain pools. */
export type PoolClusterArgs = DescribedCluster;

/**
 * Pools of equal machines without any service: names, time, users, firewall, packages and files as their description says,
 * and a check that the machines of a pool are the same. One node serves names and time: the first, where no pool has the
 * role `master`.
 *
 * ```ts
 * const cluster = new PoolCluster("web", { cloud: await localCloud(), pools: { node: 4 } });
 * ```
 */
export class PoolCluster extends Cluster {
  /**
   * @param name The cluster's name, a part of host names: 1 to 20 of a–z, 0–9 and inner dashes.
   * @param args Its description, or a blueprint that was drawn up before.
   * @throws UserMistakes with every mistake at once, before anything is registered
   */
  constructor(name: string, args: PoolClusterArgs | Blueprint, opts?: pulumi.ComponentResourceOptions) {
    super("muster:index:PoolCluster", blueprintOf("pool", name, args), opts);
  }
}
