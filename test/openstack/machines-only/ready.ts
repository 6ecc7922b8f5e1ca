import { setTimeout as pause } from "node:timers/promises";
import { OpenStackApi } from "../../../components/clouds/openstack/api/client.ts";
import { findCredentials } from "../../../components/clouds/openstack/credentials.ts";
import { OURS } from "../../../components/clouds/openstack/tags.ts";
import { TAG } from "../../../components/clouds/tags.ts";
import type { Job } from "../../../contract/job.ts";
import { appendJournal } from "../../../contract/journal.ts";
import { machineFailure } from "../../../contract/machine-failures.ts";
import type { NodeResult } from "../../../contract/summary.ts";
import { readyInput } from "../../../runner/commands/ready-input.ts";
import { stopWhenTold } from "../../../runner/process/stopping.ts";
import { readJob } from "../../../runner/record/job-file.ts";
import { newRunId, RunLog } from "../../../runner/record/run-log.ts";
import { failureLine, saveSummary, shortSummary } from "../../../runner/record/summary.ts";
import { judge } from "../../../runner/verify/quorum.ts";

/*
 * Stands in for `muster-runner ready` where no machine is behind a server: a node is ready when the cloud says that its
 * server is. Asks the cloud by a way of its own, so that it is counted and harmed with nobody.
 */

let text = "";
for await (const part of process.stdin) text += String(part);
const { clusterId, job: sha, attempt, identity } = readyInput.parse(JSON.parse(text));
const stopping = new AbortController();
stopWhenTold(stopping);
const job = readJob(clusterId, sha);
const log = new RunLog(clusterId, newRunId());
const entry = () => ({ at: new Date().toISOString(), run: log.run, job: sha, attempt });
appendJournal(clusterId, { type: "started", ...entry(), uid: identity.uid });

const nodes = await waitForServers(job);
const { state, reason } = judge({ pools: job.pools, nodes: job.nodes, results: nodes, checks: [] });
const summary = {
  ...{ format: 1 as const, job: sha, attempt, state, nodes, checks: [], stages: {}, endpoints: {}, left: [] },
  ...{ wanted: nodes.length, done: nodes.filter((node) => node.state === "ready").length },
  ...(reason === undefined ? {} : { reason }),
};
// As if there were files in it: what holds data is not taken away unasked.
const formatted = job.nodes.some(({ view }) => view.node.daemons.includes("namenode")) ? ["hdfs"] : [];
appendJournal(clusterId, {
  ...{ type: "finished", ...entry(), state: stopping.signal.aborted ? "interrupted" : state, formatted },
  unfinished: nodes.filter((node) => node.state !== "ready").map(({ name }) => name),
  generations: Object.fromEntries(job.nodes.map((node) => [node.name, node.generation])),
});
saveSummary(clusterId, summary);
log.event("run", state === "failed" ? "failed" : "done", failureLine(summary));
process.stdout.write(`${shortSummary(summary)}\n`, () => process.exit(state === "failed" ? 1 : 0));

/** Until each server is there, was refused, or its time is over. */
async function waitForServers({ cluster, deadlines, nodes: wanted }: Job): Promise<NodeResult[]> {
  const file = process.env["MUSTER_TEST_CLOUDS"] ?? "";
  const api = new OpenStackApi(findCredentials({ cloud: "box" }, { OS_CLIENT_CONFIG_FILE: file }));
  const until = Date.now() + deadlines.machine * 1000;
  for (;;) {
    // A service that is too busy to answer is asked again.
    const seen = await api.servers(OURS).catch(() => []);
    const servers = seen.filter(({ metadata }) => metadata[TAG.cluster] === cluster.id);
    const results = wanted.map(({ name, pool, generation }): NodeResult => {
      const isThere = servers.some(
        (server) =>
          server.metadata[TAG.node] === name &&
          server.status === "ACTIVE" &&
          Number(server.metadata[TAG.generation]) === generation,
      );
      if (isThere) return { name, pool, state: "ready" };
      const refused = machineFailure(cluster.id, name);
      return {
        name,
        pool,
        state: refused === undefined ? "unfinished" : "failed",
        reason: refused ?? "no such server",
      };
    });
    const isOver = Date.now() > until || stopping.signal.aborted;
    if (isOver || results.every((result) => result.state !== "unfinished")) return results;
    await pause(1000);
  }
}
