import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type HadoopUnderTest, sha256 } from "./cluster.ts";

/** As many as there is room for beside the job's master: then every worker has one. */
const TASKS = 5;

/** Enough for a command; the rest of a small host belongs to its daemons. */
const small = "export HADOOP_HEAPSIZE_MAX=96m";

/**
 * Begins a MapReduce job whose tasks say where they run, sleep and end, one of them on `node` at least. Resolves when all
 * of them run.
 */
export async function beginJob(cluster: HadoopUnderTest, name: string, seconds: number, node: string) {
  const folder = `/user/muster/${name}`;
  const inputs = Array.from({ length: TASKS }, (_, at) => `echo ${at} > ${name}/${at}`).join("; ");
  const settings = [
    "mapreduce.map.speculative=false",
    "mapreduce.job.reduces=1",
    // Not before the tasks have ended, so that all of them find room.
    "mapreduce.job.reduce.slowstart.completedmaps=1.0",
  ];
  // A time to sleep that nobody else sleeps.
  const sleep = `sleep ${seconds}.0${name.length}`;
  const job = cluster.begin(
    cluster.master,
    `${small}; mkdir ${name}; ${inputs}; hdfs dfs -put ${name} ${folder} && ` +
      `hadoop jar /opt/hadoop/lib/hadoop-streaming-*.jar ${settings.map((one) => `-D${one}`).join(" ")} ` +
      `-input ${folder} -output ${folder}-out -mapper "bash -c 'cat; hostname; ${sleep}'" -reducer cat 2>&1 && ` +
      `hdfs dfs -cat ${folder}-out/part-00000`,
  );
  let failed: unknown;
  job.ended.catch((error: unknown) => (failed = error));
  for (const until = Date.now() + 240_000; ; await pause(500)) {
    if (failed !== undefined) throw failed as Error;
    const count = async (worker: string) => Number(await cluster.on(worker, `pgrep -fxc '${sleep}' || true`));
    const running = await Promise.all(cluster.workers.map(count));
    if (running.reduce((sum, one) => sum + one, 0) === TASKS && (await count(node)) > 0) break;
    assert.ok(Date.now() < until, `the tasks did not start: ${running.join(" ")}`);
  }
  return {
    /** Waits for its end: well, every task run once, one of them on the node. */
    async expectFinished(): Promise<void> {
      const told = await job.ended;
      assert.match(told, /completed successfully/);
      assert.match(told, new RegExp(`Launched map tasks=${TASKS}\\b`));
      assert.doesNotMatch(told, /(Failed|Killed) (map|reduce) tasks=/);
      assert.match(told, new RegExp(`^${node}\\s*$`, "m"));
    },
  };
}

/** Begins to write a file in HDFS slowly, on a node; it is open for so many seconds at least. */
export function beginWriting(cluster: HadoopUnderTest, node: string, name: string, seconds: number) {
  const bytes = 100_000;
  const path = `/user/muster/${name}`;
  const source = `for i in $(seq ${seconds}); do yes "line $i" | head -c ${bytes}; sleep 1; done`;
  const writer = cluster.begin(node, `${small}; (${source}) | hdfs dfs -put - ${path}`);
  const lines = Array.from({ length: seconds }, (_, at) => `line ${at + 1}\n`);
  const expected = sha256(lines.map((line) => line.repeat(bytes / line.length + 1).slice(0, bytes)).join(""));
  return {
    /** Waits until all is written; it is what was sent. */
    async expectWritten(): Promise<void> {
      await writer.ended;
      assert.equal(await cluster.on(cluster.master, `hdfs dfs -cat ${path} | sha256sum`), `${expected}  -`);
    },
  };
}
