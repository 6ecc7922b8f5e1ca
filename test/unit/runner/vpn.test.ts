import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { clusterFolder } from "../../../contract/folders.ts";
import type { Job } from "../../../contract/job.ts";
import { nodeInputs } from "../../../runner/converge/inputs.ts";
import { newIdentity, sharedSecret } from "../../../runner/identity.ts";
import { writeOperatorAccess } from "../../../runner/ssh/operator.ts";
import { tunnelKeys, type WireGuardKey } from "../../../runner/vpn/keys.ts";
import { withStateFolder } from "../../mock/state-folder.ts";
import { TestCluster } from "../../runner/cluster.ts";
import { SHARED, workerNode } from "../../runner/worker-node.ts";

/** An X25519 key from WireGuard's form of it. */
const privateKey = (key: WireGuardKey): KeyObject => {
  const jwk = { kty: "OKP", crv: "X25519", d: urlSafe(key.private), x: urlSafe(key.public) };
  return createPrivateKey({ key: jwk, format: "jwk" });
};
const publicKey = ({ public: x }: WireGuardKey): KeyObject =>
  createPublicKey({ key: { kty: "OKP", crv: "X25519", x: urlSafe(x) }, format: "jwk" });
const urlSafe = (base64: string): string => Buffer.from(base64, "base64").toString("base64url");

describe("a tunnel's keys", () => {
  withStateFolder();
  const cluster = new TestCluster();
  const [end, other] = [workerNode(1), workerNode(2)];
  const tunnel = { node: end.name, port: 51820, address: "100.64.0.1", mtu: 1360 };
  const without = cluster.job([end, other]);
  const job: Job = { ...without, tunnel };
  const { identity } = cluster;
  const keys = tunnelKeys(identity.seed);
  const file = () => join(clusterFolder(job.cluster.id), "vpn", `${job.cluster.name}.conf`);

  it("are pairs that agree on a secret, the same for the same seed and no other", () => {
    const { node, operator, shared } = keys;
    assert.deepEqual(
      diffieHellman({ privateKey: privateKey(node), publicKey: publicKey(operator) }),
      diffieHellman({ privateKey: privateKey(operator), publicKey: publicKey(node) }),
    );
    assert.deepEqual(tunnelKeys(identity.seed), keys);
    const all = [keys, tunnelKeys(newIdentity().seed)].flatMap((each) => [
      ...[each.node.private, each.node.public, each.operator.private, each.operator.public, each.shared],
    ]);
    assert.equal(new Set(all).size, 10);
    assert.ok(all.every((key) => Buffer.from(key, "base64").length === 32 && key.length === 44));
    assert.equal(Buffer.from(shared, "base64").length, 32);
  });

  it("reach the tunnel's node only, as secrets, and without the operator's own", () => {
    const given = (one: typeof end, of = job) => nodeInputs(of, one, identity, []);
    const shared = { [SHARED]: sharedSecret(identity.seed, SHARED) };
    assert.deepEqual(given(end).secrets, {
      ...shared,
      "vpn.private": keys.node.private,
      "vpn.peer": keys.operator.public,
      "vpn.shared": keys.shared,
    });
    assert.deepEqual(given(other).secrets, shared);
    assert.equal(given(other).hash, given(other, without).hash, "another node is configured because of it");
    assert.notEqual(given(end).hash, given(end, without).hash);
    const plain = JSON.stringify([job, given(end).view, given(end).applied]);
    for (const secret of [keys.node.private, keys.operator.private, keys.shared]) assert.ok(!plain.includes(secret));
  });

  it("are in a file for wg-quick that only its owner reads, which goes with the tunnel", () => {
    writeOperatorAccess(job, identity);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    const lines = readFileSync(file(), "utf8").split("\n");
    for (const line of [
      `PrivateKey = ${keys.operator.private}`,
      "Address = 100.64.0.1/32",
      "MTU = 1360",
      `PublicKey = ${keys.node.public}`,
      `PresharedKey = ${keys.shared}`,
      `Endpoint = ${end.ssh.address}:51820`,
      `AllowedIPs = ${end.view.cluster.subnet}`,
    ]) {
      assert.ok(lines.includes(line), `${line}\n${lines.join("\n")}`);
    }
    assert.ok(!lines.join().includes(keys.node.private));
    writeOperatorAccess(without, identity);
    assert.equal(existsSync(file()), false);
  });

  it("have a file's name that an interface can have", () => {
    const name = "a-long-cluster-name1";
    const long = { ...job, cluster: { ...job.cluster, id: `muster.dev.${name}`, name } };
    writeOperatorAccess(long, identity);
    assert.ok(existsSync(join(clusterFolder(long.cluster.id), "vpn", "a-long-cluster-.conf")));
  });
});
