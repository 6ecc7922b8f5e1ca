/** How long does a user wait for Spark: the cluster of `Pulumi.spark.yaml`, every cache warm, to a Pi on every worker? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PROJECT } from "../components/images/content.ts";
import type { ClusterConfigInput } from "../plan/config/cluster-schema.ts";
import { BenchCluster, type Timed } from "./measure/dev-cluster.ts";
import { machineLine } from "./measure/machine.ts";
import { repeated, runsWanted } from "./measure/runs.ts";
import { median, resultTable, seconds } from "./measure/table.ts";

/** Seconds. */
const target = 75;

interface StackFile {
  config: { "muster:clusters": ClusterConfigInput[] };
}

const file = parse(readFileSync(join(PROJECT, "Pulumi.spark.yaml"), "utf8")) as StackFile;
const [wanted] = file.config["muster:clusters"];
if (wanted === undefined) throw new Error("Pulumi.spark.yaml has no cluster");

async function life(): Promise<{ up: Timed; checks: string[] }> {
  const cluster = new BenchCluster({ services: {}, ...wanted });
  try {
    await cluster.warm();
    const up = await cluster.succeed(["up"]);
    const checks = cluster.summary().checks.filter(({ name, ok }) => ok && name.startsWith("spark: "));
    if (!checks.some(({ name }) => /\bPi\b/.test(name)))
      throw new Error("up ended well, but nothing says that Pi was computed");
    await cluster.down();
    return { up, checks: checks.map(({ name, detail }) => `${name} ${detail}`) };
  } finally {
    await cluster.remove();
  }
}

const lives = await repeated(runsWanted(1), life);
const wall = lives.map(({ up }) => up.seconds);
process.stdout.write(
  `${machineLine()}\n\n${resultTable([
    {
      what: "Spark 1 + 2, warm up to verified",
      value: seconds(wall),
      target: `≤ ${target} s`,
      ok: median(wall) <= target,
    },
    { what: "control side's processor time", value: seconds(lives.map(({ up }) => up.cpuSeconds)) },
  ])}\n${(lives[0]?.checks ?? []).map((line) => `- ${line}\n`).join("")}`,
);
