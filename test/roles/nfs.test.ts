import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../plan/config/cluster-schema.ts";
import type { Inside } from "../hosts/inside.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { check, duePlan, nothingDue, runStep } from "./node.ts";
import { SingleNode } from "./single-node.ts";

const CLIENT = 12;
const folder = "/data/nfs/shared/for-all";
const own = "t-all-1";

const services = (exports: { path: string; quota?: string }[] = [{ path: "/for-all", quota: "1 GiB" }]) =>
  ({
    ...{ hdfs: false, yarn: false, mapreduce: false },
    nfs: { home: true, exports },
  }) satisfies ClusterConfigInput["services"];

/** The server in user space, which containers get, and a host of the same network that asks it. */
describe("shared folders, on the host that serves them and from another one", function () {
  this.timeout(300_000);
  eachNeedsTheOneBefore(this);
  const cluster = new SingleNode(services());
  const maker = new HostMaker("roles-nfs", cluster.owner);
  let host: TestHost;
  let client: Inside;

  const give = async (change: Parameters<SingleNode["inputs"]>[0] = {}, users = ["ada"]): Promise<void> => {
    const { view } = cluster.inputs(change);
    const people = users.map((name, at) => ({ name, uid: 20_001 + at, sshKeys: [], sudo: false }));
    await host.write("/etc/muster/cluster.json", JSON.stringify({ ...view, users: people }));
  };
  /** What a program of libnfs says to a path of the server's; they end well whatever happened. */
  const ask = async (program: string, path: string, version = 4): Promise<string> => {
    const { stdout, stderr } = await client.run([
      ...program.split(" "),
      `nfs://${host.address}${path}?version=${version}`,
    ]);
    return `${stdout}${stderr}`;
  };
  const changed = async (): Promise<unknown> => (await runStep(host, "prepare")).last;

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start((hosts) => cluster.wishIn(hosts.subnet));
    client = await maker.another("t-client-1", CLIENT);
    await give();
  });
  after(() => maker.remove());

  it("are prepared once, served by a program, and checked as clients ask for them", async () => {
    const first = await runStep(host, "prepare");
    assert.equal(first.last?.state, "done", first.last?.text);
    assert.deepEqual(await changed(), { state: "done", changed: 0 });
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 0, last?.text);
    assert.deepEqual(await duePlan(host), nothingDue);
    const server = await check(host, "nfs/server");
    assert.match(server.detail, /^NFS-Ganesha, in user space, .*: \/nfs\/home, \/for-all$/);
    assert.deepEqual((await check(host, "nfs/write")).ok, true);
    const ring = JSON.stringify([own]);
    const way = "on the server's own disk";
    assert.deepEqual(await check(host, "nfs/read", ring), { ok: true, detail: way, way });
    const silent = await check(host, "nfs/read", JSON.stringify([own, "t-silent-1"]));
    assert.deepEqual([silent.ok, silent.missing], [false, ["t-silent-1"]]);
    assert.match((await check(host, "nfs/quotas")).detail, /^\/for-all 0\.00 of 1 GiB, measured, not enforced$/);
  });

  it("take what another host writes as nobody's, and show it to both", async () => {
    await client.sh("echo from afar >/root/one");
    assert.doesNotMatch(await ask("nfs-cp /root/one", `${folder}/one`), /Failed/);
    assert.equal(
      await host.sh(`stat -c '%u %a' ${folder}/one; cat ${folder}/one /for-all/one`),
      "65534 660\nfrom afar\nfrom afar",
    );
    await host.sh("echo from the server >/for-all/two");
    assert.equal(await ask("nfs-cat", `${folder}/two`), "from the server");
  });

  it("are closed to root of another host, to other folders, other versions and other ports", async () => {
    await host.sh(`umask 077; echo secret >${folder}/roots; echo mine >/data/other`);
    assert.match(await ask("nfs-cat", `${folder}/roots`), /ACCES|PERM/);
    assert.match(await ask("nfs-ls", "/data/nfs/home/ada"), /ACCES|PERM/);
    assert.match(await ask("nfs-cat", "/data/other"), /Failed/);
    const third = "sed 's/= 0, 1, 2, 100003, 4,/= 0, 1, 2, 100003, 3,/' /usr/local/lib/muster/nfs-answers";
    const answer = await host.run(["sh", "-c", `${third} | python3 - ${host.address}:2049`]);
    assert.match(answer.stderr, /refuses NFS version 3/);
    const listening = await host.sh("ss -Hlntup | awk '/ganesha/ {print $5}'");
    assert.equal(listening, `[::ffff:${host.address}]:2049`);
    assert.equal(await host.sh("ss -Hlntu | awk '{print $5}' | grep -c ':111$' || :"), "0");
  });

  it("lead homes to where they are, put aside what was there, and leave the operator's alone", async () => {
    const state =
      "readlink /home/ada; stat -c '%U %a' /nfs/home/ada; ls -A /nfs/home/ada; stat -c %F /home/muster /home/ada.local";
    const [link, mode, ...rest] = (await host.sh(state)).split("\n");
    assert.deepEqual([link, mode], ["/nfs/home/ada", "ada 700"]);
    assert.ok(rest.includes(".profile"), rest.join());
    assert.deepEqual(rest.slice(-2), ["directory", "directory"]);
    await host.sh("runuser -l ada -c 'echo hers >~/note'");
    // One more user: a home for her, and nobody's server is started again.
    const before = await host.sh("systemctl show -P MainPID muster-nfs");
    await give({ formatted: ["nfs"] }, ["ada", "grace"]);
    assert.equal((await runStep(host, "prepare")).last?.state, "done");
    assert.deepEqual((await duePlan(host)).reload, ["nfs"]);
    assert.equal((await runStep(host, "activate")).code, 0);
    assert.equal(await host.sh("stat -c %U /home/grace/.profile; cat /data/nfs/home/ada/note"), "grace\nhers");
    assert.equal(await host.sh("systemctl show -P MainPID muster-nfs"), before);
    assert.deepEqual(await changed(), { state: "done", changed: 0 });
  });

  it("come and go with the config, and their files stay", async () => {
    await give({ formatted: ["nfs"], services: services([{ path: "/for-all" }, { path: "/new-one" }]) }, [
      "ada",
      "grace",
    ]);
    assert.equal((await runStep(host, "prepare")).last?.state, "done");
    assert.equal((await runStep(host, "activate")).code, 0);
    assert.match((await check(host, "nfs/server")).detail, /\/for-all, \/new-one$/);
    assert.ok((await check(host, "nfs/write")).ok);
    await give({ formatted: ["nfs"], services: services() }, ["ada", "grace"]);
    assert.equal((await runStep(host, "prepare")).last?.state, "done");
    assert.equal((await runStep(host, "activate")).code, 0);
    assert.equal(await host.sh("findmnt -n /new-one || ls /data/nfs/shared/new-one/.muster-check | cut -d. -f1"), own);
    assert.match(await ask("nfs-ls", "/data/nfs/shared/new-one"), /Failed/);
  });

  it("are never made again: neither without their folder nor without their disk", async () => {
    await host.sh("mv /data/nfs /data/away");
    const lost = await runStep(host, "prepare");
    assert.match(lost.last?.text ?? "", /shared folders were made before .* NOT made again/);
    await host.sh("systemctl stop muster-nfs; umount /for-all /nfs/home; mv /data/away /data/nfs; umount /data");
    assert.notEqual((await host.run(["systemctl", "start", "muster-nfs"])).code, 0);
    assert.match(await host.sh("journalctl -u muster-nfs -o cat -n 20"), /\/data is not a mount point/);
    assert.deepEqual((await check(host, "nfs/server")).ok, false);
  });
});
