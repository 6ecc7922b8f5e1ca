import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PROJECT } from "../../../components/images/content.ts";
import { bringPacker, type Packer, runPacker } from "../../../components/images/packer.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";

const MINUTE = 60_000;

/** What every template is told, whatever the cloud. */
const shared = { base: "base", builder: "muster-bake-1", owner: "s1", bundle: "", bundle_name: "b1", versions: "{}" };

const templates: Record<string, Record<string, unknown>> = {
  "local.pkr.hcl": { ...shared, repository: "localhost/r", tag: "1", podman: "/bin/true", run_flags: [] },
  "openstack.pkr.hcl": {
    ...shared,
    name: "muster-baked-1",
    flavor: "m1",
    network: "net-1",
    security_groups: ["ssh"],
    external_network: "public",
  },
  "aws.pkr.hcl": {
    ...shared,
    name: "muster-baked-1",
    base: "ami-0123456789abcdef0",
    region: "eu-central-1",
    subnet: "subnet-0123456789abcdef0",
    from: ["192.0.2.7/32"],
  },
  "gcp.pkr.hcl": { ...shared, name: "muster-baked-1", project: "p", zone: "europe-west3-a", subnetwork: "lab" },
};

const ofPublicClouds = ["aws.pkr.hcl", "gcp.pkr.hcl"];

/** As the real Packer, with the real plug-ins, sees them; OpenStack's plug-in logs in while it does. */
describe("Packer's templates", function () {
  // Where it cannot be downloaded Packer is built first.
  this.timeout(30 * MINUTE);
  let packer: Packer;
  let publicPacker: Packer;
  let folder = "";
  let cloud: FakeOpenStack;

  before(async () => {
    packer = await bringPacker();
    publicPacker = await bringPacker("public");
    folder = mkdtempSync(join(tmpdir(), "muster-packer-"));
    cloud = new FakeOpenStack();
    await cloud.start();
    writeFileSync(join(folder, "bundle.tar.gz"), "");
  });
  after(async () => {
    await cloud.stop();
    rmSync(folder, { recursive: true });
  });

  async function validated(
    template: string,
    variables: Record<string, unknown>,
  ): Promise<{ code: number; said: string }> {
    const file = join(folder, "variables.pkrvars.json");
    writeFileSync(file, JSON.stringify({ ...variables, bundle: join(folder, "bundle.tar.gz") }));
    const log = join(folder, "log");
    rmSync(log, { force: true });
    const args = ["validate", `-var-file=${file}`, join(PROJECT, "images/baked", template)];
    const environment = { ...cloud.environment, OS_AUTH_URL: `${cloud.root}/identity/v3`, OS_DOMAIN_NAME: "Default" };
    const code = await runPacker({
      packer: ofPublicClouds.includes(template) ? publicPacker : packer,
      ...{ args, folder, environment, log, seconds: 120 },
    });
    return { code, said: readFileSync(log, "utf8") };
  }

  it("are all known here", () => {
    const found = readdirSync(join(PROJECT, "images/baked")).filter((name) => name.endsWith(".pkr.hcl"));
    assert.deepEqual(found.sort(), Object.keys(templates).sort());
  });

  for (const [template, variables] of Object.entries(templates)) {
    it(`${basename(template, ".pkr.hcl")} is valid`, async () => {
      const { code, said } = await validated(template, variables);
      assert.equal(code, 0, said);
      assert.match(said, /The configuration is valid/);
    });

    it(`${basename(template, ".pkr.hcl")} needs each of its variables`, async () => {
      for (const name of ["base", "owner", "builder", "bundle_name", "versions"]) {
        const rest = Object.fromEntries(Object.entries(variables).filter(([other]) => other !== name));
        const { code, said } = await validated(template, rest);
        assert.notEqual(code, 0, name);
        assert.match(said, new RegExp(`Unset variable "${name}"`));
      }
    });
  }

  it("of OpenStack log in as the variables say, and make nothing while they are validated", async () => {
    cloud.asked.length = 0;
    await validated("openstack.pkr.hcl", templates["openstack.pkr.hcl"] ?? {});
    assert.ok(
      cloud.asked.some((asked) => asked.startsWith("POST /identity/v3/auth/tokens")),
      cloud.asked.join("\n"),
    );
    assert.deepEqual(
      cloud.asked.filter((asked) => !asked.startsWith("GET ") && !asked.includes("auth/tokens")),
      [],
    );
    cloud.password = "another";
    try {
      const { code, said } = await validated("openstack.pkr.hcl", templates["openstack.pkr.hcl"] ?? {});
      assert.notEqual(code, 0);
      assert.match(said, /Authentication failed|401/);
    } finally {
      cloud.password = "right";
    }
  });
});
