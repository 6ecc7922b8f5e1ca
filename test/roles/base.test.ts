import assert from "node:assert/strict";
import { parse } from "yaml";
import { userData } from "../../components/clouds/openstack/user-data.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { adasKey, check, checkGiven, duePlan, giveView, nothingDue, runStep, viewOf, workerOf } from "./node.ts";

describe("base, time, firewall and java on a host", function () {
  this.timeout(300_000);
  const maker = new HostMaker("roles-base");
  let host: TestHost;

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start();
    await giveView(host, viewOf(host));
  });
  after(() => maker.remove());

  it("prepares, saying each role's tasks", async () => {
    const { code, stdout, events, last } = await runStep(host, "prepare");
    assert.equal(code, 0, stdout);
    assert.equal(last?.state, "done");
    assert.ok((last?.changed ?? 0) > 0);
    assert.ok(events.some(({ text }) => text === "base: Write names, limits and SSH keys"));
  });

  it("changes nothing the second time", async () => {
    const { last } = await runStep(host, "prepare");
    assert.deepEqual(last, { state: "done", changed: 0 });
  });

  it("starts its daemons, and then has nothing left to do", async () => {
    const { code, stderr } = await runStep(host, "activate");
    assert.equal(code, 0, stderr);
    assert.deepEqual(await duePlan(host), nothingDue);
    const again = await runStep(host, "activate");
    assert.deepEqual(again.events, [{ state: "done", changed: 0 }]);
  });

  it("knows itself and the others both ways", async () => {
    assert.equal((await host.sh("hostname -f")).trim(), "t-master-1.t.internal");
    assert.doesNotMatch(await host.sh("cat /etc/hosts"), /127\.0\.1\.1/);
    const prefix = host.address.replace(/\.\d+$/, "");
    const worker = JSON.stringify([["t-worker-1.t.internal", `${prefix}.21`]]);
    assert.deepEqual(await check(host, "base/names", worker), { ok: true, detail: "2 names both ways" });
    assert.match(await host.sh("getent hosts worker"), new RegExp(`^${prefix}.21\\s`));
    const wrong = await check(host, "base/names", JSON.stringify([["t-worker-9.t.internal", `${prefix}.29`]]));
    assert.deepEqual([wrong.ok, wrong.missing], [false, ["t-worker-9"]]);
  });

  it("reloads its DNS for a new member and loses no daemon", async () => {
    const prefix = host.address.replace(/\.\d+$/, "");
    const view = viewOf(host);
    await giveView(host, { ...view, members: [...(view.members ?? []), workerOf(prefix, 2)] });
    const before = await host.sh("systemctl show -p MainPID muster-dns");
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 1 });
    assert.deepEqual(await duePlan(host), { ...nothingDue, reload: ["dns"] });
    assert.equal((await runStep(host, "activate")).code, 0);
    assert.equal(await host.sh("systemctl show -p MainPID muster-dns"), before);
    const second = JSON.stringify([["t-worker-2.t.internal", `${prefix}.22`]]);
    assert.equal((await check(host, "base/names", second)).ok, true);
  });

  it("lets in by certificate and configured key only", async () => {
    const policy = await host.sh("sshd -T");
    for (const line of ["permitrootlogin no", "passwordauthentication no", "maxsessions 100"]) {
      assert.ok(policy.includes(line), line);
    }
    assert.match(policy, /trustedusercakeys \/etc\/ssh\/muster_user_ca\.pub/);
    assert.equal((await host.sh("cat /etc/ssh/muster_authorized_keys/ada")).trim(), adasKey);
    assert.equal((await host.sh("id -u ada")).trim(), "2001");
    assert.equal((await host.sh("runuser -u ada -- sudo -n id -u")).trim(), "0");
  });

  it("takes away what a user who left could do", async () => {
    await giveView(host, viewOf(host, { users: [] }));
    assert.equal((await runStep(host, "prepare")).code, 0);
    await host.sh("test ! -e /etc/ssh/muster_authorized_keys/ada");
    assert.notEqual((await host.run(["runuser", "-u", "ada", "--", "sudo", "-n", "true"])).code, 0);
  });

  it("closes what the plan does not open, and notices changes by hand", async () => {
    assert.equal((await check(host, "base/firewall", "[23,8020]")).ok, true);
    assert.match((await check(host, "base/firewall", "[22]")).detail, /should be closed: 22/);
    await host.sh("nft add rule inet muster input tcp dport 8020 accept");
    assert.match((await check(host, "base/firewall", "[]")).detail, /by hand/);
    await host.sh("systemctl reload muster-firewall");
    assert.equal((await check(host, "base/firewall", "[8020]")).ok, true);
  });

  it("has Java where everybody looks for it", async () => {
    assert.match(await host.sh(". /etc/profile.d/muster-java.sh; $JAVA_HOME/bin/java -version 2>&1"), /version "17/);
  });

  it("compares clocks", async () => {
    const right = ["base/clock", JSON.stringify([host.address])];
    assert.equal((await check(host, ...right)).ok, true);
    assert.equal((await check(host, ...right, "--offset", "-4.9")).ok, true);
    const wrong = await check(host, ...right, "--offset", "-600.123");
    assert.deepEqual([wrong.ok, wrong.missing], [false, ["t-master-1"]]);
    assert.match(wrong.detail, /clock is -600\.1 s from that of the machine that asks, at most 5 s/);
  });

  it("is the same after a restart", async () => {
    await host.sh("echo '127.0.1.1 wrong' > /etc/hosts; echo nameserver 192.0.2.1 > /etc/resolv.conf");
    await host.restart();
    assert.equal((await host.sh("hostname -f")).trim(), "t-master-1.t.internal");
    assert.doesNotMatch(await host.sh("cat /etc/resolv.conf"), /192\.0\.2\.1/);
    assert.equal((await check(host, "base/firewall", "[23]")).ok, true);
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    assert.equal((await runStep(host, "activate")).code, 0);
  });

  it("keeps names from a DHCP client and from cloud-init, which also machines in containers may have", async () => {
    const hook = "/etc/dhcp/dhclient-enter-hooks.d/muster";
    await host.sh(`make_resolv_conf() { echo wrong >/etc/resolv.conf; }; . ${hook}; make_resolv_conf`);
    assert.doesNotMatch(await host.sh("cat /etc/resolv.conf"), /wrong/);
    assert.match(await host.sh("cat /etc/cloud/cloud.cfg.d/99-muster.cfg"), /preserve_hostname: true/);
  });

  it("lets daemons keep data only where /data is a mount: on a root disk once first boot has bound a folder there", async () => {
    const guard = () => host.run(["/usr/local/lib/muster/require-data"]);
    await host.sh("mkdir -p /data");
    assert.match((await guard()).stderr, /\/data is not a mount point/);
    await host.write("/root/mount-data", mountProgramOnRootDisk());
    await host.sh("sh /root/mount-data");
    assert.deepEqual(await guard(), { code: 0, stdout: "", stderr: "" });
    await host.sh("umount /data && sed -i '\\,/data,d' /etc/fstab");
    assert.equal((await guard()).code, 1);
  });

  const expectation = (text: string) => checkGiven(host, text, "base/expectation");

  it("runs what the owner expects, as the user named", async () => {
    const wanted = { command: "id -un", user: "muster", text: "muster", exitCode: 0 };
    assert.deepEqual(await expectation(JSON.stringify(wanted)), { ok: true, detail: "muster" });
    const wrong = await expectation(JSON.stringify({ ...wanted, command: "exit 3" }));
    assert.match(wrong.detail, /exit code 3, expected 0/);
    assert.match((await expectation("{")).detail, /broke \(exit code 1\)/);
    // Two lines with quotes, a variable and an empty stdin reach the shell as they are; `ps` shows none of them.
    const command = `read -r line || line='it"s'\necho "$line \\$"; ps -ef | grep -c '[i]t"s'`;
    const said = await expectation(JSON.stringify({ ...wanted, command, text: 'it"s $\n0\n', exitCode: 1 }));
    assert.deepEqual(said, { ok: true, detail: "0" });
  });

  it("finds a text in any output, also where it is long and no text at all, and leaves nothing running", async () => {
    const noise = "head -c 3000000 /dev/urandom";
    const wanted = { command: `${noise}; printf 'wan'; sleep 1; printf 'ted'; ${noise}`, user: "muster", exitCode: 0 };
    const expect = (more: object) => expectation(JSON.stringify({ ...wanted, ...more }));
    assert.equal((await expect({ text: "wanted" })).ok, true);
    const missing = await expect({ text: "nowhere-to-be-found" });
    assert.match(missing.detail, /its output has no 'nowhere-to-be-found'/);
    // It did what it was to do; that it left a daemon behind which holds its output open is none of its answer.
    const daemon = await expect({ command: "setsid sleep 4242 & echo started", text: "started" });
    assert.deepEqual(daemon, { ok: true, detail: "started" });
    assert.equal((await host.run(["pgrep", "-f", "sleep 4242"])).stdout, "");
  });

  it("starts a daemon that needs names once they are there", async () => {
    await host.write("/etc/systemd/system/named.service", "[Service]\nExecStart=/bin/sleep infinity\n");
    await host.write("/etc/muster/daemons/named.json", JSON.stringify({ unit: "named.service", needsNames: true }));
    const { code, events } = await runStep(host, "activate");
    assert.equal(code, 0);
    assert.equal(events[0]?.text, "Wait until this node's name resolves both ways");
  });

  it("stops the daemons of a role that no longer applies", async () => {
    await giveView(host, viewOf(host, { apply: ["base", "firewall", "java"] }));
    assert.equal((await runStep(host, "prepare")).code, 0);
    assert.deepEqual(await duePlan(host), { ...nothingDue, stop: ["chrony"] });
    assert.equal((await runStep(host, "activate")).code, 0);
    assert.notEqual((await host.run(["systemctl", "is-active", "chrony"])).code, 0);
  });

  it("ends with a reason, whatever it is given", async () => {
    await host.write("/etc/muster/cluster.json", "{");
    for (const step of ["prepare", "activate"] as const) {
      const { code, last } = await runStep(host, step);
      assert.deepEqual([code, last?.state], [1, "failed"]);
    }
  });

  it("says which task of which role failed, and why", async () => {
    await giveView(host, viewOf(host, { loginUser: "no user: ha" }));
    const { code, last } = await runStep(host, "prepare");
    assert.equal(code, 1);
    assert.match(last?.text ?? "", /^base: Make the users: .*invalid user name/);
    await giveView(host, viewOf(host, { apply: ["base", "absent"] }));
    assert.equal((await runStep(host, "prepare")).last?.text, "this bundle has no role absent");
  });
});

/** The program by which servers without a data volume get their \`/data\`, out of their user data. */
function mountProgramOnRootDisk(): string {
  const who = { name: "t-master-1", fqdn: "t-master-1.t.internal", loginUser: "muster", keyPair: false };
  const trust = { userCa: "", hostKey: { private: "", public: "" } };
  const { write_files: files } = parse(userData({ ...who, ...trust, data: { kind: "rootDisk" } })) as {
    write_files: { path: string; content: string }[];
  };
  return files.find(({ path }) => path.endsWith("/mount-data"))?.content ?? "";
}
