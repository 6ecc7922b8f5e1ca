import { HadoopCluster } from "../../components/hadoop-cluster.ts";
import type { HadoopClusterArgs } from "../../components/hadoop-cluster.ts";
import { answer } from "./commands.ts";
import { FakeCloud } from "./fake-cloud.ts";
import { mockRun } from "./monitor.ts";
import type { MockRun } from "./monitor.ts";

export interface Wanted extends Partial<HadoopClusterArgs> {
  preview?: boolean;
}

/** Runs a program with one Hadoop cluster, `dev`: a master and two workers, unless said otherwise. */
export function build({ preview = false, ...args }: Wanted = {}): Promise<MockRun> {
  return mockRun(
    () => {
      const cluster = new HadoopCluster("dev", { cloud: new FakeCloud(), bundle: "bundle", ...args });
      return { endpoints: cluster.endpoints, nodes: cluster.nodes, memory: { dev: cluster.memory } };
    },
    // In a preview nothing has run yet.
    preview ? { preview } : { answer },
  );
}
