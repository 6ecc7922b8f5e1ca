import type { FirewallAccept } from "../../contract/node-view.ts";
import type { JobNode } from "../../contract/job.ts";
import type { CheckResult } from "../../contract/summary.ts";
import type { Run } from "../run.ts";
import { readyNodes } from "../run.ts";
import { answersTcp } from "../ssh/reach.ts";
import { shortList } from "./quorum.ts";

/** So many nodes, so many ports of each: enough to see a firewall that is not there. */
const sample = { nodes: 8, ports: 4, timeoutMs: 1000 };

/** Every node of the job is reached by a key that the cluster's host CA signed: the only way a node becomes ready. */
export function reachedCheck(run: Run): CheckResult {
  const ready = readyNodes(run).length;
  const lost = run.job.nodes.filter((node) => run.results.get(node.name)?.state !== "ready").map((node) => node.name);
  const detail = lost.length === 0 ? `${ready} of ${ready} by a signed host key` : `not ready: ${shortList(lost)}`;
  const result = { name: "base: every node ready", ok: lost.length === 0, detail, seconds: 0, required: true };
  return lost.length === 0 ? result : { ...result, missing: lost };
}

/** From here, outside the cluster, daemons' ports must not answer unless a rule opens them to the operator. */
export async function firewallCheck(run: Run): Promise<CheckResult> {
  const started = Date.now();
  const direct = readyNodes(run).filter((node) => node.ssh.bastion === undefined);
  const probes = direct.slice(0, sample.nodes).flatMap((node) => closedPorts(node).map((port) => ({ node, port })));
  const answers = await Promise.all(
    probes.map(async ({ node, port }) =>
      (await answersTcp(node.ssh.address, port, sample.timeoutMs)) ? `${node.name}:${port}` : "",
    ),
  );
  const open = answers.filter((place) => place !== "");
  const ok = open.length === 0;
  const detail = ok ? `${probes.length} closed ports do not answer` : `open to the outside: ${shortList(open)}`;
  return { name: "base: firewall from outside", ok, detail, seconds: (Date.now() - started) / 1000, required: true };
}

/** A sample of TCP ports that the node opens to others, but neither to the operator nor to the world. */
export function closedPorts(node: JobNode): number[] {
  const { accept, operator } = node.view.firewall;
  const opens = (rule: FirewallAccept, port: number) =>
    rule.protocol === "tcp" && rule.ports[0] <= port && port <= rule.ports[1];
  // Whoever asks from outside may be in any network that a rule names.
  const toOperator = [...operator, ...accept.filter((rule) => rule.source !== node.view.cluster.subnet)];
  const ports = accept
    .filter((rule) => rule.protocol === "tcp" && rule.ports[0] > 0)
    .map((rule) => rule.ports[0])
    .filter((port) => !toOperator.some((rule) => opens(rule, port)));
  return [...new Set(ports)].slice(0, sample.ports);
}
