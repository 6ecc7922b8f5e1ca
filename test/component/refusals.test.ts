import assert from "node:assert/strict";
import { UserMistakes } from "../../plan/mistake.ts";
import { build } from "../mock/build-hadoop-cluster.ts";
import type { Wanted } from "../mock/build-hadoop-cluster.ts";
import { FakeCloud, machine } from "../mock/fake-cloud.ts";
import { withStateFolder } from "../mock/state-folder.ts";

describe("a Hadoop cluster whose first run was killed", () => {
  withStateFolder();

  it("is known by what this machine remembers", async () => {
    await build();
    const { error } = await build({ cloud: new FakeCloud([machine("dev-master-1")]) });
    assert.equal(error, undefined);
  });

  it("is not remembered by a preview", async () => {
    await build({ preview: true });
    const { error } = await build({ cloud: new FakeCloud([machine("dev-master-1")]) });
    assert.ok(error instanceof UserMistakes);
  });
});

describe("a Hadoop cluster with mistakes registers nothing", () => {
  withStateFolder();

  const refused = async (args: Wanted, expected: RegExp): Promise<void> => {
    const { error, registrations } = await build(args);
    assert.ok(error instanceof UserMistakes, String(error));
    assert.match(error.message, expected);
    assert.deepEqual(
      registrations.map(({ name }) => name),
      ["muster-dev"],
    );
  };

  it("in its description", () => refused({ pools: { master: 1, worker: -1 } }, /dev\.pools\.worker.*found -1/));

  it("in what the cloud cannot give", () => {
    const cloud = new FakeCloud();
    cloud.refused = [{ path: "dev.pools", found: "needs 3 GiB", allowed: "have 2 GiB" }];
    return refused({ cloud }, /needs 3 GiB/);
  });

  it("when machines of another kind stand there", () =>
    refused({ cloud: new FakeCloud([machine("dev-master-1", { kind: "slurm" })]) }, /dev\.kind.*of kind "slurm"/));

  it("when the memory is of another kind", () => {
    const memory = { kind: "slurm", attempt: 1, generations: {}, revivals: {}, volumes: {} };
    return refused({ memory }, /dev\.kind.*of kind "slurm"/);
  });

  it("when machines of another cluster of that name stand there", () => {
    const memory = { uid: "mine", kind: "hadoop", attempt: 1, generations: {}, revivals: {}, volumes: {} };
    return refused(
      { memory, cloud: new FakeCloud([machine("dev-master-1", { uid: "theirs" })]) },
      /dev\.name.*theirs, not mine/,
    );
  });

  it("when machines stand there and nothing is remembered of them", () =>
    refused({ cloud: new FakeCloud([machine("dev-master-1")]) }, /dev-master-1 of another cluster of that name/));

  it("when the engine does too little at once", async () => {
    process.env["PULUMI_NODEJS_PARALLEL"] = "2";
    try {
      await refused({}, /--parallel.*found 2.*3 or more/);
    } finally {
      delete process.env["PULUMI_NODEJS_PARALLEL"];
    }
  });

  it("but a memory that is none is no mistake", async () => {
    const { error } = await build({ memory: { kind: 7 } });
    assert.equal(error, undefined);
  });
});
