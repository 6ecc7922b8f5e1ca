import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { mistakesOf, whereabouts } from "../plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;

const dev: Args = {
  subnet: "10.9.0.0/24",
  pools: { master: { count: 1, memory: "1 GiB" }, worker: { count: 2, memory: "1 GiB" } },
};
const planOf = (args: Args) => planCluster(specFromArgs("dev", args), whereabouts);

/** What the roles of one service read on one node. */
function settingsOf(args: Args, service: string, node: string): Record<string, Record<string, unknown>> {
  const plan = planOf(args);
  const found = plan.nodes.find((each) => each.name === node);
  assert.ok(found, `${node} in ${plan.nodes.map((each) => each.name).join(" ")}`);
  const view = nodeView(plan, found, { formatted: [], operatorSources: [] });
  return view.services[service] as Record<string, Record<string, unknown>>;
}

const withPools = (pools: Args["pools"], services?: Args["services"]): Args => ({
  ...dev,
  pools,
  ...(services ? { services } : {}),
});

describe("Hadoop's services on the dev cluster", () => {
  it("all fit on one master of 1 GiB and two workers of 1 GiB, with room for jobs", () => {
    for (const node of planOf(dev).nodes)
      assert.ok(node.memory.available >= (node.pool === "worker" ? 512 : 0), node.name);
  });

  it("put two copies on two DataNodes, three where there are more", () => {
    const three = withPools({ master: 1, worker: { count: 5, memory: "1 GiB" } });
    assert.equal(settingsOf(dev, "hdfs", "dev-worker-1").clientSite?.["dfs.replication"], "2");
    assert.equal(settingsOf(three, "hdfs", "dev-worker-1").clientSite?.["dfs.replication"], "3");
  });

  it("spread the masters' daemons over several masters", () => {
    const nodes = planOf(
      withPools({ master: { count: 3, memory: "1 GiB" }, worker: { count: 2, memory: "1 GiB" } }),
    ).nodes;
    const daemons = Object.fromEntries(nodes.map((node) => [node.name, node.daemons]));
    assert.deepEqual(daemons["dev-master-1"], ["namenode"]);
    assert.deepEqual(daemons["dev-master-2"], ["secondarynamenode", "resourcemanager"]);
    assert.deepEqual(daemons["dev-master-3"], ["historyserver"]);
  });

  it("change nothing on the other workers when one is added to four", () => {
    const before = withPools({ master: 1, worker: { count: 4, memory: "1 GiB" } });
    const after = withPools({ master: 1, worker: { count: 5, memory: "1 GiB" } });
    for (const service of ["hdfs", "yarn", "mapreduce"])
      assert.deepEqual(
        settingsOf(after, service, "dev-worker-2"),
        settingsOf(before, service, "dev-worker-2"),
        service,
      );
  });

  it("bind every daemon of a worker to its own address", () => {
    const { hdfsSite } = settingsOf(dev, "hdfs", "dev-worker-1");
    const { yarnSite } = settingsOf(dev, "yarn", "dev-worker-1");
    const address = planOf(dev).nodes.find((node) => node.name === "dev-worker-1")?.address;
    for (const name of ["address", "ipc.address", "http.address"])
      assert.match(String(hdfsSite?.[`dfs.datanode.${name}`]), new RegExp(`^${address}:`), name);
    for (const name of ["address", "localizer.address", "webapp.address"])
      assert.match(String(yarnSite?.[`yarn.nodemanager.${name}`]), /^dev-worker-1\.dev\.internal:/, name);
  });

  it("keep the switches that save data and keep strangers out", () => {
    const { hdfsSite } = settingsOf(dev, "hdfs", "dev-master-1");
    const { yarnSite } = settingsOf(dev, "yarn", "dev-master-1");
    const expected = {
      "dfs.reformat.disabled": "true",
      "dfs.permissions.enabled": "true",
      "dfs.namenode.name.dir": "file:///data/hdfs/name",
      "dfs.namenode.datanode.registration.ip-hostname-check": "true",
      "dfs.namenode.decommission.track.underconstructionblocks": "true",
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(hdfsSite?.[name], value, name);
    assert.equal(yarnSite?.["yarn.webapp.enable-rest-app-submissions"], "false");
  });

  it("begin a copy anew that nobody heard of for long, by the size of blocks and as somebody chose", () => {
    const name = "dfs.namenode.reconstruction.pending.timeout-sec";
    const seconds = (hdfs: object, node = "dev-master-1") =>
      settingsOf(withPools(dev.pools, { hdfs }), "hdfs", node).hdfsSite?.[name];
    const found = [{}, { blockSize: 1 }, { blockSize: 256 }, { blockSize: 1024 }, { properties: { [name]: "7" } }].map(
      (options) => seconds(options),
    );
    assert.deepEqual(found, ["64", "60", "128", "300", "7"]);
    assert.equal(seconds({}, "dev-worker-1"), undefined);
  });

  it("let clients wait for a NameNode that restarts, and writers replace a DataNode that does", () => {
    const { clientSite } = settingsOf(dev, "hdfs", "dev-worker-1");
    assert.equal(clientSite?.["dfs.client.retry.policy.enabled"], "true");
    assert.equal(clientSite?.["dfs.client.block.write.replace-datanode-on-failure.policy"], "ALWAYS");
  });

  it("take what a worker has left for jobs as its memory for containers", () => {
    const node = planOf(dev).nodes.find((each) => each.name === "dev-worker-1");
    const { yarnSite, processes } = settingsOf(dev, "yarn", "dev-worker-1");
    assert.equal(yarnSite?.["yarn.nodemanager.resource.memory-mb"], String(node?.memory.available));
    assert.match(String((processes?.nodemanager as { options: string }).options), /^-Xmx96m .*SerialGC/);
  });

  it("leave a core of YARN's for a task beside the ApplicationMaster, even on one host of one core", () => {
    const one = withPools({ node: { count: 1, roles: ["master", "worker"], memory: "4 GiB", cpus: 1 } });
    const { yarnSite } = settingsOf(one, "yarn", "dev-node-1");
    assert.equal(yarnSite?.["yarn.nodemanager.resource.cpu-vcores"], "2");
  });

  it("check the members by name, Pi last, from a client where there is one", () => {
    const checks = planOf(withPools({ master: 1, worker: 2, client: 1 })).checks;
    const pi = checks.find((check) => check.run[0] === "mapreduce/pi");
    assert.deepEqual(pi?.on, ["dev-client-1"]);
    assert.deepEqual(checks.find((check) => check.run[0] === "hdfs/live-datanodes")?.run.slice(1), [
      "dev-worker-1",
      "dev-worker-2",
    ]);
    for (const name of pi?.after ?? [])
      assert.ok(
        checks.some((check) => check.name === name),
        name,
      );
  });

  it("let containers and blocks leave", () => {
    assert.deepEqual(
      planOf(dev).leave.map((step) => step.service),
      ["yarn", "hdfs"],
    );
  });
});

describe("what Hadoop's services refuse", () => {
  const refused = (args: Args) => mistakesOf(() => planOf(args)).map(({ path, allowed }) => `${path}: ${allowed}`);
  const cases: [string, Args, RegExp][] = [
    [
      "more copies than DataNodes",
      withPools(dev.pools, { hdfs: { replication: 3 } }),
      /services\.hdfs\.replication: 1 … 2/,
    ],
    [
      "a property that keeps data safe",
      withPools(dev.pools, { hdfs: { properties: { "dfs.namenode.name.dir": "/x" } } }),
      /dfs\.namenode\.name\.dir.*set for you/,
    ],
    ...[
      "dfs.name.dir",
      "dfs.data.dir",
      "dfs.namenode.edits.dir",
      "dfs.name.edits.dir",
      "dfs.nameservices",
      "fs.default.name",
    ].flatMap((name): [string, Args, RegExp][] => [
      [
        `${name}, which would put data elsewhere`,
        withPools(dev.pools, { hdfs: { properties: { [name]: "/x" } } }),
        new RegExp(`services\\.hdfs\\.properties\\["${name}"\\].*set for you`),
      ],
      [
        `${name} by the other file`,
        withPools(dev.pools, { hdfs: { coreProperties: { [name]: "/x" } } }),
        new RegExp(`services\\.hdfs\\.coreProperties\\["${name}"\\].*set for you`),
      ],
    ]),
    [
      "a worker left out below the copies that were chosen",
      withPools({ master: 1, worker: { count: 3, without: ["dev-worker-2"] } }, { hdfs: { replication: 3 } }),
      /services\.hdfs\.replication: 1 … 2: a block has at most one copy on each DataNode, and there are 2/,
    ],
    [
      "a DataNode's folder by the other file",
      withPools(dev.pools, { hdfs: { coreProperties: { "dfs.datanode.data.dir": "/x" } } }),
      /dfs\.datanode\.data\.dir.*set for you/,
    ],
    [
      "an address of HDFS",
      withPools(dev.pools, { hdfs: { coreProperties: { "fs.defaultFS": "file:///" } } }),
      /fs\.defaultFS.*set for you/,
    ],
    [
      "an address of YARN",
      withPools(dev.pools, { yarn: { properties: { "yarn.resourcemanager.hostname": "x" } } }),
      /yarn\.resourcemanager\.hostname.*set for you/,
    ],
    ["a property without a name", withPools(dev.pools, { yarn: { properties: { "a b": "x" } } }), /a b/],
    ["a control character", withPools(dev.pools, { hdfs: { properties: { a: "\u0000" } } }), /control characters/],
    [
      "an option that is not there",
      withPools(dev.pools, { hdfs: { replicas: 2 } } as unknown as Args["services"]),
      /replicas|replication/,
    ],
    [
      "smallest containers larger than a worker",
      withPools(dev.pools, { yarn: { minAllocation: 4096 } }),
      /services\.yarn\.minAllocation: at most/,
    ],
    [
      "workers without room for jobs",
      withPools({ master: 1, worker: { count: 2, memory: "640 MiB" } }),
      /pools\.worker\.memory: at least/,
    ],
  ];
  for (const [what, args, expected] of cases) {
    it(what, () => {
      const all = refused(args);
      assert.ok(
        all.some((each) => expected.test(each)),
        all.join("\n"),
      );
    });
  }
});
