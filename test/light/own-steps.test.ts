import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PodmanContainer } from "../../components/clouds/local/host.ts";
import { podman, podmanList } from "../../components/clouds/local/podman.ts";
import { hostName } from "../../components/clouds/local/tags.ts";
import { TAG } from "../../components/clouds/tags.ts";
import type { ProgressEvent, RunSummary } from "../../contract/summary.ts";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { Checkout, expectCode } from "../e2e/checkout.ts";

const MINUTE = 60_000;
const SPECS = "argument_specs: {main: {options: {motd_text: {type: str, required: true}}}}\n";
const ROLE = `- name: Write the greeting
  ansible.builtin.copy:
    content: "{{ motd_text }} from {{ muster.node.name }}\\n"
    dest: /etc/motd
    mode: "0644"
  notify: Count
`;
const HANDLERS = '- name: Count\n  ansible.builtin.shell: echo "{{ muster.node.pool }}" >>/root/role\n';
const ROLLBACK = "onFailure: rollback";
/** Is through only in a system that was started after the change; what lies below /run tells. */
const DRIVER = `- name: Install the driver
  ansible.builtin.copy: { content: "{{ version }}", dest: /root/driver, mode: "0644" }
  register: driver
- name: Mark this start of the system
  ansible.builtin.file: { path: /run/of-this-start, state: touch, mode: "0644" }
  when: driver is changed
- name: Boot with it
  ansible.builtin.reboot:
  when: driver is changed
- name: Load it
  ansible.builtin.shell: test ! -e /run/of-this-start && echo {{ version }} >>/root/loaded
`;
/** Says how often it ran, on which node, and whose it is. */
const SCRIPT = '#!/bin/sh\necho "$MUSTER_NODE $1 $(id -un)" >>~/ran\n';

/** The life of plain machines with steps of their owner's. Each test needs the one before. */
describe("plain machines with steps of their owner's", function () {
  this.timeout(8 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new Checkout();
  const { name } = checkout;
  const id = checkout.clusterId(name, name);
  const inside = (ordinal: number) => new Inside(hostName(id, `${name}-node-${ordinal}`));
  const sh = async (ordinal: number, line: string) => (await inside(ordinal).sh(line)).trimEnd();
  const summary = () => JSON.parse(readFileSync(checkout.clusterPath(name, name, "last.json"), "utf8")) as RunSummary;

  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(checkout.path(path)), { recursive: true });
    writeFileSync(checkout.path(path), text);
    chmodSync(checkout.path(path), mode);
  };
  /** The nodes of the last run's reboots, in the order of their beginnings and ends. */
  const reboots = (): string[] => {
    const lines = readFileSync(checkout.clusterPath(name, name, "events.jsonl"), "utf8")
      .trim()
      .split("\n");
    const events = lines.map((line) => JSON.parse(line) as ProgressEvent);
    const last = events.filter(({ run }) => run === events.at(-1)?.run);
    return last.flatMap(({ node, text }) => (/^reboot(s for|ed)/.test(text ?? "") ? [node ?? ""] : []));
  };
  const hosts = async () =>
    (await podmanList<PodmanContainer>(["ps", "--all", "--filter", `label=${TAG.cluster}=${id}`])).flatMap(
      ({ Names }) => Names,
    );
  const volumes = async () =>
    (await podman(["volume", "ls", "--quiet", "--filter", `label=${TAG.cluster}=${id}`])).split("\n").filter(Boolean);
  const configure = (count: number, role = "mine/roles/motd"): void =>
    checkout.writeStack(
      name,
      `config:
  muster:cloud: local
  muster:clusters:
    - name: ${name}
      kind: pool
      pools: { node: { count: ${count}, memory: 256 MiB } }
      users: [ada]
      open: [{ ports: "8080-8081" }]
      steps:
        - { role: ${role}, vars: { motd_text: Hello }, on: node }
        - { role: mine/roles/drivers, vars: { version: 1 } }
        - { packages: [mine/owned_1_all.deb, ca-certificates], when: before }
        - { file: mine/files, to: /etc/owned }
        - { script: mine/count.sh, args: [once], user: ada } # the last
      verification:
        expectations:
          - { name: greeting, command: cat /etc/motd, matches: "^Hello from ${name}-node-[0-9]+$", timeout: 20 }
`,
    );

  before(() => {
    write("mine/roles/motd/tasks/main.yml", ROLE);
    write("mine/roles/motd/handlers/main.yml", HANDLERS);
    write("mine/roles/motd/meta/argument_specs.yml", SPECS);
    write("mine/roles/drivers/tasks/main.yml", DRIVER);
    write("mine/files/deep/setting", "1\n");
    write("mine/count.sh", '#!/bin/sh\necho begun\necho "no $1 here" >&2\nexit 7\n', 0o755);
    const control =
      "Package: owned\nVersion: 1\nArchitecture: all\nMaintainer: me <me@example.org>\nDescription: mine\n";
    write("package/DEBIAN/control", control);
    chmodSync(checkout.path("package/DEBIAN"), 0o755);
    const deb = ["--build", "--root-owner-group", checkout.path("package"), checkout.path("mine/owned_1_all.deb")];
    execFileSync("dpkg-deb", deb, { stdio: "ignore" });
  });
  after(() => checkout.remove(name));

  it("are refused before anything is made when a file is not there", async () => {
    configure(2, "mine/roles/gone");
    const { stderr } = await checkout.up(2);
    assert.match(
      stderr,
      /muster:clusters\[0\]\.steps\[0\]\.role +found "mine\/roles\/gone" +cannot be read: no such file/,
    );
    assert.ok(!existsSync(checkout.clusterPath(name, name, "jobs")));
  });

  it("are rolled back whole when the first up is not done in time and nothing was there before", async () => {
    write("mine/slow.sh", "sleep 300\n", 0o755);
    configure(1);
    const text = checkout
      .readStack(name)
      .replace("      users:", `      ${ROLLBACK}\n      deadlines: { total: 30 }\n      users:`);
    checkout.writeStack(name, text.replace("steps:\n", "steps:\n        - { script: mine/slow.sh, when: before }\n"));
    const { stdout, stderr } = await checkout.up(1);
    assert.match(stdout, /reason: not done within 30 s/);
    assert.match(stderr, new RegExp(`${name} is rolled back: nothing of it is left but its logs`));
    assert.deepEqual([await hosts(), await volumes()], [[], []]);
    assert.deepEqual(readdirSync(checkout.clusterPath(name, name)), ["logs"]);
  });

  it("that fail are told by node, step, file and reason", async () => {
    configure(2);
    const { stdout } = await checkout.up(1);
    for (const ordinal of [1, 2]) {
      const why = "own: own step script count\\.sh \\(mine/count\\.sh\\): exit code 7: begun / no once here";
      assert.match(stdout, new RegExp(`✖ {2}${name}-node-${ordinal} +failed +${why}`));
      assert.equal(await sh(ordinal, "cat /root/loaded"), "1", "went on after the reboot that its role asked for");
    }
    assert.equal(reboots().length, 4);
  });

  it("are mended by the next up, in which a script runs that is recorded for later; what was done is not done again", async () => {
    write("mine/count.sh", SCRIPT, 0o755);
    const script = join(checkout.folder, "later.sh");
    writeFileSync(script, 'echo "later on $MUSTER_NODE"; echo x >>/root/later\n');
    const { stdout, stderr } = expectCode(
      await checkout.onStack("run", "--yes", "--on", "node", "--script", script),
      0,
    );
    assert.match(stdout, new RegExp(`${name} is ready: 2 of 2 nodes`));
    assert.match(
      stderr,
      new RegExp(`scripts/later\\.sh is a step of ${name} now \\(steps in Pulumi\\.${name}\\.yaml\\)`),
    );
    for (const ordinal of [1, 2]) {
      assert.match(stdout, new RegExp(`^${name}-node-${ordinal} +later on ${name}-node-${ordinal}$`, "m"));
      assert.equal(await sh(ordinal, "cat ~ada/ran"), `${name}-node-${ordinal} once ada`);
      assert.equal(await sh(ordinal, "cat /root/role /etc/owned/deep/setting"), "node\n1");
      assert.equal(await sh(ordinal, "dpkg-query -W -f '${Version}' owned"), "1");
    }
    assert.match(checkout.readStack(name), /# the last\n +- \{ name: "scripts\/later\.sh on node", script: /);
    assert.match(await sh(1, "nft list table inet muster"), /tcp dport 8080-8081 .*accept/);
  });

  it("reach a machine that comes later, whole; a step that is gone takes its files with it; nobody does anything twice", async () => {
    const text = checkout
      .readStack(name)
      .replace("count: 2", "count: 3")
      .replace("version: 1", "version: 2")
      .replace(/ +- \{ file: .*\n/, "");
    checkout.writeStack(name, text);
    await checkout.up();
    const node = `${name}-node-3`;
    const done = "cat /etc/motd ~ada/ran /root/role /root/later; dpkg-query -W -f '${Version}' owned";
    assert.equal(await sh(3, done), `Hello from ${node}\n${node} once ada\nnode\nx\n1`);
    assert.equal(await sh(2, "cat ~ada/ran /root/role /root/later"), `${name}-node-2 once ada\nnode\nx`);
    assert.equal(await sh(2, "ls -A /etc/owned/deep"), "");
    for (const ordinal of [1, 2, 3]) assert.equal(await sh(ordinal, "cat /root/loaded"), ordinal === 3 ? "2" : "1\n2");
    const ofServing = reboots().filter((one) => one !== node);
    assert.equal(ofServing.length, 4);
    assert.equal(ofServing[0], ofServing[1], "nodes that serve are rebooted one by one");
    const { checks } = summary();
    const same = checks.find((check) => check.name === "pool node: machines are the same");
    assert.deepEqual(
      [same?.ok, checks.find((check) => check.name === "expected: greeting")?.ok],
      [true, true],
      same?.detail,
    );
    assert.match((await checkout.up()).stdout, /is unchanged/);
  });

  it("go back to what was applied last when a change fails: its machines and volumes go, who served is as before", async () => {
    const before = checkout.readStack(name);
    write("mine/roles/again/tasks/main.yml", "- ansible.builtin.reboot:\n");
    const text = before
      .replace("      users:", `      ${ROLLBACK}\n      users:`)
      .replace(/pools: .*/, (pools) => pools.replace(/ }$/, ", data: { count: 1, memory: 256 MiB, disk: 1 GiB } }"))
      .replace("motd_text: Hello", "motd_text: Bye")
      .replace("steps:\n", "steps:\n        - { role: mine/roles/again, on: data }\n");
    checkout.writeStack(name, text);
    const { stdout, stderr } = await checkout.up(1);
    const again =
      "mine/roles/again\\): again: ansible\\.builtin\\.reboot: asks for a reboot again right after its reboot";
    assert.match(stdout, new RegExp(`✖ +${name}-data-1 +failed +own: own step role again \\(${again}`));
    assert.match(stdout, new RegExp(`${name} is ready: 3 of 3 nodes`));
    assert.match(stderr, new RegExp(`${name} is rolled back to what was applied last`));
    assert.equal(await sh(1, "cat /etc/motd"), `Hello from ${name}-node-1`);
    assert.deepEqual([(await hosts()).length, await volumes()], [3, []]);
    checkout.writeStack(name, before);
    assert.match((await checkout.up()).stdout, /is unchanged/);
  });
});
