import assert from "node:assert/strict";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { ProgressEvent } from "../../contract/summary.ts";
import { Checkout, expectCode } from "../e2e/checkout.ts";
import { processesMentioning, runningProcesses, tagged } from "../e2e/machine.ts";

const MINUTE = 60_000;

/** A moment of a run, told by the runner's own events. */
interface Moment {
  name: string;
  has: (events: readonly ProgressEvent[]) => boolean;
}

const after = (stage: ProgressEvent["stage"], text?: RegExp): Moment["has"] => {
  return (events) =>
    events.some((event) => event.stage === stage && (text === undefined || text.test(event.text ?? "")));
};

/** Every moment with `--full`; two of them always, on either side of the first format. */
const moments: Moment[] = [
  { name: "when the first machine answers", has: after("machine") },
  { name: "while nodes write their files", has: after("prepare", /hadoop/) },
  { name: "while HDFS is formatted", has: after("prepare", /HDFS is there/) },
  { name: "while daemons start", has: after("activate", /Start namenode/) },
  { name: "while the cluster is verified", has: after("verify") },
].filter(({ name }) => process.env["MUSTER_FULL"] !== undefined || /formatted|first machine/.test(name));

describe("an engine that is killed", function () {
  this.timeout(15 * MINUTE);

  for (const { name, has } of moments) {
    it(`${name}: its runner ends with it, and a plain up makes the cluster ready, once`, async () => {
      const checkout = new Checkout();
      const stack = checkout.name;
      const id = checkout.clusterId(stack, stack);
      checkout.writeStack(stack, yamlOf(stack));
      try {
        const { child, ended } = checkout.start(["up", "--stack", stack, "--yes"]);
        const events = (): ProgressEvent[] => readEvents(checkout.clusterPath(stack, stack, "events.jsonl"));
        while (!has(events())) {
          assert.equal(child.exitCode, null, "the run ended before its moment came");
          await pause(50);
        }
        const engines = runningProcesses().filter(
          ({ pid, argv }) => argv[0] === "pulumi" && argv[1] === "up" && isOf(pid, checkout),
        );
        assert.equal(engines.length, 1);
        for (const { pid } of engines) process.kill(pid, "SIGKILL");
        expectCode(await ended, 1);
        await pause(6000);
        const runners = processesMentioning(checkout.folder).filter((line) => /runner\/main\.ts|^ssh /.test(line));
        assert.deepEqual(runners, []);

        const { stdout } = await checkout.up();
        assert.match(stdout, /is ready: 3 of 3 nodes/);
        const hosts = await tagged("container", id);
        assert.deepEqual(
          hosts.sort(),
          ["master-1", "worker-1", "worker-2"].map((node) => `${id}.${stack}-${node}`),
        );
        const again = await checkout.up();
        assert.match(again.stdout, /is unchanged/);
      } finally {
        await checkout.remove(stack);
      }
    });
  }
});

const yamlOf = (name: string): string => `config:
  muster:cloud: local
  muster:clusters:
    - name: ${name}
      pools: { master: 1, worker: 2 }
`;

/** Whether a process works in the checkout's folders: engines of other runs on this machine are not ours to kill. */
function isOf(pid: number, checkout: Checkout): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(checkout.folder);
  } catch {
    return false;
  }
}

/** The half-written last line comes whole the next time. */
function readEvents(file: string): ProgressEvent[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ProgressEvent);
}
