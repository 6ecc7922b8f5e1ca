import assert from "node:assert/strict";
import { LocalCloud } from "../../components/clouds/local/local-cloud.ts";
import type { Readings } from "../../components/clouds/local/readings.ts";
import { HadoopCluster } from "../../components/hadoop-cluster.ts";
import { UserMistakes } from "../../plan/mistake.ts";
import { answer } from "../mock/commands.ts";
import { emptyMachine } from "../mock/empty-machine.ts";
import { mockRun } from "../mock/monitor.ts";
import type { MockRun } from "../mock/monitor.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const build = (other: Partial<Readings> = {}): Promise<MockRun> =>
  mockRun(
    () => {
      const cloud = new LocalCloud({ ...emptyMachine, ...other });
      const cluster = new HadoopCluster("dev", { cloud, bundle: "bundle", pools: { master: 1, worker: 2 } });
      return { memory: cluster.memory };
    },
    { answer },
  );

describe("a Hadoop cluster on this machine", () => {
  withStateFolder();

  it("is one command a host, one a volume, and four", async () => {
    const { registrations, error } = await build();
    assert.equal(error, undefined);
    const commands = registrations.filter(({ type }) => type === "command:local:Command").map(({ name }) => name);
    const hosts = ["dev-master-1", "dev-worker-1", "dev-worker-2"];
    const rest = ["dev-identity", "dev-network", "dev-intent", "dev-ready", ...hosts.map((name) => `${name}-data`)];
    assert.deepEqual(commands.sort(), [...hosts, ...rest].sort());
  });

  it("waits for its network and volume with a host, and with Ready for no host", async () => {
    const run = await build();
    assert.deepEqual(run.of("dev-worker-1").dependsOn, ["dev-identity", "dev-network", "dev-worker-1-data"]);
    assert.deepEqual(run.of("dev-ready").dependsOn, ["dev-identity", "dev-intent", "dev-network"]);
    assert.equal(run.of("dev-worker-1-data").protect, true);
    assert.equal(run.of("dev-worker-1").protect, false);
  });

  it("hands no secret to its hosts' commands", async () => {
    const { registrations } = await build();
    const others = registrations.filter(({ name }) => name !== "dev-ready");
    assert.doesNotMatch(JSON.stringify(others), /host secret|user secret/);
  });

  it("names only programs, never paths of this machine", async () => {
    const { registrations } = await build();
    for (const { name, inputs } of registrations.filter(({ type }) => type === "command:local:Command")) {
      for (const key of ["create", "update", "delete"]) {
        if (inputs[key] !== undefined) assert.match(inputs[key] as string, /^muster-(runner|local) [a-z -]+$/, name);
      }
    }
  });

  it("is refused, with nothing made, where it does not fit", async () => {
    const { error, registrations } = await build({ memoryAvailable: 100 });
    assert.ok(error instanceof UserMistakes);
    assert.match(error.message, /memory/);
    assert.equal(registrations.length, 1);
  });
});
