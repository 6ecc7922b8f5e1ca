import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Image } from "../../components/clouds/openstack/api/answers.ts";
import { stateId } from "../../contract/folders.ts";
import { bootstrapHostKey } from "../../contract/ssh-key.ts";
import { identity } from "../mock/commands.ts";
import { readings } from "../mock/openstack-readings.ts";
import { withStateFolder } from "../mock/state-folder.ts";
import { build, ofType, names, memory, server, ownNetwork } from "../mock/openstack-cluster.ts";

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

  it("is made of an image that is baked first, and of that one again when it is there already", async () => {
    const options = { bake: { network: "lab" } };
    const run = await build({ options, args: { image: "baked" } });
    assert.equal(run.error, undefined);
    const environment = run.of("dev-image-build").inputs["environment"] as Record<string, string>;
    assert.match(environment["IMAGE"] ?? "", /^muster-baked-[0-9a-f]{12}$/);
    const passed = JSON.parse(environment["OPTIONS"] ?? "") as Record<string, unknown>;
    assert.deepEqual(Object.keys(passed).sort(), ["bake", "image", "securityGroups"]);
    assert.deepEqual([environment["CLOUD"], run.of("dev-worker-1").inputs["imageId"]], ["openstack", "baked:1"]);
    assert.ok(run.of("dev-worker-1").dependsOn.includes("dev-image-build"));
    const changed = await build({ options: { ...options, zones: ["north"] }, args: { image: "baked" } });
    assert.deepEqual(changed.of("dev-image-build").inputs, run.of("dev-image-build").inputs);
  });

  it("has its baked image made again when that was removed while machines of it stand", async () => {
    const [options, args] = [{ bake: { network: "lab" } }, { image: "baked" }];
    const stands = { servers: [server("dev-master-1")], ...ownNetwork };
    const environment = (run: Awaited<ReturnType<typeof build>>) =>
      run.of("dev-image-build").inputs["environment"] as Record<string, string>;
    const first = environment(await build({ options, args }));
    const gone = environment(await build({ options, args, readings: stands }));
    assert.deepEqual(gone, { ...first, GONE: "true" });
    const baked = [{ ...readings.images[0], id: "baked-1", name: first["IMAGE"] } as Image];
    assert.deepEqual(environment(await build({ options, args, readings: { ...stands, baked } })), first);
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
