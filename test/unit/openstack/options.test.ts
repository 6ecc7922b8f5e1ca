import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { cloudNames } from "../../../components/clouds/index.ts";
import { parseEnvironment } from "../../../plan/config/read.ts";
import { readAccess, poolMistakes, readOptions } from "../../../components/clouds/openstack/options.ts";
import { mistakesOf } from "../plan/fixtures.ts";

describe("OpenStack's options", () => {
  it("are right in the environment that users copy, as its clusters are", () => {
    const file = join(import.meta.dirname, "../../../Pulumi.openstack.yaml");
    const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    const raw = { cloud: config["muster:cloud"], clusters: config["muster:clusters"] };
    const { cloud, clusters } = parseEnvironment(raw, "muster:", { clouds: cloudNames });
    assert.equal(cloud.name, "openstack");
    assert.equal(readOptions(cloud.options).image, "debian-12");
    assert.deepEqual(
      clusters.map(({ name }) => name),
      ["lab"],
    );
  });

  it("need no more than an image", () => {
    assert.deepEqual(readOptions({ image: "debian-12" }), {
      image: "debian-12",
      resolvers: [],
      securityGroups: [],
      flavors: {},
      zones: [],
      antiAffinity: "soft",
      bake: { floatingIp: true, loginUser: "debian", securityGroups: [] },
      dataVolumes: true,
      floatingIps: {},
      configDrive: true,
      createTimeout: 15,
    });
    assert.deepEqual(readOptions({ image: { properties: { os_distro: "debian" } } }).image, {
      properties: { os_distro: "debian" },
    });
  });

  it("are refused with all their mistakes at once", () => {
    const wrong = {
      flavours: "m1.small",
      endpointType: "pubic",
      zones: "nova",
      antiAffinity: { worker: "sot" },
      floatingIps: { master: ["10.0.0.300"], worker: "al" },
      resolvers: ["dns"],
      rootVolume: { type: "ssd" },
      configDrive: "yes",
      createTimeout: 0,
      dataVolumes: 1,
    };
    const told = mistakesOf(() => readOptions(wrong)).map(({ path, allowed }) => `${path} ${allowed}`);
    for (const expected of [
      /^muster:cloud\.flavours did you mean "flavors"/,
      /^muster:cloud\.image allowed: an image's name/,
      /^muster:cloud\.endpointType did you mean "public"/,
      /^muster:cloud\.zones allowed: a list of zones/,
      /^muster:cloud\.antiAffinity/,
      /^muster:cloud\.floatingIps/,
      /^muster:cloud\.resolvers\[0\] allowed: an IPv4/,
      /^muster:cloud\.rootVolume\.size/,
      /^muster:cloud\.configDrive allowed: true or false/,
      /^muster:cloud\.createTimeout allowed: 1 … 120/,
      /^muster:cloud\.dataVolumes/,
    ]) {
      assert.ok(
        told.some((one) => expected.test(one)),
        `${expected} in\n${told.join("\n")}`,
      );
    }
  });

  it("are refused when they contradict each other, or the key is weak", () => {
    const told = mistakesOf(() =>
      readOptions({ image: "i", network: "n", router: "r", keyPair: "k", publicKey: "ssh-dss AAAA" }),
    );
    assert.deepEqual(
      told.map(({ path }) => path),
      ["muster:cloud.router", "muster:cloud.publicKey", "muster:cloud.publicKey"],
    );
    assert.match(told[2]?.allowed ?? "", /ed25519/);
  });

  it("say which cloud it is even when the rest is wrong by now", () => {
    assert.deepEqual(readAccess({ cloud: "lab", region: "North", gone: 1, zones: 7 }), {
      cloud: "lab",
      region: "North",
    });
  });

  it("name pools that there are: others are told with the nearest", () => {
    const given = { flavors: { wroker: "m1" }, antiAffinity: { worker: "none" }, floatingIps: { gateway: "all" } };
    const read = readOptions({ image: "debian-12", ...given });
    assert.deepEqual(
      poolMistakes(read, ["master", "worker"]).map(({ path, allowed }) => `${path} | ${allowed}`),
      [
        'muster:cloud.flavors.wroker | did you mean "worker"?   (master, worker)',
        "muster:cloud.floatingIps.gateway | allowed: master, worker",
      ],
    );
    assert.deepEqual(poolMistakes(readOptions({ image: "debian-12", floatingIps: "none" }), ["master"]), []);
  });
});
