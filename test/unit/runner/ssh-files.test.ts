import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { knownHosts, sshConfig } from "../../../runner/ssh/config.ts";
import { TestCluster } from "../../runner/cluster.ts";
import { workerNode } from "../../runner/worker-node.ts";

describe("the operator's ssh files", () => {
  const cluster = new TestCluster();
  const inner = workerNode(2);
  const job = cluster.job([workerNode(1), { ...inner, ssh: { ...inner.ssh, port: 2222, bastion: "live-worker-1" } }]);
  const files = {
    config: "/s/config",
    knownHosts: "/s/a folder/known_hosts",
    key: "/s/key",
    certificate: "/s/key-cert.pub",
  };

  it("lead to every node by its name, through its bastion, and always check the host's key", () => {
    const folder = mkdtempSync(join(tmpdir(), "muster-ssh-"));
    writeFileSync(join(folder, "config"), sshConfig(job, files));
    const effective = (host: string) =>
      execFileSync("ssh", ["-G", "-F", join(folder, "config"), host], { encoding: "utf8" });
    const direct = effective("live-worker-1");
    const behind = effective("live-worker-2.live.internal");
    rmSync(folder, { recursive: true });
    for (const line of [
      `hostname ${workerNode(1).ssh.address}`,
      "port 22",
      "user muster",
      "hostkeyalias live-worker-1",
      "stricthostkeychecking true",
      "identityfile /s/key",
      "certificatefile /s/key-cert.pub",
      "userknownhostsfile /s/a folder/known_hosts",
      "identitiesonly yes",
      "passwordauthentication no",
    ])
      assert.ok(direct.split("\n").includes(line), `${line}\n${direct}`);
    assert.doesNotMatch(direct, /proxyjump/);
    assert.match(behind, /^port 2222$/m);
    assert.match(behind, /^proxyjump live-worker-1$/m);
    assert.match(behind, /^hostkeyalias live-worker-2$/m);
  });

  it("leave the key exchange to ssh, but for hosts on the same machine", () => {
    const here = { ...inner, ssh: { ...inner.ssh, sameMachine: true as const } };
    const sections = sshConfig(cluster.job([workerNode(1), here]), files).split("\n\n");
    assert.deepEqual(
      sections.map((section) => /^ {2}KexAlgorithms (.*)$/m.exec(section)?.[1]),
      [undefined, "^ecdh-sha2-nistp256", undefined],
    );
  });

  it("trust the host CA for the cluster's names only", () => {
    const names = "live-worker-1,live-worker-1.live.internal,live-worker-2,live-worker-2.live.internal";
    assert.equal(knownHosts(job, "ssh-ed25519 AAAA ca\n"), `@cert-authority ${names} ssh-ed25519 AAAA ca\n`);
  });
});
