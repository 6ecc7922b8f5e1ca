import assert from "node:assert/strict";
import { openSeconds } from "../hosts/test-hosts.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { duePlan, giveView, runStep, viewOf } from "./node.ts";

const unit = (start: string): string =>
  `[Service]\nExecStart=${start}\nExecReload=/bin/true\n[Install]\nWantedBy=multi-user.target\n`;

describe("activate", function () {
  this.timeout(120_000);
  const maker = new HostMaker("roles-activate");
  let host: TestHost;

  const manifest = (name: string, content: object): Promise<void> =>
    host.write(`/etc/muster/daemons/${name}.json`, JSON.stringify({ unit: `${name}.service`, ...content }));
  const daemon = async (name: string, content: object, start = "/bin/sleep infinity"): Promise<void> => {
    await host.write(`/etc/systemd/system/${name}.service`, unit(start));
    await host.write(`/etc/${name}.conf`, "1");
    await host.write(`/etc/${name}.members`, "1");
    await manifest(name, { files: [`/etc/${name}.conf`], reloadFiles: [`/etc/${name}.members`], ...content });
  };
  const pidOf = (name: string): Promise<string> => host.sh(`systemctl show -p MainPID --value ${name}`);

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start();
    await giveView(host, viewOf(host, { masters: [] }));
  });
  after(() => maker.remove());
  beforeEach(async () => {
    await host.sh("rm -rf /etc/muster/daemons; mkdir -p /etc/muster/daemons");
    await runStep(host, "activate");
  });

  it("starts and enables in order, and remembers", async () => {
    await daemon("second", { order: 20 });
    await daemon("first", { order: 10 });
    assert.deepEqual((await duePlan(host)).start, ["first", "second"]);
    const { events } = await runStep(host, "activate");
    assert.deepEqual(
      events.map(({ text, changed }) => text ?? changed),
      ["Start first", "Start second", 2],
    );
    assert.equal((await host.sh("systemctl is-enabled first second")).trim(), "enabled\nenabled");
    assert.deepEqual((await duePlan(host)).start, []);
  });

  it("restarts for files and units, reloads for members, leaves the rest alone", async () => {
    await daemon("a", { reload: ["/usr/bin/touch", "/run/a-was-reloaded"] });
    await daemon("b", {});
    await runStep(host, "activate");
    const [a, b] = [await pidOf("a"), await pidOf("b")];
    await host.write("/etc/a.members", "2");
    assert.deepEqual(await duePlan(host), { start: [], restart: [], reload: ["a"], stop: [] });
    await runStep(host, "activate");
    await host.sh("test -e /run/a-was-reloaded");
    assert.equal(await pidOf("a"), a);
    await host.write("/etc/a.conf", "2");
    assert.deepEqual((await duePlan(host)).restart, ["a"]);
    assert.equal((await runStep(host, "activate")).last?.changed, 1);
    assert.notEqual(await pidOf("a"), a);
    await host.write("/etc/systemd/system/a.service", unit("/bin/sleep 100000"));
    assert.deepEqual((await duePlan(host)).restart, ["a"]);
    await runStep(host, "activate");
    assert.match(await host.sh("systemctl show -p ExecStart a"), /100000/);
    assert.equal(await pidOf("b"), b);
  });

  it("touches only what it is told to", async () => {
    await daemon("a", {});
    await daemon("b", {});
    await runStep(host, "activate", ["--only", "b"]);
    assert.deepEqual((await duePlan(host)).start, ["a"]);
  });

  it("starts again what died", async () => {
    await daemon("a", {});
    await runStep(host, "activate");
    await host.sh("systemctl kill -s KILL a; sleep 0.5");
    assert.deepEqual((await duePlan(host)).start, ["a"]);
    assert.equal((await runStep(host, "activate")).code, 0);
  });

  it("stops and disables what has no manifest any more, also without its unit file", async () => {
    await daemon("a", {});
    await daemon("b", {});
    await runStep(host, "activate");
    await host.sh("rm /etc/muster/daemons/a.json /etc/muster/daemons/b.json /etc/systemd/system/b.service");
    assert.deepEqual((await duePlan(host)).stop, ["a", "b"]);
    assert.equal((await runStep(host, "activate")).code, 0);
    assert.notEqual((await host.run(["systemctl", "is-active", "a", "b"])).stdout, "active");
    assert.equal((await host.run(["systemctl", "is-enabled", "a"])).stdout.trim(), "disabled");
    await host.sh("test ! -L /etc/systemd/system/multi-user.target.wants/b.service");
    assert.deepEqual((await duePlan(host)).stop, []);
  });

  it("waits until a daemon is ready, and says why it is not", async () => {
    await daemon("slow", { ready: ["/usr/bin/test", "-e", "/run/slow-is-ready"], readySeconds: 20 });
    void host.sh("sleep 2; touch /run/slow-is-ready");
    assert.equal((await runStep(host, "activate")).code, 0);
    await daemon("never", { ready: ["/bin/sh", "-c", "echo still in safe mode >&2; exit 1"], readySeconds: 2 });
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 1);
    assert.equal(last?.text, "never.service is not ready after 2 s: still in safe mode");
    assert.deepEqual((await duePlan(host)).restart, ["never"]);
  });

  it("names the unit that ended and its last words, and keeps what had succeeded", async () => {
    await daemon("good", { order: 10 });
    await daemon("bad", { order: 20 }, "/bin/sh -c 'echo port 8020 is taken; exit 1'");
    await daemon("later", { order: 30 });
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 1);
    assert.equal(last?.text, "bad.service ended: port 8020 is taken");
    assert.deepEqual((await duePlan(host)).start, ["bad", "later"]);
  });

  it("picks up again what was interrupted", async () => {
    await daemon("a", { order: 10 });
    await daemon("b", { order: 20, ready: ["/usr/bin/test", "-e", "/run/b-is-ready"], readySeconds: 60 });
    const cut = await host.run(["timeout", "--signal=KILL", "4", "/opt/muster/current/bin/activate"]);
    assert.notEqual(cut.code, 0);
    assert.deepEqual((await duePlan(host)).restart, ["b"]);
    const a = await pidOf("a");
    await host.sh("touch /run/b-is-ready");
    assert.equal((await runStep(host, "activate")).last?.changed, 1);
    assert.equal(await pidOf("a"), a);
  });

  it("does not run twice at once", async () => {
    await daemon("a", { ready: ["/usr/bin/test", "-e", "/run/a-is-ready"], readySeconds: 60 });
    const first = runStep(host, "activate");
    await host.sh("sleep 1");
    const second = await host.run(["/opt/muster/current/bin/activate"]);
    assert.match(second.stderr, /another activate runs on this node \(pid \d+\)/);
    await host.sh("touch /run/a-is-ready");
    assert.equal((await first).code, 0);
  });

  it("refuses a manifest it does not understand, by its file", async () => {
    await host.write("/etc/muster/daemons/odd.json", '{"unit": "odd.service", "fils": []}');
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 1);
    assert.match(last?.text ?? "", /daemons\/odd\.json: .*fils/);
  });
});
