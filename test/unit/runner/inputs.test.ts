import assert from "node:assert/strict";
import type { JobNode } from "../../../contract/job.ts";
import { isApplied, knowsFormatted, nodeInputs } from "../../../runner/converge/inputs.ts";
import { newIdentity } from "../../../runner/identity.ts";
import { closedPorts } from "../../../runner/verify/built-in.ts";
import { TestCluster } from "../../runner/cluster.ts";
import { SHARED, workerNode } from "../../runner/worker-node.ts";

describe("what a node is given", () => {
  const cluster = new TestCluster();
  const node = workerNode(1);
  const job = cluster.job([node]);
  const { applied, view, secrets, hash } = nodeInputs(job, node, cluster.identity, ["hdfs"]);

  it("is completed by uid, trust and what was formatted, and holds no private key", () => {
    assert.equal(view.cluster.uid, cluster.identity.uid);
    assert.deepEqual(view.cluster.formatted, ["hdfs"]);
    assert.deepEqual(view.trust, { hostCa: cluster.identity.hostCa.public, userCa: cluster.identity.userCa.public });
    assert.deepEqual(Object.keys(secrets), [SHARED]);
    assert.doesNotMatch(JSON.stringify([view, secrets]), /PRIVATE KEY/);
  });

  it("shares with others the secrets that its services name, and no others, of which the view has the names only", () => {
    const sharing = (one: number, ...names: string[]): JobNode => {
      const made = workerNode(one);
      return { ...made, view: { ...made.view, secrets: names } };
    };
    const inputsOf = (one: JobNode) => nodeInputs(job, one, cluster.identity, []);
    const [first, second] = [inputsOf(sharing(1, "disk.key", "spark.key")), inputsOf(sharing(2, "spark.key"))];
    assert.deepEqual(Object.keys(first.secrets), ["disk.key", "spark.key"]);
    assert.deepEqual(second.secrets, { "spark.key": first.secrets["spark.key"] });
    assert.notEqual(first.secrets["disk.key"], first.secrets["spark.key"]);
    assert.notDeepEqual(nodeInputs(job, sharing(2, "spark.key"), newIdentity(), []).secrets, second.secrets);
    for (const secret of Object.values(first.secrets)) {
      assert.match(secret, /^[0-9a-f]{64}$/);
      assert.ok(!JSON.stringify([first.view, first.applied]).includes(secret));
    }
  });

  it("gets what its user gave as secrets when its view names it, and is configured again when that changes", () => {
    const made = workerNode(1);
    const needing: JobNode = { ...made, view: { ...made.view, credentials: ["lab"] } };
    const given = (lab: string) => nodeInputs(job, needing, cluster.identity, [], { lab, other: "not asked for" });
    const [one, two] = [given("key one"), given("key two")];
    assert.deepEqual([one.secrets["credentials.lab"], Object.keys(one.secrets).length], ["key one", 2]);
    assert.ok(!JSON.stringify([one.view, one.applied]).includes("key one"));
    assert.ok(!isApplied(one.applied, two.applied));
    assert.throws(() => nodeInputs(job, needing, cluster.identity, []), /needs credentials\.lab/);
  });

  it("counts as applied exactly when bundle, view, secrets and generation are the same", () => {
    assert.ok(isApplied(applied, applied));
    assert.ok(!isApplied(null, applied));
    const others = [
      nodeInputs({ ...job, bundle: "another" }, node, cluster.identity, ["hdfs"]),
      nodeInputs(job, workerNode(1, "another note"), cluster.identity, ["hdfs"]),
      nodeInputs(job, workerNode(1, "", 2), cluster.identity, ["hdfs"]),
      nodeInputs(job, node, newIdentity(), ["hdfs"]),
    ];
    for (const other of others) {
      assert.ok(!isApplied(other.applied, applied));
      assert.notEqual(other.hash, hash);
    }
  });

  it("stays applied when a store was formatted since, but has to hear of it", () => {
    const later = nodeInputs(job, node, cluster.identity, ["hdfs", "nfs"]);
    assert.ok(isApplied(applied, later.applied));
    assert.equal(later.hash, hash);
    assert.ok(!knowsFormatted(applied, later.applied));
    assert.ok(knowsFormatted(later.applied, later.applied));
  });

  it("has ports to be found closed: TCP, open to others, neither to the operator nor to the world", () => {
    const rule = (port: number, protocol: "tcp" | "udp" = "tcp", source = node.view.cluster.subnet) => ({
      name: `p${port}`,
      protocol,
      ports: [port, port] as [number, number],
      source,
    });
    const firewall = {
      operatorSources: [],
      operator: [rule(22)],
      accept: [rule(22), rule(53, "udp"), rule(80, "tcp", "0.0.0.0/0"), rule(9866)],
    };
    assert.deepEqual(closedPorts({ ...node, view: { ...node.view, firewall } }), [9866]);
    const byNetwork = {
      operatorSources: [],
      operator: [],
      accept: [rule(22), rule(22, "tcp", "192.0.2.0/24"), rule(9866)],
    };
    assert.deepEqual(closedPorts({ ...node, view: { ...node.view, firewall: byNetwork } }), [9866]);
  });
});
