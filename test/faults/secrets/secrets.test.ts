import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { podman } from "../../../components/clouds/local/podman.ts";
import { cacheFolder } from "../../../contract/folders.ts";
import type { ClusterIdentity } from "../../../contract/identity.ts";
import { ed25519KeyPair } from "../../../contract/ssh-key.ts";
import { Checkout, expectCode, type Printed } from "../../e2e/checkout.ts";
import { tagged } from "../../e2e/machine.ts";
import { Inside } from "../../hosts/inside.ts";
import { Canaries, filesWith, told } from "./canaries.ts";
import { keepers, ProcessWatch } from "./process-watch.ts";
import { eachNeedsTheOneBefore } from "../../steps.ts";

const MINUTE = 60_000;
const random = (): string => randomBytes(16).toString("hex");

/** Everything that is written on a host, its journal included. */
const ON_HOSTS = ["/etc", "/home", "/opt/muster", "/root", "/run", "/tmp", "/usr/lib/muster", "/usr/local", "/var"];

/** A cluster's whole life, with secrets wherever a user can give one or the product makes one. */
describe("secrets", function () {
  this.timeout(5 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new Checkout();
  const { name } = checkout;
  const id = checkout.clusterId(name, name);
  const watch = new ProcessWatch();

  /** Those in the environment of whoever starts the commands. */
  const given = new Canaries();
  const password = random();
  given.add("password in the environment", password);
  const proxy = random();
  given.add("proxy's password", proxy);
  const variables = {
    OS_PASSWORD: password,
    AWS_SECRET_ACCESS_KEY: password,
    https_proxy: `http://user:${proxy}@127.0.0.1:9/`,
    TMPDIR: join(checkout.folder, "tmp"),
  };
  /** Those that the stack file holds: in the owner's own files they may be, and nowhere else. */
  const written = new Canaries();
  const command = random();
  written.add("expectation", command);
  /** Those that the product makes. */
  const made = new Canaries();
  const all = [given, written, made];

  const said: Printed[] = [];
  const muster = async (command: string, ...args: string[]): Promise<Printed> => {
    const printed = await checkout.musterWith(variables, command, "--stack", name, ...args);
    said.push(printed);
    // The doctor finds what he finds on this machine.
    return command === "doctor" ? printed : expectCode(printed, 0);
  };
  const write = (pools: string, users = "[ada]"): void =>
    checkout.writeStack(
      name,
      `config:
  muster:cloud: local
  muster:clusters:
    - name: ${name}
      pools: ${pools}
      services: []
      users: ${users}
      verification:
        expectations: [{ name: a password, command: "sleep 0.5; test ${command} != x", on: master, user: ada }]
`,
    );
  const hosts = async (): Promise<Inside[]> => (await tagged("container", id)).map((host) => new Inside(host));

  before(() => mkdirSync(variables.TMPDIR));
  after(async () => {
    watch.stop();
    await checkout.remove(name);
  });

  it("that a user gives by mistake are refused and not repeated", async () => {
    const key = ed25519KeyPair("mistake").private;
    const file = join(checkout.folder, "home", "mistake");
    mkdirSync(join(checkout.folder, "home"), { recursive: true });
    writeFileSync(file, key, { mode: 0o600 });
    const mistake = new Canaries();
    mistake.add("private key", key);
    for (const wrong of [JSON.stringify(key), JSON.stringify(file)]) {
      write("{ master: 1 }", `[{ name: ada, sshKeys: [${wrong}] }]`);
      const printed = expectCode(await checkout.onStack("up", "--yes"), 2);
      assert.deepEqual(mistake.seenIn(printed.stdout + printed.stderr), []);
    }
  });

  it("are used through a cluster's life", async function () {
    this.timeout(15 * MINUTE);
    watch.start();
    write("{ master: 1 }");
    await muster("up", "--yes");
    write("{ master: 1, worker: 1 }");
    await muster("up", "--yes", "-vv");
    for (const command of ["verify", "env", "preview", "doctor", "list"]) await muster(command);
    await muster("status", "--json");
    await muster("logs", `${name}-master-1`);
    await muster("run", "--on", "all", "--", "hostname");
    // Last, what they were: the engine tells its owner.
    const { stdout: environment } = await checkout.muster("env");
    const shell = `eval "$MUSTER_SAYS"; pulumi stack export --show-secrets --stack "$0"`;
    const { stdout } = await execa("bash", ["-c", shell, name], {
      cwd: checkout.path(),
      env: { HOME: join(checkout.folder, "home"), MUSTER_SAYS: environment },
    });
    const identity = identityIn(stdout);
    made.add("seed", identity.seed);
    made.add("host CA", identity.hostCa.private, identity.hostCa.public);
    made.add("user CA", identity.userCa.private, identity.userCa.public);
    made.add("passphrase", readFileSync(join(checkout.state, "passphrase"), "utf8"));
    made.add("operator's key", readFileSync(checkout.clusterPath(name, name, "ssh", "id_ed25519"), "utf8"));
    for (const host of await hosts()) {
      const which = (await host.sh("hostname")).trim();
      made.add(`host key of ${which}`, await host.sh("cat /etc/ssh/ssh_host_ed25519_key"));
      made.add(`muster's key on ${which}`, await host.sh("cat ~muster/.ssh/id_ed25519"));
    }
  });

  it("are in no process's arguments, and in no variable that outlives the command", () => {
    assert.ok(watch.looks > 50, `looked ${watch.looks} times only`);
    assert.deepEqual(
      all.flatMap((canaries) => watch.with(canaries)),
      [],
    );
    assert.deepEqual(all.flatMap(keepers), []);
  });

  it("are in nothing that was printed", () => {
    for (const { stdout, stderr } of said)
      assert.deepEqual(
        all.flatMap((canaries) => canaries.seenIn(stdout + stderr)),
        [],
        stdout + stderr,
      );
  });

  it("are in the owner's own files only where they are at home", () => {
    const state = (...parts: string[]): string => join(checkout.state, ...parts);
    assert.deepEqual(found(given), []);
    assert.deepEqual(found(made), [
      told(0o600, state("clusters", id, "ssh", "id_ed25519"), ["operator's key"]),
      told(0o600, state("passphrase"), ["passphrase"]),
    ]);
    // What the stack's file says stands where jobs, what they were made of, the engine's copy of the file and its history are: behind one door.
    assert.equal(statSync(checkout.state).mode & 0o077, 0);
    const homes = [
      /\/(?:jobs|specs)\/\w+\.json:/,
      /\/engine\/muster\/\w+\/Pulumi\.\w+\.yaml:/,
      /\/backend\/\.pulumi\/history\//,
    ];
    const astray = found(written)
      .filter((line) => !line.includes(checkout.path(`Pulumi.${name}.yaml`)))
      .filter((line) => !(line.includes(` ${state()}/`) && homes.some((home) => home.test(line))));
    assert.deepEqual(astray, []);
  });

  it("are on hosts only where they are at home", async () => {
    for (const host of await hosts()) {
      const which = (await host.sh("hostname")).trim();
      const seen = await seenOn(host, ON_HOSTS);
      assert.deepEqual(seen, [
        told(0o600, "/etc/ssh/ssh_host_ed25519_key", [`host key of ${which}`]),
        told(0o600, "/home/muster/.ssh/id_ed25519", [`muster's key on ${which}`]),
      ]);
      const journal = await host.sh("journalctl --no-pager --output export");
      assert.deepEqual(
        all.flatMap((canaries) => canaries.seenIn(journal)),
        [],
        "the journal",
      );
    }
    const records = await podman(["inspect", ...(await tagged("container", id))]);
    assert.deepEqual(
      all.flatMap((canaries) => canaries.seenIn(records)),
      [],
      "podman's own records",
    );
  });

  it("go with the cluster", async () => {
    await muster("down", "--yes", "--delete-data");
    watch.stop();
    assert.deepEqual(
      all.flatMap((canaries) => watch.with(canaries)),
      [],
    );
    assert.deepEqual(all.flatMap(keepers), []);
    assert.deepEqual(found(made), [told(0o600, join(checkout.state, "passphrase"), ["passphrase"])]);
  });

  const found = (canaries: Canaries): string[] =>
    [
      ...filesWith(canaries, checkout.folder, ["node_modules", "artifacts"]),
      ...["bundles", "logs", "tests", "pulumi-home"].flatMap((part) => filesWith(canaries, join(cacheFolder(), part))),
    ].sort();

  /** Files of a host in which any secret is seen. */
  async function seenOn(host: Inside, folders: readonly string[]): Promise<string[]> {
    const lines = all.map((canaries) => canaries.lines).join("");
    const grep = ["grep", "-rlFs", "--devices=skip", "--file=-", ...folders];
    const { stdout } = await host.run(grep, lines);
    const files = [...new Set(stdout.split("\n").filter((file) => file !== ""))].sort();
    return Promise.all(
      files.map(async (file) => {
        const text = await host.sh(`cat '${file}'`);
        const mode = parseInt(await host.sh(`stat --format %a '${file}'`), 8);
        return told(
          mode,
          file,
          all.flatMap((canaries) => canaries.seenIn(text)),
        );
      }),
    );
  }
});

/** Identity as the engine keeps it, from an export with secrets shown. */
function identityIn(exported: string): ClusterIdentity {
  const { deployment } = JSON.parse(exported) as {
    deployment: { resources: { urn: string; outputs?: { stdout?: { plaintext: string } } }[] };
  };
  const { outputs } = deployment.resources.find(({ urn }) => urn.endsWith("-identity")) ?? {};
  return JSON.parse(JSON.parse(outputs?.stdout?.plaintext ?? '"{}"') as string) as ClusterIdentity;
}
