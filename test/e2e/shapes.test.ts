import assert from "node:assert/strict";
import { Checkout, expectCode } from "./checkout.ts";
import { containerIds, remains, tagged } from "./machine.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";

const MINUTE = 60_000;

/** Two clusters of other shapes than the default in one stack; one of them grows and shrinks, the other must not notice. */
describe("two clusters side by side: several masters with a client, and everything on one node", function () {
  this.timeout(10 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new Checkout();
  const stack = checkout.name;
  const wide = `${stack}w`;
  const tiny = `${stack}t`;
  const wideId = checkout.clusterId(stack, wide);
  const tinyId = checkout.clusterId(stack, tiny);
  const yaml = (workers: string): string => `config:
  muster:cloud: local
  muster:clusters:
    - name: ${wide}
      pools:
        master: 2
        client: 1
        worker: ${workers}
      services: { hdfs: { replication: 2 } }
      users: [ada]
      verification:
        expectations:
          - { name: ada's home, command: hdfs dfs -ls -d /user/ada, on: client, user: ada, text: ada }
    - name: ${tiny}
      pools:
        node: { count: 1, roles: [master, worker], memory: 4 GiB }
`;
  const output = async (command: string, ...args: string[]): Promise<string> =>
    expectCode(await checkout.onStack(command, "--cluster", wide, ...args), 0).stdout.trim();
  const addresses = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await checkout.status(wide)).nodes.map((node) => [node.name, node.address]));
  const files = [1, 2, 3].map((n) => `/user/muster/file-${n}`);
  const checksums = (): Promise<string> =>
    output("run", "--", files.map((file) => `hdfs dfs -cat ${file} | sha256sum`).join(" && "));
  /** Process ids of a service on the workers that were there from the start: a restart would change them. */
  const processes = async (unit: string, ...nodes: string[]): Promise<string[]> =>
    Promise.all(nodes.map((node) => output("ssh", node, "--", `systemctl show -P MainPID ${unit}`)));
  let written = "";

  before(() => checkout.writeStack(stack, yaml("2")));
  after(() => checkout.remove(stack));

  it("come up at once, both verified", async function () {
    this.timeout(20 * MINUTE);
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${wide} is ready: 5 of 5 nodes`));
    assert.match(stdout, new RegExp(`${tiny} is ready: 1 of 1 nodes`));
    const checks = (await checkout.status(wide)).checks.map((check) => check.name);
    assert.ok(
      checks.some((name) => name.includes("ada's home")),
      checks.join(", "),
    );
  });

  it("spread the masters' daemons, and work from the client", async () => {
    assert.equal(await output("run", "--", "hostname"), `${wide}-client-1`);
    assert.equal(
      await output("ssh", "client-1", "--", "systemctl list-units --plain --no-legend 'hdfs-*' 'yarn-*'"),
      "",
    );
    const masters = await Promise.all(
      ["master-1", "master-2"].map((node) =>
        output("ssh", node, "--", "systemctl is-active hdfs-namenode yarn-resourcemanager || true"),
      ),
    );
    assert.deepEqual(masters, ["active\ninactive", "inactive\nactive"]);
  });

  it("let their users and services log in from node to node by name and role, without a password", async () => {
    const hop = "ssh -o BatchMode=yes";
    assert.equal(await output("ssh", "worker-1", "--", `${hop} ${wide}-worker-2 hostname`), `${wide}-worker-2`);
    assert.match(await output("ssh", "worker-1", "--", `${hop} master hostname`), new RegExp(`${wide}-master-[12]`));
    const asHdfs = `sudo -u hdfs ${hop} ${wide}-worker-2.${wide}.internal id -un`;
    assert.equal(await output("ssh", "master-1", "--", asHdfs), "hdfs");
    const reverse = `getent hosts $(getent ahostsv4 ${wide}-worker-2 | awk '{print $1; exit}')`;
    assert.match(await output("ssh", "client-1", "--", reverse), new RegExp(`${wide}-worker-2.${wide}.internal`));
  });

  it("grow by one without restarting or moving who was there", async () => {
    for (const file of files) await output("run", "--", `head -c 3000000 /dev/urandom | hdfs dfs -put - ${file}`);
    written = await checksums();
    const before = { at: await addresses(), processes: await processes("hdfs-datanode", "worker-1", "worker-2") };
    const untouched = await containerIds(tinyId);
    checkout.writeStack(stack, yaml("3"));
    await checkout.up();
    const after = { at: await addresses(), processes: await processes("hdfs-datanode", "worker-1", "worker-2") };
    assert.equal(Object.keys(after.at).length, 6);
    const { [`${wide}-worker-3`]: added, ...others } = after.at;
    assert.ok(added);
    assert.deepEqual(others, before.at);
    assert.deepEqual(after.processes, before.processes);
    assert.deepEqual(await containerIds(tinyId), untouched);
  });

  it("ask before they shrink, and then move the leaver's blocks first", async () => {
    const stays = await containerIds(wideId);
    checkout.writeStack(stack, yaml(`{ count: 3, without: [${wide}-worker-2] }`));
    const { stderr } = expectCode(await checkout.onStack("up"), 2);
    assert.match(stderr, new RegExp(`takes away .*${wide}-worker-2`));
    await checkout.up();
    const left = await containerIds(wideId);
    const gone = Object.keys(stays).filter((name) => !(name in left));
    assert.deepEqual(gone, [`${wideId}.${wide}-worker-2`]);
    for (const [name, container] of Object.entries(left)) assert.equal(container, stays[name]);
    assert.equal(await checksums(), written);
    const report = await output("ssh", "master-1", "--", "sudo -u hdfs hdfs fsck / | tail -30");
    assert.match(report, /is HEALTHY/);
    assert.match(report, /Under-replicated blocks:\s+0/);
    assert.equal((await checkout.status(wide)).state, "ready");
  });

  it("keep the leaver's volume for one more run, then let it go", async () => {
    const volumes = async () => (await tagged("volume", wideId)).filter((name) => name.includes("worker-2"));
    assert.equal((await volumes()).length, 1);
    await checkout.up();
    assert.deepEqual(await volumes(), []);
  });

  it("refuse to lose a replica, with the reason, and keep the machine", async () => {
    checkout.writeStack(stack, yaml(`{ count: 3, without: [${wide}-worker-2, ${wide}-worker-3] }`));
    const { stderr } = await checkout.up(2);
    assert.match(stderr, /replication/);
    assert.equal((await tagged("container", wideId)).length, 5);
  });

  it("go together", async () => {
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    for (const id of [wideId, tinyId]) assert.deepEqual(await remains(id), []);
  });
});
