import assert from "node:assert/strict";
import { parse } from "yaml";
import { OpenStackCloud } from "../../components/clouds/openstack/openstack-cloud.ts";
import type { OpenStackOptionsInput } from "../../components/clouds/openstack/options.ts";
import type { Readings } from "../../components/clouds/openstack/readings.ts";
import { HadoopCluster, type HadoopClusterArgs } from "../../components/hadoop-cluster.ts";
import { stateId } from "../../contract/folders.ts";
import { bootstrapHostKey } from "../../contract/ssh-key.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { readJob } from "../../runner/record/job-file.ts";
import { answer, identity } from "../mock/commands.ts";
import { type MockRun, mockRun, type Registration } from "../mock/monitor.ts";
import { credentials, options, readings } from "../mock/openstack-readings.ts";
import { withStateFolder } from "../mock/state-folder.ts";

interface Wanted {
  options?: Partial<OpenStackOptionsInput>;
  readings?: Partial<Readings>;
  args?: Partial<HadoopClusterArgs>;
  preview?: boolean;
}

/** What the cloud gives out: a floating IP's address, a port's id. */
const given = (type: string, name: string): Record<string, unknown> =>
  type.endsWith(":FloatingIp") ? { address: `198.51.100.${/-(\d)-address$/.exec(name)?.[1]}` } : answer(type, name);

const build = ({
  options: chosen = {},
  readings: seen = {},
  args = {},
  preview = false,
}: Wanted = {}): Promise<MockRun> =>
  mockRun(
    () => {
      const cloud = new OpenStackCloud(options(chosen), credentials, { ...readings, ...seen });
      const description = {
        subnet: "10.5.0.0/20",
        adminNetworks: ["203.0.113.0/24"],
        pools: { master: 1, worker: 2 },
        ...args,
      };
      const cluster = new HadoopCluster("dev", { cloud, bundle: "bundle", ...description });
      return { memory: cluster.memory };
    },
    preview ? { preview } : { answer: given },
  );

const short = ({ type }: Registration): string => type.split(":").at(-1) ?? "";
const ofType = (run: MockRun, type: string): Registration[] => run.registrations.filter((one) => short(one) === type);
const names = (run: MockRun, type: string): string[] =>
  ofType(run, type)
    .map(({ name }) => name)
    .sort();
const memory = (part: object = {}) => ({
  uid: "uid",
  kind: "hadoop",
  attempt: 1,
  generations: {},
  revivals: {},
  volumes: {},
  ...part,
});
const server = (name: string, changes: object = {}) => ({
  id: `${name}-id`,
  name,
  status: "ACTIVE",
  tags: ["muster"],
  image: { id: "image-0" },
  metadata: {
    "muster.cluster": "muster.dev.dev",
    "muster.uid": "uid",
    "muster.kind": "hadoop",
    "muster.node": name,
    "muster.generation": "1",
  },
  ...changes,
});
const ownNetwork = {
  networks: [
    ...readings.networks,
    {
      id: "n-own",
      name: "muster.dev.dev",
      "router:external": false,
      subnets: [],
      tags: ["muster", "muster.cluster=muster.dev.dev"],
    },
  ],
};

describe("a Hadoop cluster on OpenStack", () => {
  withStateFolder();

  it("is one server a node, a volume with its attachment for those that store, and a constant", async () => {
    const run = await build();
    assert.equal(run.error, undefined);
    const nodes = ["dev-master-1", "dev-worker-1", "dev-worker-2"];
    assert.deepEqual(names(run, "Instance"), nodes);
    assert.deepEqual(
      names(run, "Volume").sort(),
      nodes.map((node) => `${node}-data`),
    );
    assert.deepEqual(
      names(run, "VolumeAttach"),
      nodes.map((node) => `${node}-data-attachment`),
    );
    for (const [type, one] of [
      ["Network", "dev-network"],
      ["Subnet", "dev-subnet"],
      ["Router", "dev-router"],
      ["RouterInterface", "dev-router-interface"],
      ["FloatingIp", "dev-master-1-address"],
      ["FloatingIpAssociate", "dev-master-1-address-association"],
    ] as const) {
      assert.deepEqual(names(run, type), [one], type);
    }
    assert.deepEqual(names(run, "ServerGroup"), ["dev-servers-master", "dev-servers-worker"]);
    assert.deepEqual(names(run, "SecGroup"), [
      "dev-group-all",
      "dev-group-entry",
      "dev-group-master",
      "dev-group-worker",
    ]);
    assert.deepEqual(names(run, "Keypair"), []);
    const more = await build({ args: { pools: { master: 1, worker: 7 } } });
    assert.equal(more.registrations.length, run.registrations.length + 5 * 3);
  });

  it("has a deadline on every one of its resources, the one provider, and the cluster for a parent", async () => {
    const run = await build();
    const own = run.registrations.filter(({ type }) => type.startsWith("openstack:"));
    assert.ok(own.length > 30);
    for (const { name, parent, timeouts, inputs, ignoreChanges } of own) {
      // The state folder's id is in them: another person's run must not change them.
      if ("tags" in inputs) assert.ok(ignoreChanges.includes("tags"), name);
      assert.equal(parent, "dev", name);
      assert.match(`${name} ${timeouts.create} ${timeouts.delete}`, /^\S+ \d+m \d+m$/);
    }
    assert.deepEqual(
      run.registrations.filter(({ type }) => type.startsWith("pulumi:providers")).map(({ type, name }) => [type, name]),
      [["pulumi:providers:openstack", "openstack"]],
    );
  });

  it("gives the provider retries and the way to the credentials, and never these", async () => {
    const run = await build();
    assert.deepEqual(run.of("openstack").inputs, { endpointType: "public", maxRetries: "5", allowReauth: "true" });
    const rest = JSON.stringify(run.registrations.filter(({ name }) => name !== "dev-ready"));
    assert.doesNotMatch(rest, /hunter2|host secret|user secret/);
  });

  it("puts each server at its planned address, with its groups, flavor and tags from creation on", async () => {
    const run = await build();
    const { inputs, dependsOn, protect, timeouts } = run.of("dev-worker-2");
    const { userData, ...rest } = inputs;
    assert.match(userData as string, /^#cloud-config\n/);
    assert.deepEqual(rest, {
      name: "dev-worker-2",
      imageId: "image-1",
      flavorId: "f-small",
      networks: [{ uuid: "dev-network-id", fixedIpV4: "10.5.0.33" }],
      securityGroups: ["muster.dev.dev.all.uid", "muster.dev.dev.worker.uid"],
      configDrive: true,
      powerState: "active",
      schedulerHints: [{ group: "dev-servers-worker-id" }],
      metadata: {
        "muster.cluster": "muster.dev.dev",
        "muster.uid": "uid",
        "muster.kind": "hadoop",
        "muster.node": "dev-worker-2",
        "muster.pool": "worker",
        "muster.ordinal": "2",
        "muster.roles": "worker",
        "muster.generation": "1",
        "muster.address": "10.5.0.33",
      },
      tags: ["muster", "muster.cluster=muster.dev.dev", "muster.uid=uid", `muster.state=${stateId()}`],
    });
    assert.equal(protect, false);
    assert.equal(timeouts.create, "15m");
    assert.ok(dependsOn.includes("dev-subnet") && dependsOn.includes("dev-worker-2-data"), dependsOn.join());
    assert.ok(!dependsOn.includes("dev-router-interface"), "a server does not wait for the router");
  });

  it("hands over as a secret what a first boot needs: whom to trust, its own key, its volume", async () => {
    const { inputs, secrets, secretOutputs } = (await build()).of("dev-worker-1");
    assert.deepEqual(secrets, ["userData"]);
    assert.ok(secretOutputs.includes("userData"));
    const content = parse(inputs["userData"] as string) as Record<string, unknown>;
    const key = bootstrapHostKey(identity.seed, "dev-worker-1", 1);
    assert.deepEqual(content["ssh_keys"], { ed25519_private: key.private, ed25519_public: key.public });
    assert.match(JSON.stringify(content["write_files"]), /ssh-ed25519 USER.*TrustedUserCAKeys.*dev-worker-1-data-id/);
    assert.doesNotMatch(inputs["userData"] as string, /host secret|user secret/);
  });

  it("keeps what a standing server was born with, and gives one that is to be made again everything new", async () => {
    const seen = { servers: [server("dev-master-1"), server("dev-worker-1")], ...ownNetwork };
    const generations = { "dev-master-1": 1, "dev-worker-1": 1, "dev-worker-2": 1 };
    const run = await build({ readings: seen, args: { memory: memory({ generations }) } });
    assert.equal(run.error, undefined);
    assert.deepEqual(run.of("dev-worker-1").ignoreChanges, [
      "tags",
      ...[
        "imageId",
        "flavorId",
        "userData",
        "keyPair",
        "blockDevices",
        "configDrive",
        "availabilityZone",
        "schedulerHints",
      ],
    ]);
    const again = run.of("dev-worker-2");
    assert.deepEqual(again.ignoreChanges, ["tags"]);
    assert.equal((again.inputs["metadata"] as Record<string, string>)["muster.generation"], "2");
    const key = bootstrapHostKey(identity.seed, "dev-worker-2", 2).public;
    assert.ok((again.inputs["userData"] as string).includes(key));
  });

  it("makes a server again whose creation failed", async () => {
    const broken = server("dev-worker-1", { status: "ERROR", fault: { message: "No valid host was found" } });
    const seen = { servers: [server("dev-master-1"), broken, server("dev-worker-2")], ...ownNetwork };
    const run = await build({ readings: seen, args: { memory: memory() } });
    const { inputs, ignoreChanges } = run.of("dev-worker-1");
    assert.equal((inputs["metadata"] as Record<string, string>)["muster.generation"], "2");
    assert.deepEqual(ignoreChanges, ["tags"]);
  });

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

  it("protects data volumes, which stay as they were made, and lets servers go", async () => {
    const run = await build({ options: { dataVolumes: { type: "ssd", zone: "north" } } });
    const { inputs, protect, ignoreChanges } = run.of("dev-worker-1-data");
    assert.equal(protect, true);
    assert.deepEqual(ignoreChanges, ["size", "volumeType", "availabilityZone", "metadata"]);
    assert.equal(inputs["volumeType"], "ssd");
    assert.equal(inputs["availabilityZone"], "north");
    assert.equal((inputs["metadata"] as Record<string, string>)["muster.node"], "dev-worker-1");
    assert.deepEqual(run.of("dev-worker-1-data-attachment").inputs, {
      instanceId: "dev-worker-1-id",
      volumeId: "dev-worker-1-data-id",
    });
  });

  it("makes no volumes where data is on root disks", async () => {
    const run = await build({ options: { dataVolumes: false } });
    assert.deepEqual([names(run, "Volume"), names(run, "VolumeAttach")], [[], []]);
    const content = run.of("dev-worker-1").inputs["userData"] as string;
    assert.match(content, /\/var\/lib\/muster\/data \/data none bind/);
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

  it("spreads zones over a pool, boots from volumes and makes a key pair where that is wanted", async () => {
    const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUCxwDkq3yWwGUjUW3GDUT0nRkzhjcTYkMTBR/AYmkf me";
    const run = await build({
      options: {
        zones: ["nova", "north"],
        rootVolume: { size: 30 },
        publicKey,
        antiAffinity: { worker: "hard", master: "none" },
      },
    });
    assert.equal(run.error, undefined);
    const zone = (name: string) => run.of(name).inputs["availabilityZone"];
    assert.deepEqual(["dev-master-1", "dev-worker-1", "dev-worker-2"].map(zone), ["nova", "nova", "north"]);
    const { inputs } = run.of("dev-worker-1");
    assert.equal(inputs["imageId"], undefined);
    const [disk] = inputs["blockDevices"] as Record<string, unknown>[];
    assert.deepEqual([disk?.["uuid"], disk?.["volumeSize"], disk?.["deleteOnTermination"]], ["image-1", 30, true]);
    assert.equal(inputs["keyPair"], `muster ${stateId()} muster dev dev key`);
    assert.deepEqual(run.of("dev-key-pair").inputs["publicKey"], publicKey);
    assert.deepEqual(names(run, "ServerGroup"), ["dev-servers-worker"]);
    assert.deepEqual(run.of("dev-servers-worker").inputs["policies"], ["anti-affinity"]);
  });

  it("can be previewed before anything is known", async () => {
    const run = await build({ preview: true });
    assert.equal(run.error, undefined);
    assert.equal(ofType(run, "Instance").length, 3);
  });

  it("is refused, with nothing made, where it does not fit", async () => {
    const { error, registrations } = await build({ readings: { quotas: { cores: { limit: 4, used: 3 } } } });
    assert.match((error as Error).message, /cores: need 3, have 1 of 4/);
    assert.deepEqual(
      registrations.map(({ name }) => name),
      ["muster-dev"],
    );
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
