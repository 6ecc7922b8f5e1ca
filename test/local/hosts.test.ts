import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { machineName } from "../../components/clouds/local/host-key.ts";
import { listHosts } from "../../components/clouds/local/host.ts";
import { imageName } from "../../components/clouds/local/image-name.ts";
import { readMachine } from "../../components/clouds/local/machine.ts";
import { hostFlags } from "../../components/clouds/local/machine-needs.ts";
import { observedIn } from "../../components/clouds/local/observed.ts";
import { takeReadings } from "../../components/clouds/local/readings.ts";
import { localSweeper } from "../../components/clouds/local/sweeper.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { Bench, eventually } from "./program.ts";

describe("hosts on this machine", function () {
  this.timeout(120_000);
  const bench = new Bench();

  before(async function () {
    this.timeout(openSeconds * 1000);
    await bench.open();
    await bench.ask(1, "volume ensure");
    await Promise.all([bench.ask(1, "host ensure"), bench.ask(2, "host ensure", { VOLUME: "" })]);
  });
  after(() => bench.close());

  it("are reached by their pinned key and the user's certificate, under their own names", async () => {
    const names = await bench.ssh(1, "hostname; hostname -f; sudo id -un");
    assert.deepEqual(names.split("\n"), ["a-worker-1", "a-worker-1.a.internal", "root"]);
    assert.notEqual(await bench.hostKey(1), await bench.hostKey(2), "every host has a key of its own");
  });

  it("run systemd without a failed unit, with their own memory limit", async () => {
    await bench.ssh(1, "systemctl is-system-running --wait >/dev/null; ! systemctl --failed --quiet | grep .");
    assert.equal(
      await bench.podman("inspect", "--format", "{{.HostConfig.Memory}}", bench.host(1)),
      `${256 * 2 ** 20}\n`,
    );
  });

  it("have control groups of their own: a unit on one is not seen on another", async () => {
    const groups = "sudo find /sys/fs/cgroup -name only-here.service";
    await bench.ssh(1, "sudo systemd-run --quiet --unit=only-here sleep 600");
    assert.match(await bench.ssh(1, groups), /only-here/);
    assert.equal(await bench.ssh(2, groups), "");
    await bench.ssh(1, "sudo systemctl stop only-here");
  });

  it("can have a firewall, but not set the machine's clock", async () => {
    await bench.ssh(1, "sudo nft add table inet test && sudo nft delete table inet test");
    await assert.rejects(bench.podman("exec", bench.host(1), "date", "--set", "2001-01-01"), /./);
  });

  it("reach each other and name servers outside", async () => {
    await bench.ssh(1, `ping -c 1 -W 2 ${bench.address(2)}`);
    assert.match(await bench.ssh(1, "cat /etc/resolv.conf"), /^nameserver /);
  });

  it("stay as they are when they are asked for again, by two at once", async () => {
    const first = await bench.ask(1, "host ensure");
    const both = await Promise.all([bench.ask(1, "host ensure"), bench.ask(1, "host ensure", { REVIVAL: "7" })]);
    assert.deepEqual(both, [first, first]);
  });

  it("are made once by two at once", async () => {
    const [one, two] = await Promise.all([
      bench.ask(3, "host ensure", { VOLUME: "" }),
      bench.ask(3, "host ensure", { VOLUME: "" }),
    ]);
    assert.deepEqual(one, two);
  });

  it("are started again when they were stopped", async () => {
    const { id } = await bench.ask(2, "host ensure", { VOLUME: "" });
    await bench.podman("stop", bench.host(2));
    const machine = machineName(bench.host(2), 1);
    assert.deepEqual(await bench.readKey(2), { machine, reason: `${bench.host(2)} is exited` });
    assert.equal((await bench.ask(2, "host ensure", { VOLUME: "", REVIVAL: "1" })).id, id);
    await bench.ssh(2, "true");
  });

  it("are made again when they were killed together with podman's monitor, who would have told", async () => {
    const { id } = await bench.ask(2, "host ensure", { VOLUME: "" });
    const pids = await bench.podman("inspect", "--format", "{{.State.ConmonPid}} {{.State.Pid}}", bench.host(2));
    for (const pid of pids.trim().split(" ")) process.kill(Number(pid), "SIGKILL");
    const end = `/proc/${pids.trim().split(" ")[1] ?? ""}`;
    await eventually(() => Promise.resolve(assert.equal(existsSync(end), false)));
    const listed = (await listHosts()).filter(({ Names }) => Names.includes(bench.host(2)));
    assert.equal(listed[0]?.State, "running");
    assert.equal(observedIn(listed, bench.network)[0]?.running, false);
    assert.notEqual((await bench.ask(2, "host ensure", { VOLUME: "", REVIVAL: "2" })).id, id);
    assert.equal(await bench.ssh(2, "hostname"), bench.node(2));
  });

  it("come back when they reboot", async () => {
    const boot = await bench.ssh(2, "systemctl show --property=UserspaceTimestampMonotonic --value");
    await bench.podman("exec", bench.host(2), "systemctl", "reboot").catch(() => undefined);
    assert.notEqual(await bench.ssh(2, "sleep 1; systemctl show --property=UserspaceTimestampMonotonic --value"), boot);
  });

  it("of a new generation are new machines with the old data", async () => {
    await bench.ssh(1, "echo kept | sudo tee /data/file && sudo touch /etc/gone");
    const key = await bench.hostKey(1);
    assert.match(JSON.stringify(await bench.readKey(1, 2)), /still of generation 1, not 2/);
    assert.equal((await bench.ask(1, "host ensure", { GENERATION: "2" })).generation, 2);
    assert.equal(await bench.ssh(1, "cat /data/file; test ! -e /etc/gone", 2), "kept");
    assert.notEqual(await bench.hostKey(1, 2), key);
    assert.equal((await bench.ask(1, "host ensure")).generation, 2, "an older wish does not undo it");
  });

  it("whose volume was lost with them get an empty one that carries our tags", async () => {
    await bench.ask(1, "host delete");
    await bench.podman("volume", "rm", bench.volume(1));
    await bench.ask(1, "host ensure", { GENERATION: "2" });
    assert.equal(await bench.ssh(1, "ls -A /data", 2), "");
    const things = (await bench.hosts.things()).map(({ name }) => name);
    assert.ok(things.includes(bench.volume(1)), things.join(" "));
  });

  it("take their planned address although podman keeps it for a container that is no more", async () => {
    // A stranger holds the address while the host is made, then goes.
    await bench.ask(3, "host delete");
    const stranger = `${bench.host(3)}-stranger`;
    const place = ["--network", bench.network, "--ip", bench.address(3), ...hostFlags(await readMachine())];
    await bench.podman("run", "--detach", "--name", stranger, ...place, imageName(), "sleep", "1000");
    const { strangers } = await takeReadings();
    assert.deepEqual(
      strangers.filter(({ network }) => network === bench.network),
      [{ name: stranger, network: bench.network, address: bench.address(3) }],
      "a preflight would tell",
    );
    await bench.ask(3, "host ensure", { VOLUME: "" });
    await bench.podman("rm", "--force", "--time", "0", stranger);
    assert.equal(await bench.ssh(3, "hostname --all-ip-addresses"), bench.address(3));
  });

  it("of somebody else are neither taken over nor removed", async () => {
    const foreign = { UID: "uid-2" };
    const refused = await bench.run(1, ["host", "ensure"], foreign);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /belongs to another user's or an earlier cluster .* with uid uid-1, not uid-2/);
    assert.match((await bench.run(1, ["volume", "ensure"], { ...foreign, UID: "uid-2" })).stderr, /its data can go/);
    assert.deepEqual(await bench.ask(1, "host delete", foreign), { name: bench.host(1), removed: false });
    await bench.podman("create", "--name", bench.host(4), imageName());
    assert.match((await bench.run(4, ["host", "ensure"])).stderr, /not made by muster; rename or remove it/);
    await bench.podman("rm", bench.host(4));
  });

  it("go when asked, also twice, and the sweeper finds what is left", async () => {
    assert.deepEqual(await bench.ask(1, "host delete"), { name: bench.host(1), removed: true });
    assert.deepEqual(await bench.ask(1, "host delete"), { name: bench.host(1), removed: false });
    const left = (await bench.hosts.things()).map((thing) => `${thing.kind} ${thing.name}`);
    const expected = [
      `machine ${bench.host(2)}`,
      `machine ${bench.host(3)}`,
      `volume ${bench.volume(1)}`,
      `network ${bench.network}`,
    ];
    assert.deepEqual(left.sort(), expected.sort());
    // Another user's cluster may have the same name: it is not ours to take away.
    const theirs = `${bench.volume(1)}-theirs`;
    await bench.podman(
      "volume",
      "create",
      "--label",
      `muster.cluster=${bench.network}`,
      "--label",
      "muster.state=0",
      theirs,
    );
    const before = process.env["XDG_STATE_HOME"];
    process.env["XDG_STATE_HOME"] = bench.hosts.folder;
    try {
      const named = (things: { name: string }[]): boolean[] =>
        [bench.volume(1), theirs].map((volume) => things.some(({ name }) => name === volume));
      assert.deepEqual(named(await localSweeper.list()), [true, false]);
      assert.deepEqual(named(await localSweeper.list({ everybodys: true })), [true, true]);
    } finally {
      if (before === undefined) delete process.env["XDG_STATE_HOME"];
      else process.env["XDG_STATE_HOME"] = before;
    }
    await bench.podman("volume", "rm", theirs);
    await Promise.all([bench.ask(2, "host delete"), bench.ask(3, "host delete")]);
    for (const thing of ["volume", "network"]) {
      assert.equal((await bench.run(1, [thing, "delete"])).code, 0);
      assert.equal((await bench.run(1, [thing, "delete"])).code, 0);
    }
    assert.deepEqual(await bench.hosts.things(), []);
  });
});
