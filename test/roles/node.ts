import type { CheckOutput } from "../../contract/job.ts";
import type { FirewallAccept, NodeView } from "../../contract/node-view.ts";
import { type TestHost, userCa } from "./host.ts";

const hostCa = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDNMNVpdxZJGgAFRzKNWNc2DZHoKZWDxK4SvLGMJL2lP host-ca";
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJk6fP2pV0VX5vT2T2Jm0y7Qk7Qw0G1P2eS6Hf8dQ1a ada@desk";

export const adasKey = key;

/** What one master of a cluster of two would get to know. */
export function viewOf(host: Pick<TestHost, "address" | "subnet">, change: Partial<NodeView> = {}): NodeView {
  const prefix = host.address.replace(/\.\d+$/, "");
  const master = {
    ...{ name: "t-master-1", fqdn: "t-master-1.t.internal", address: host.address },
    ...{ pool: "master", roles: ["master"], daemons: [] },
  };
  const rule = (name: string, port: number, source = host.subnet): FirewallAccept => ({
    ...{ name, protocol: "tcp", ports: [port, port], source },
  });
  return {
    format: 1,
    cluster: {
      name: "t",
      uid: "0".repeat(32),
      kind: "hadoop",
      domain: "t.internal",
      subnet: host.subnet,
      formatted: [],
    },
    node: {
      ...{ ...master, ordinal: 1, groups: ["master"], cpus: 1, stateful: true },
      memory: { host: 1024, reserved: 256, daemons: {}, available: 0 },
    },
    masters: [master],
    members: [master, workerOf(prefix, 1)],
    resolvers: [`${prefix}.1`],
    loginUser: "muster",
    users: [{ name: "ada", uid: 2001, sshKeys: [key], sudo: true }],
    trust: { hostCa, userCa },
    firewall: {
      operatorSources: [`${prefix}.1/32`],
      operator: [rule("ssh from operator", 22, `${prefix}.1/32`)],
      accept: [rule("ssh", 22), rule("dns over tcp", 53), { ...rule("dns", 53), protocol: "udp" }],
    },
    versions: { hadoop: "3.4.2", java: 17 },
    artifacts: {},
    apply: ["base", "time", "firewall", "java"],
    secrets: [],
    services: {},
    ...change,
  };
}

export const workerOf = (prefix: string, ordinal: number) => ({
  ...{ name: `t-worker-${ordinal}`, fqdn: `t-worker-${ordinal}.t.internal`, address: `${prefix}.${20 + ordinal}` },
  ...{ pool: "worker", roles: ["worker"], daemons: [] },
});

export interface NodeEvent {
  text?: string;
  state: "progress" | "done" | "failed";
  changed?: number;
}

const programs = "/opt/muster/current/bin";

/** Runs prepare or activate and returns how it ended and what it said on the way. */
export async function runStep(host: TestHost, step: "prepare" | "activate", options: string[] = []) {
  await host.sh(`rm -f /run/${step}.events`);
  const outcome = await host.run([`${programs}/${step}`, "--events", `/run/${step}.events`, ...options]);
  const lines = (await host.sh(`cat /run/${step}.events`)).split("\n").filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as NodeEvent);
  return { ...outcome, events, last: events.at(-1) };
}

export const giveView = (host: TestHost, view: NodeView): Promise<void> =>
  host.write("/etc/muster/cluster.json", JSON.stringify(view));

export const nothingDue = { start: [], restart: [], reload: [], stop: [] };

/** What activate would do now. */
export async function duePlan(host: TestHost): Promise<Record<"start" | "restart" | "reload" | "stop", string[]>> {
  return JSON.parse(await host.sh(`${programs}/activate --plan`)) as Awaited<ReturnType<typeof duePlan>>;
}

/** What a check prints. */
export const check = (host: TestHost, ...argv: string[]): Promise<CheckOutput> => checkGiven(host, "", ...argv);

/** The same with something on its stdin. */
export async function checkGiven(host: TestHost, input: string, ...argv: string[]): Promise<CheckOutput> {
  const { stdout } = await host.run([`${programs}/check`, ...argv], input);
  return JSON.parse(stdout) as CheckOutput;
}
