import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../../components/images/content.ts";
import { bootstrapHostKey, ed25519KeyPair, fingerprint } from "../../contract/ssh-key.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { TestCluster } from "./cluster.ts";

/** The settings of sshd that a host is made with: its key, and the user CA that it trusts. */
const newHostsSshd = readFileSync(join(PROJECT, "images/local/files/etc/ssh/sshd_config.d/10-muster.conf"), "utf8");
const asNew = `cat >/etc/ssh/sshd_config.d/10-muster.conf <<'END'\n${newHostsSshd}END\n`;

describe("a host's key", function () {
  this.timeout(180_000);
  const cluster = new TestCluster();
  const workerNode = cluster.workerNode.bind(cluster);
  const onHost = cluster.onHost.bind(cluster);

  before(async function () {
    this.timeout(openSeconds * 1000);
    await cluster.open([1, 2]);
    const met = await cluster.run(cluster.job([workerNode(1, "key"), workerNode(2, "key")]));
    assert.equal(met.summary?.state, "ready", met.stderr);
  });
  after(() => cluster.close());

  it("that is another one stops that host, names both fingerprints, and goes on with the others", async () => {
    const other = ed25519KeyPair("other");
    // No certificate any more, and a key that nobody signed: as if another machine had taken the address.
    await onHost("live-worker-2", `rm /etc/ssh/ssh_host_*_key*; ${asNew} ssh-keygen -A && systemctl restart ssh`);
    const shown =
      (await onHost("live-worker-2", "ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub")).split(" ")[1] ?? "?";
    const enrolled = await cluster.run(cluster.job([workerNode(1, "key"), workerNode(2, "key")]));
    const reason = enrolled.summary?.nodes[0]?.reason ?? "";
    assert.equal(enrolled.summary?.state, "degraded", enrolled.stderr);
    const told = cluster.whole().nodes[1]?.reason ?? "";
    assert.match(
      told,
      /expected one signed by the cluster's host CA \(SHA256:.*"muster repair live-worker-2" makes it again/,
    );
    assert.ok(reason.includes(shown), `${reason} names ${shown}`);
    // A rebuilt machine of a new generation is met out of band; here the cloud's tool tells another key.
    const node = workerNode(2, "key", 2);
    node.ssh.hostKey = {
      kind: "outOfBand",
      argv: ["printf", `{"machine":"%s","keys":["${other.public}"]}`],
      machine: "it",
    };
    const pinned = await cluster.run(cluster.job([workerNode(1, "key"), node]));
    const why = cluster.whole().nodes[1]?.reason ?? "";
    assert.equal(pinned.summary?.state, "degraded", pinned.stderr);
    assert.ok(why.includes(shown) && why.includes(fingerprint(other.public)), why);
    // A machine that is really made again is met by its right key, and enrolled.
    await cluster.make(2, 2);
    const met = await cluster.run(cluster.job([workerNode(1, "key"), workerNode(2, "key", 2)]));
    assert.equal(met.summary?.state, "ready", met.stderr);
  });

  it("that was in the user data is replaced, and still knows the host when its record is lost", async () => {
    const node = workerNode(2, "key", 3);
    node.ssh.hostKey = { kind: "derived" };
    const bootstrap = bootstrapHostKey(cluster.identity.seed, node.name, 3);
    const key = "/etc/ssh/ssh_host_ed25519_key";
    await onHost(node.name, `rm /etc/ssh/*-cert.pub /var/lib/muster/enrolled.json; ${asNew}`);
    await onHost(
      node.name,
      `cat >${key} <<'END'\n${bootstrap.private}END\necho '${bootstrap.public}' >${key}.pub; systemctl restart ssh`,
    );
    const met = await cluster.run(cluster.job([workerNode(1, "key"), node]));
    assert.equal(met.summary?.state, "ready", met.stderr);
    const own = (await onHost(node.name, `cut -d' ' -f2 ${key}.pub; ssh-keygen -y -f ${key} | cut -d' ' -f2`)).split(
      "\n",
    );
    assert.equal(own[0], own[1]);
    assert.ok(!bootstrap.public.includes(own[0] ?? ""), "it has its own key now");
    rmSync(join(cluster.folder, "ssh/enrolled.json"));
    const again = await cluster.run(cluster.job([workerNode(1, "key"), node]), 2);
    assert.equal(again.summary?.state, "ready", again.stderr);
    // A machine of another generation may answer for a while at the same address: it is not configured.
    const next = workerNode(2, "key", 4);
    next.ssh.hostKey = { kind: "derived" };
    cluster.machineSeconds = 8;
    const older = await cluster.run(cluster.job([workerNode(1, "key"), next]));
    cluster.machineSeconds = 60;
    assert.equal(older.summary?.state, "degraded", older.stderr);
    assert.match(older.summary?.nodes[0]?.reason ?? "", /generation 3 still answers, 4 is wanted/);
  });

  it("is not certified where the SSH server follows other settings first", async () => {
    const other = "/etc/ssh/sshd_config.d/00-first.conf";
    await onHost("live-worker-2", `echo 'TrustedUserCAKeys /etc/ssh/somebody.pub' >${other}`);
    rmSync(join(cluster.folder, "ssh/enrolled.json"));
    const node = workerNode(2, "key", 3);
    node.ssh.hostKey = { kind: "derived" };
    const refused = await cluster.run(cluster.job([workerNode(1, "key"), node]));
    await onHost("live-worker-2", `rm ${other}`);
    assert.match(
      refused.summary?.nodes[0]?.reason ?? "",
      /sshd does not take "trustedusercakeys \/etc\/ssh\/muster_user_ca.pub" from .*10-muster.conf/,
      refused.stderr,
    );
  });

  it("of an existing host is known by the user's own known_hosts", async () => {
    const home = join(cluster.state, "home");
    mkdirSync(join(home, ".ssh"), { recursive: true });
    const node = workerNode(2, "key", 5);
    node.ssh.hostKey = { kind: "knownHosts" };
    cluster.env = { HOME: home };
    writeFileSync(join(home, ".ssh/known_hosts"), "");
    const unknown = await cluster.run(cluster.job([workerNode(1, "key"), node]));
    assert.match(unknown.summary?.nodes[0]?.reason ?? "", /expected what your known_hosts/, unknown.stderr);
    const key = await onHost(node.name, "cat /etc/ssh/ssh_host_ed25519_key.pub");
    writeFileSync(join(home, ".ssh/known_hosts"), `${node.ssh.address} ${key}\n`);
    const met = await cluster.run(cluster.job([workerNode(1, "key"), node]), 2);
    cluster.env = {};
    assert.equal(met.summary?.state, "ready", met.stderr);
    assert.equal(
      await onHost(node.name, "cat /etc/ssh/ssh_host_ed25519_key.pub"),
      key,
      "an existing host keeps its key",
    );
  });
});
