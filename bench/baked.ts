/** What does a baked image save? The same cluster of the hosts' own image and of a baked one, in turns, on this machine. */
import { appendFileSync } from "node:fs";
import type { ClusterConfigInput } from "../plan/config/cluster-schema.ts";
import { expectCode } from "../test/e2e/checkout.ts";
import { BenchCluster, type Timed } from "./measure/dev-cluster.ts";
import { machineLine } from "./measure/machine.ts";
import { repeated, runsWanted } from "./measure/runs.ts";
import { markdown, median, resultTable, seconds, times } from "./measure/table.ts";

/** Seconds of a node's configuration, on a processor of its own. */
const target = 15;

/** One node a processor of a small machine. */
const clusters: Record<string, Omit<ClusterConfigInput, "name">> = {
  "without services": { services: [] },
  Hadoop: { services: { hdfs: { replication: 1 } } },
};
const pools = { master: 1, worker: 1 };

/** Of a node, in seconds. */
interface Node {
  /** From its answer until its own Ansible begins: view, and bundle where it lacks it. */
  sent: number;
  /** Ansible, from its start to its end. */
  prepared: number;
  /** From its answer until it is configured. */
  all: number;
}

interface Run {
  up: Timed;
  nodes: Node[];
}

async function measure(cluster: BenchCluster): Promise<Run> {
  const up = await cluster.succeed(["up"]);
  const events = cluster.events();
  const names = new Set(events.flatMap(({ node }) => node ?? []));
  const nodes = [...names].map((name) => {
    const at = (stage: string, state: string): number =>
      events.find((event) => event.node === name && event.stage === stage && event.state === state)?.at ?? Number.NaN;
    const [answers, begins] = [at("machine", "done"), at("prepare", "started")];
    const between = (from: number, to: number): number => (to - from) / 1000;
    return {
      sent: between(answers, begins),
      prepared: between(begins, at("activate", "started")),
      all: between(answers, at("activate", "done")),
    };
  });
  await cluster.down();
  return { up, nodes };
}

interface Pair {
  plain: Run;
  baked: Run;
}

async function compare(change: Omit<ClusterConfigInput, "name">): Promise<{ pairs: Pair[]; bake: Timed }> {
  const cluster = new BenchCluster({ ...change, pools });
  try {
    await cluster.warm();
    // An image that nobody else has, so that it is made now, with this bundle in it.
    appendFileSync(cluster.checkout.path("images/baked/install"), `# ${cluster.name}\n`);
    const image = (...words: string[]): Promise<Timed> => timed(cluster, ["image", ...words]);
    cluster.change({ ...change, pools, image: "baked" });
    const bake = await image("build");
    const [name = ""] = bake.stdout.split(/\s/);
    try {
      const pairs = await repeated(runsWanted(1), async () => {
        cluster.change({ ...change, pools });
        const plain = await measure(cluster);
        cluster.change({ ...change, pools, image: "baked" });
        return { plain, baked: await measure(cluster) };
      });
      return { pairs, bake };
    } finally {
      await cluster.muster(["down", "--delete-data"]);
      await image("rm", name);
    }
  } finally {
    await cluster.remove();
  }
}

async function timed(cluster: BenchCluster, args: readonly string[]): Promise<Timed> {
  const run = await cluster.muster(args);
  expectCode(run, 0);
  return run;
}

process.stdout.write(`${machineLine()}\n`);
for (const [name, change] of Object.entries(clusters)) {
  const { pairs, bake } = await compare(change);
  const of = (pick: (run: Run) => number): string[] => {
    const [plain, baked] = [pairs.map((pair) => pick(pair.plain)), pairs.map((pair) => pick(pair.baked))];
    return [
      seconds(plain),
      seconds(baked),
      times(
        pairs.map((pair) => pick(pair.plain) / pick(pair.baked)),
        2,
      ),
    ];
  };
  const ofNodes = (pick: (node: Node) => number) => of(({ nodes }) => median(nodes.map(pick)));
  const slowest = pairs.map(({ baked }) => Math.max(...baked.nodes.map(({ all }) => all)));
  process.stdout.write(
    `\n${name}, 1 master + 1 worker:\n\n${markdown(
      ["", "hosts' image", "baked", "ratio"],
      [
        ["warm up, wall", ...of(({ up }) => up.seconds)],
        ["warm up, control side's processor time", ...of(({ up }) => up.cpuSeconds)],
        ["a node: view and bundle sent", ...ofNodes(({ sent }) => sent)],
        ["a node: prepare (Ansible)", ...ofNodes(({ prepared }) => prepared)],
        ["a node: all of its configuration", ...ofNodes(({ all }) => all)],
      ],
    )}\n\n${resultTable([
      {
        what: "slowest baked node, configured",
        value: seconds(slowest),
        target: `≤ ${target} s`,
        ok: median(slowest) <= target,
      },
      { what: "baking the image", value: seconds(bake.seconds) },
    ])}\n`,
  );
}
