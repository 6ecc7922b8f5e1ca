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

const build = (other: Partial<Readings> = {}, image?: string): Promise<MockRun> =>
  mockRun(
    () => {
      const cloud = new LocalCloud({ ...emptyMachine, ...other });
      const cluster = new HadoopCluster("dev", { cloud, bundle: "bundle", pools: { master: 1, worker: 2 }, image });
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

  describe("of an image of its own", () => {
    const birth = (run: MockRun): unknown[] => {
      const { IMAGE, BAKED_WITH } = run.of("dev-worker-1").inputs["environment"] as Record<string, string>;
      return [IMAGE, BAKED_WITH];
    };

    it("bakes it before its hosts and before it waits for them, and makes them of what came out", async () => {
      const run = await build({}, "baked");
      assert.equal(run.error, undefined);
      const { inputs, parent, dependsOn } = run.of("dev-image-build");
      assert.equal(parent, "dev-image");
      assert.deepEqual(dependsOn, []);
      const environment = inputs["environment"] as Record<string, string>;
      assert.match(environment["IMAGE"] ?? "", /^localhost\/muster\/baked:debian-12-[0-9a-f]{12}$/);
      assert.deepEqual(
        [environment["CLOUD"], environment["OPTIONS"], environment["VERSIONS"], inputs["delete"]],
        ["local", "{}", '{"java":17}', undefined],
      );
      assert.deepEqual(birth(run), ["baked:1", '{"java":17}']);
      for (const name of ["dev-ready", "dev-worker-1"]) {
        assert.ok(run.of(name).dependsOn.includes("dev-image-build"), name);
      }
    });

    it("says nothing of images where the cloud's own is meant: what stands is not changed", async () => {
      assert.deepEqual(birth(await build()), [undefined, undefined]);
    });

    it("finds one by the name that people use", async () => {
      const run = await build({ images: ["localhost/mine:latest"] }, "mine");
      assert.deepEqual(birth(run), ["localhost/mine:latest", undefined]);
      assert.equal(run.registrations.filter(({ name }) => name.startsWith("dev-image")).length, 0);
    });

    it("is refused with nothing made when it is not there", async () => {
      const { error, registrations } = await build({}, "mine");
      assert.ok(error instanceof UserMistakes);
      assert.match(error.message, /dev\.image\s+found "mine"\s+there is no such image on this machine; .*baked/);
      assert.equal(registrations.length, 1);
    });
  });
});
