import assert from "node:assert/strict";
import { parseBytes, parseGibibytes, parseMebibytes, parseShare } from "../../../../plan/config/units.ts";
import { parseEnvironment, specFromArgs } from "../../../../plan/config/read.ts";
import { fakeSpec } from "../fixtures.ts";

describe("short and long forms", () => {
  it("fill in every default", () => {
    const small = { memory: 1024, cpus: 1, disk: 10 };
    assert.deepEqual(fakeSpec("dev"), {
      name: "dev",
      kind: "hadoop",
      pools: [
        { name: "master", roles: ["master"], count: 1, without: [], minReady: 1, size: small },
        { name: "worker", roles: ["worker"], count: 2, without: [], minReady: 2, size: small },
      ],
      services: { hdfs: { copies: 1 }, yarn: {} },
      versions: { hadoop: "3.4.2", java: 17 },
      hadoopFrom: "maven",
      loginUser: "muster",
      users: [],
      adminNetworks: [],
      open: [],
      resolvers: [],
      maxUnavailable: 1,
      onFailure: "keep",
      deadlines: { converge: 1200 },
      verification: { jobs: true, deadlineSeconds: 600, expectations: [] },
      steps: [],
    });
  });

  it("mean the same", () => {
    const short = fakeSpec("dev", {
      pools: { master: 1, worker: 2 },
      users: ["ann"],
      services: { hdfs: null, yarn: true },
    });
    const long = fakeSpec("dev", {
      pools: [
        { name: "worker", count: 2, roles: ["worker"], minReady: "90%", memory: "1G", cpus: 1, disk: "10G" },
        { name: "master" },
      ],
      users: [{ name: "ann", sudo: false }],
      services: { hdfs: { copies: 1 } },
    });
    assert.deepEqual(short, long);
  });

  it("give the kind's services, less those turned off; a list means exactly these", () => {
    const names = (services: unknown) => Object.keys(fakeSpec("dev", { services }).services);
    assert.deepEqual(names(undefined), ["hdfs", "yarn"]);
    assert.deepEqual(names({ yarn: false }), ["hdfs"]);
    assert.deepEqual(names({ hdfs: { copies: 2 } }), ["hdfs", "yarn"]);
    assert.deepEqual(names(["hdfs"]), ["hdfs"]);
    assert.deepEqual(names(["yarn", "hdfs"]), ["hdfs", "yarn"]);
  });

  it("turn sizes, shares and names of nodes into numbers", () => {
    const spec = fakeSpec("dev", {
      pools: {
        master: { size: "large", memory: "8 GiB" },
        worker: { count: 11, size: "medium", minReady: "50%", without: ["dev-worker-4", 2, "4"] },
      },
      maxUnavailable: "25%",
    });
    assert.deepEqual(spec.pools[0]?.size, { memory: 8192, cpus: 4, disk: 200 });
    assert.deepEqual(spec.pools[1], {
      name: "worker",
      roles: ["worker"],
      count: 11,
      without: [2, 4],
      minReady: 5,
      size: { memory: 4096, cpus: 2, disk: 50 },
    });
    assert.equal(spec.maxUnavailable, 3);
  });

  it("let the world in only when that is said", () => {
    assert.deepEqual(fakeSpec("dev", { adminNetworks: ["0.0.0.0/0"], openToWorld: true }).adminNetworks, ["0.0.0.0/0"]);
    assert.deepEqual(fakeSpec("dev", { adminNetworks: ["192.0.2.7/24"] }).adminNetworks, ["192.0.2.0/24"]);
  });

  it("read a whole environment, with the real services", () => {
    const { cloud, clusters } = parseEnvironment({
      cloud: "local",
      clusters: [{ name: "dev", services: { hdfs: { replication: 2 } } }],
    });
    assert.deepEqual(cloud, { name: "local", options: {} });
    // As the engine's project file says too.
    assert.deepEqual(parseEnvironment({ clusters: [{ name: "dev" }] }).cloud, cloud);
    assert.deepEqual(Object.keys(clusters[0]?.services ?? {}), ["hdfs", "yarn", "mapreduce"]);
    assert.equal(clusters[0]?.services.hdfs?.["replication"], 2);
    assert.deepEqual(
      parseEnvironment({ cloud: { name: "local", image: "x" }, clusters: [{ name: "dev" }] }).cloud.options,
      { image: "x" },
    );
  });

  it("take a program's arguments, in which what is left out may be undefined", () => {
    assert.equal(specFromArgs("dev", { pools: undefined, subnet: undefined }).pools.length, 2);
  });
});

describe("units", () => {
  it("know binary and decimal ones, and refuse the rest", () => {
    assert.deepEqual(
      ["1 GiB", "512MiB", "2G", "1.5 GiB", "1 TiB", "4 GB"].map(parseMebibytes),
      [1024, 512, 2048, 1536, 1048576, 3814],
    );
    assert.deepEqual(["10 GiB", "1 TiB", "20G", "512 MiB"].map(parseGibibytes), [10, 1024, 20, 0]);
    for (const wrong of ["", "1", "GiB", "-1 GiB", "1 gib", "1e3 GiB", "1 GiB 2", "0x1 GiB", "1,5 GiB"])
      assert.equal(parseBytes(wrong), undefined, wrong);
  });

  it("round shares up", () => {
    assert.deepEqual(
      [parseShare(3, 10), parseShare("90%", 11), parseShare("0%", 5), parseShare("100 %", 5)],
      [3, 10, 0, 5],
    );
    for (const wrong of ["101%", "-1%", "9", "1.5%", ""]) assert.equal(parseShare(wrong, 10), undefined, wrong);
  });
});
