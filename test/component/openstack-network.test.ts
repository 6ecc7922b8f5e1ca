import assert from "node:assert/strict";
import { OpenStackCloud } from "../../components/clouds/openstack/openstack-cloud.ts";
import type { OpenStackOptionsInput } from "../../components/clouds/openstack/options.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { readJob } from "../../runner/record/job-file.ts";
import { credentials, options, readings } from "../mock/openstack-readings.ts";
import { withStateFolder } from "../mock/state-folder.ts";
import { build, ofType, names } from "../mock/openstack-cluster.ts";

describe("the network of a Hadoop cluster on OpenStack", () => {
  withStateFolder();

  it("opens the plan's ports by network, and SSH to the bastion alone", async () => {
    const run = await build();
    assert.ok(ofType(run, "SecGroup").every(({ inputs }) => inputs["deleteDefaultRules"] === true));
    const rules = ofType(run, "SecGroupRule").map(({ inputs }) => inputs);
    assert.ok(rules.every((rule) => rule["remoteGroupId"] === undefined && rule["ethertype"] === "IPv4"));
    const world = rules.filter(({ remoteIpPrefix }) => remoteIpPrefix === "0.0.0.0/0");
    assert.deepEqual(
      world.map(({ direction }) => direction),
      ["egress"],
    );
    const outside = rules.filter(({ remoteIpPrefix }) => remoteIpPrefix === "203.0.113.0/24");
    assert.deepEqual(
      outside.map(({ securityGroupId, protocol, portRangeMin, portRangeMax }) => [
        securityGroupId,
        protocol,
        portRangeMin,
        portRangeMax,
      ]),
      [["dev-group-entry-id", "tcp", 22, 22]],
    );
    const entry = (name: string) =>
      (run.of(name).inputs["securityGroups"] as string[]).includes("muster.dev.dev.entry.uid");
    assert.deepEqual([entry("dev-master-1"), entry("dev-worker-1")], [true, false]);
  });

  it("opens a VPN's port to the operator, on masters that he reaches and on no other node with an address", async () => {
    const run = await build({
      options: { floatingIps: { worker: "all" } },
      args: { pools: { master: 3, worker: 1 }, services: { vpn: true } },
    });
    assert.equal(run.error, undefined);
    const open = ofType(run, "SecGroupRule").filter(({ inputs }) => inputs["protocol"] === "udp");
    const operators = open.filter(({ inputs }) => inputs["remoteIpPrefix"] === "203.0.113.0/24");
    assert.deepEqual(
      operators.map(({ inputs }) => [inputs["securityGroupId"], inputs["portRangeMin"], inputs["portRangeMax"]]),
      [["dev-group-entry-master-id", 51820, 51820]],
    );
    const nodes = ["dev-master-1", "dev-master-2", "dev-master-3", "dev-worker-1"];
    const groupsOf = (name: string) => run.of(name).inputs["securityGroups"] as string[];
    const within = (group: string) => nodes.filter((name) => groupsOf(name).includes(`muster.dev.dev.${group}.uid`));
    assert.deepEqual(within("entry-master"), ["dev-master-1", "dev-master-2"]);
    assert.deepEqual(within("entry"), ["dev-master-1", "dev-master-2", "dev-worker-1"]);
  });

  it("keeps the cloud's own ports away from the nodes' addresses", async () => {
    const { inputs } = (await build({ options: { resolvers: ["192.0.2.53"] } })).of("dev-subnet");
    assert.deepEqual(inputs["allocationPools"], [{ start: "10.5.0.2", end: "10.5.0.15" }]);
    assert.equal(inputs["gatewayIp"], "10.5.0.1");
    assert.deepEqual(inputs["dnsNameservers"], ["192.0.2.53"]);
  });

  it("tells the runner the bastion's address as soon as it has one, without waiting for the server", async () => {
    const run = await build();
    const { inputs, dependsOn } = run.of("dev-ready");
    const told = JSON.parse(inputs["stdin"] as string) as Record<string, unknown>;
    assert.deepEqual(told["addresses"], { "dev-master-1": "198.51.100.1" });
    assert.ok(dependsOn.includes("dev-master-1-address"));
    assert.ok(!dependsOn.some((name) => /^dev-(master|worker)-\d$/.test(name)), dependsOn.join());
    const association = run.of("dev-master-1-address-association");
    assert.equal(association.inputs["floatingIp"], "198.51.100.1");
    assert.ok(association.dependsOn.includes("dev-router-interface"));
    assert.ok(association.dependsOn.includes("dev-master-1"), "of a server that failed there is nothing to associate");
  });

  it("gives the first two of several masters an address, tells both, and keeps the quorum of each pool", async () => {
    const run = await build({ args: { pools: { master: 3, worker: { count: 4, minReady: "50%" } } } });
    assert.deepEqual(names(run, "FloatingIp"), ["dev-master-1-address", "dev-master-2-address"]);
    const { inputs, dependsOn } = run.of("dev-ready");
    const told = JSON.parse(inputs["stdin"] as string) as { job: string; addresses: Record<string, string> };
    assert.deepEqual(told.addresses, { "dev-master-1": "198.51.100.1", "dev-master-2": "198.51.100.2" });
    assert.ok(dependsOn.includes("dev-master-2-address"));
    const job = readJob("muster.dev.dev", told.job);
    assert.deepEqual(
      job.pools.map(({ name, minReady }) => `${name} ${minReady}`),
      ["master 3", "worker 2"],
    );
    const ways = job.nodes.map(({ name, ssh }) => `${name} ${ssh.bastion ?? "directly"}`);
    assert.deepEqual(ways.slice(0, 4), [
      "dev-master-1 directly",
      "dev-master-2 directly",
      "dev-master-3 dev-master-2",
      "dev-worker-1 dev-master-2",
    ]);
  });

  it("uses what is there already: network, key pair, security groups, reserved address", async () => {
    const run = await build({
      options: {
        network: "lab",
        keyPair: "mine",
        securityGroups: ["default"],
        floatingIps: { master: ["203.0.113.10"] },
      },
      args: { subnet: "192.168.0.0/20" },
    });
    assert.equal(run.error, undefined);
    for (const type of ["Network", "Subnet", "Router", "RouterInterface", "FloatingIp", "Keypair"]) {
      assert.deepEqual(names(run, type), [], type);
    }
    const { inputs } = run.of("dev-master-1");
    assert.equal(inputs["keyPair"], "mine");
    assert.deepEqual(inputs["networks"], [{ uuid: "n-lab", fixedIpV4: "192.168.0.16" }]);
    assert.ok((inputs["securityGroups"] as string[]).includes("default"));
    assert.equal(run.of("dev-master-1-address-association").inputs["floatingIp"], "203.0.113.10");
    const stdin = JSON.parse(run.of("dev-ready").inputs["stdin"] as string) as Record<string, unknown>;
    assert.equal(stdin["addresses"], undefined, "a reserved address is in the job");
  });

  it("plugs its network into the router that the user names", async () => {
    const run = await build({ options: { router: "edge" } });
    assert.deepEqual(names(run, "Router"), []);
    assert.equal(run.of("dev-router-interface").inputs["routerId"], "r-edge");
  });
});

describe("the way to nodes on OpenStack", () => {
  const pools = { master: 3, worker: 2 };
  const plan = planCluster(specFromArgs("dev", { subnet: "10.5.0.0/20", pools }), {
    project: "muster",
    stack: "dev",
    cloud: "openstack",
  });
  const ways = (chosen: Partial<OpenStackOptionsInput>): string[] => {
    const cloud = new OpenStackCloud(options(chosen), credentials, readings);
    return plan.nodes.map((node) => {
      const { address, bastion, user, hostKey } = cloud.sshTarget(plan, node);
      assert.deepEqual([user, hostKey], ["muster", { kind: "derived" }]);
      return `${node.name} ${address}${bastion === undefined ? "" : ` by ${bastion}`}`;
    });
  };

  it("leads through the first two masters in turn", () => {
    assert.deepEqual(ways({}), [
      "dev-master-1 10.5.0.16",
      "dev-master-2 10.5.0.32",
      "dev-master-3 10.5.0.48 by dev-master-2",
      "dev-worker-1 10.5.0.17 by dev-master-2",
      "dev-worker-2 10.5.0.33 by dev-master-1",
    ]);
  });

  it("begins at reserved addresses, and is straight where nothing has one", () => {
    assert.deepEqual(ways({ floatingIps: { master: ["203.0.113.10"] } }).slice(0, 2), [
      "dev-master-1 203.0.113.10",
      "dev-master-2 10.5.0.32 by dev-master-1",
    ]);
    assert.ok(ways({ floatingIps: "none" }).every((way) => /^dev-\w+-\d 10\.5\.0\.\d+$/.test(way)));
  });
});
