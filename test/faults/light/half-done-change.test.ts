import assert from "node:assert/strict";
import { expectCode } from "../../e2e/checkout.ts";
import { LightCluster } from "../light-cluster.ts";
import { eachNeedsTheOneBefore } from "../../steps.ts";

const MINUTE = 60_000;
const POOL = "{ count: 3, memory: 256 MiB, minReady: 2 }";
/** A resolver that nobody has. */
const NEW = "192.0.2.53";
const RESOLV = "/etc/resolv.conf";

/** The life of one cluster whose hosts were changed half-way, or by hand. Each step needs the one before. */
describe("a change that fails half-way", function () {
  this.timeout(8 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new LightCluster();
  const { checkout, name, node, sh } = cluster;

  before(() => cluster.configure(POOL));
  after(() => cluster.remove());

  it("is told by node, stage and reason, and exit code 1 below the quorum", async () => {
    await checkout.up();
    // The operator's own guard on worker-1 refuses the new setting; worker-3 does not hear of it.
    const guard = `[Service]\nExecStartPre=/bin/sh -c "! grep ${NEW} /etc/muster/names/resolv.conf"\n`;
    await cluster.inside("worker-1").write("/etc/systemd/system/muster-names.service.d/site.conf", guard);
    await sh("worker-3", "systemctl stop ssh");
    cluster.configure(POOL, `resolvers: [${NEW}]`, "deadlines: { machine: 15 }");
    const { stdout, stderr } = await checkout.up(1);
    assert.match(stdout, new RegExp(`${name} is not ready: 2 of 4 nodes`));
    assert.match(stdout, /reason: pool worker: 1 of 3 ready, at least 2 needed \(\S+-worker-1, \S+-worker-3\)/);
    assert.match(stdout, /✖ {2}\S+-worker-1 +failed +activate: muster-names\.service does not \w+: .*192\.0\.2\.53/);
    assert.match(stdout, /✖ {2}\S+-worker-3 +unreachable +machine: nothing answers at /);
    assert.match(stdout, new RegExp(`next +\\./muster up --stack ${name} `));
    assert.doesNotMatch(stdout + stderr, /^ +at |exit status|dev-ready/m);
    assert.match(await sh("worker-2", `cat ${RESOLV}`), new RegExp(NEW));
  });

  it("and is taken back, is gone from every node after the next up; who never got it is only asked", async () => {
    await sh("worker-3", "systemctl start ssh");
    const before = await cluster.trace("worker-3");
    cluster.configure(POOL);
    const { stdout, stderr } = await checkout.up();
    assert.match(stderr, new RegExp(`this run changes ${name}-intent, ${name}-ready\n`));
    assert.match(stdout, new RegExp(`${name} is ready: 4 of 4 nodes`));
    for (const short of ["master-1", "worker-1", "worker-2", "worker-3"]) {
      const resolvers = await sh(short, `cat ${RESOLV} /etc/muster/cluster.json`);
      assert.doesNotMatch(resolvers, new RegExp(NEW), short);
    }
    await cluster.assertOnlyAsked("worker-3", before);
    assert.match((await checkout.up()).stdout, /is unchanged/);
  });

  it("damage by hand is not looked for by up, and found and mended by up --check", async () => {
    const [chrony, unit, program] = [
      "/etc/chrony/chrony.conf",
      "/etc/systemd/system/muster-names.service",
      "/usr/bin/dig",
    ];
    const sound = await sh("worker-2", `cat ${chrony} ${unit}`);
    await sh("worker-2", `echo 'server ${NEW}' >>${chrony}; rm ${unit}`);
    await sh("worker-3", `rm ${program}`);
    const before = { master: await cluster.trace("master-1"), damaged: await cluster.trace("worker-2") };
    assert.match((await checkout.up()).stdout, /is unchanged/);
    await cluster.assertUntouched("master-1", before.master);

    const checked = await checkout.onStack("up", "--yes", "--check");
    assert.equal(await sh("worker-2", `cat ${chrony} ${unit}`), sound);
    const after = { master: await cluster.trace("master-1"), damaged: await cluster.trace("worker-2") };
    assert.equal(after.master.prepared, before.master.prepared + 1);
    const daemons = [after.master.daemons, after.damaged.daemons];
    assert.deepEqual(daemons, [before.master.daemons, before.damaged.daemons], "no daemon had read the damage");
    // A package comes again where the host reaches a source of packages; where not, the node is named with what to do.
    if (checked.code !== 0) {
      expectCode(checked, 3);
      const why = "/usr/bin/dig is missing, and its package bind9-dnsutils cannot be installed again";
      assert.match(checked.stdout, new RegExp(`✖ {2}${node("worker-3")} +failed +prepare: .*${why}`));
      assert.match(
        checked.stdout,
        new RegExp(`\\./muster repair --stack ${name} ${node("worker-3")} +gives that node`),
      );
      const other = await cluster.trace("worker-2");
      const repaired = expectCode(await checkout.onStack("repair", "--yes", "worker-3"), 0);
      assert.match(repaired.stdout, /is ready: 4 of 4 nodes/);
      await cluster.assertOnlyAsked("worker-2", other);
    }
    await sh("worker-3", `test -x ${program}`);
  });
});
