import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newIdentity } from "../../../runner/identity.ts";
import { certify, forever, isCurrent, readCertificate } from "../../../runner/ssh/certificate.ts";
import { blobOf, bootstrapHostKey, ed25519KeyPair, fingerprint, signingKey } from "../../../contract/ssh-key.ts";

describe("SSH keys and certificates", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-certificate-"));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const keygen = (...args: string[]): string => execFileSync("ssh-keygen", args, { encoding: "utf8" });

  it("makes private keys that ssh-keygen reads, for comments of every length", () => {
    for (const comment of ["", "a", "ab", "a comment", "a-longer-comment@host"]) {
      const pair = ed25519KeyPair(comment);
      const derived = keygen("-y", "-f", file("key", pair.private)).trim();
      assert.deepEqual(blobOf(derived), blobOf(pair.public));
    }
  });

  it("reads private keys that ssh-keygen made, and refuses encrypted ones and other types", () => {
    keygen("-q", "-t", "ed25519", "-N", "", "-f", join(folder, "plain"));
    assert.doesNotThrow(() => signingKey(execFileSync("cat", [join(folder, "plain")], { encoding: "utf8" })));
    keygen("-q", "-t", "ed25519", "-N", "secret", "-f", join(folder, "locked"));
    assert.throws(() => signingKey(execFileSync("cat", [join(folder, "locked")], { encoding: "utf8" })), /unencrypted/);
    keygen("-q", "-t", "ecdsa", "-N", "", "-f", join(folder, "ecdsa"));
    assert.throws(() => signingKey(execFileSync("cat", [join(folder, "ecdsa")], { encoding: "utf8" })), /ed25519/);
    assert.throws(() => signingKey("nonsense"), /not an OpenSSH private key/);
  });

  it("derives the same bootstrap key from seed, node and generation, and another from anything else", () => {
    const seed = "ab".repeat(32);
    const key = bootstrapHostKey(seed, "dev-worker-1", 1);
    assert.deepEqual(bootstrapHostKey(seed, "dev-worker-1", 1), key);
    assert.notEqual(bootstrapHostKey(seed, "dev-worker-1", 2).public, key.public);
    assert.notEqual(bootstrapHostKey(seed, "dev-worker-2", 1).public, key.public);
    assert.notEqual(bootstrapHostKey("cd".repeat(32), "dev-worker-1", 1).public, key.public);
  });

  it("shows fingerprints as ssh-keygen does", () => {
    const pair = ed25519KeyPair("x");
    assert.equal(keygen("-l", "-f", file("x.pub", pair.public)).split(" ")[1], fingerprint(pair.public));
  });

  it("signs host certificates that ssh-keygen explains", () => {
    const ca = ed25519KeyPair("ca");
    const host = ed25519KeyPair("host");
    const line = certify(
      {
        kind: "host",
        publicKey: host.public,
        keyId: "dev-worker-1",
        principals: ["dev-worker-1", "dev-worker-1.dev.internal", "10.0.0.9"],
        validAfter: 0n,
        validBefore: forever,
      },
      ca.private,
    );
    const shown = keygen("-L", "-f", file("host-cert.pub", line));
    assert.match(shown, /ssh-ed25519-cert-v01@openssh\.com host certificate/);
    assert.match(shown, /Valid: forever/);
    assert.ok(shown.includes(`Signing CA: ED25519 ${fingerprint(ca.public)} (using ssh-ed25519)`), shown);
    assert.match(shown, /Principals: \n +dev-worker-1\n +dev-worker-1\.dev\.internal\n +10\.0\.0\.9\n/);
    assert.match(shown, /Extensions: \(none\)/);
  });

  it("signs user certificates with a terminal and tunnels, and knows when they need renewal", () => {
    const ca = ed25519KeyPair("ca");
    const user = ed25519KeyPair("user");
    const now = BigInt(Math.floor(Date.now() / 1000));
    const request = {
      kind: "user" as const,
      publicKey: user.public,
      keyId: "operator",
      principals: ["muster"],
      validAfter: now - 60n,
      validBefore: now + 1000n,
    };
    const line = certify(request, ca.private);
    const shown = keygen("-L", "-f", file("user-cert.pub", line));
    for (const word of ["permit-pty", "permit-port-forwarding", "user certificate"])
      assert.ok(shown.includes(word), shown);
    assert.deepEqual(readCertificate(line)?.principals, ["muster"]);
    assert.ok(isCurrent(line, user.public, ca.public, ["muster"], 900));
    assert.ok(!isCurrent(line, user.public, ca.public, ["muster"], 1100), "ends too early");
    assert.ok(!isCurrent(line, user.public, ca.public, ["root"], 0), "another name");
    assert.ok(!isCurrent(line, ca.public, ca.public, ["muster"], 0), "another key");
    assert.ok(!isCurrent(line, user.public, user.public, ["muster"], 0), "another CA");
    assert.equal(readCertificate("no certificate"), undefined);
    assert.equal(readCertificate(user.public), undefined);
  });

  it("signs user certificates for one command from one address, without anything else", () => {
    const [ca, user] = [ed25519KeyPair("ca"), ed25519KeyPair("user")];
    const only = { command: "exec tar --create .", from: "10.0.0.9" };
    const validity = { validAfter: 0n, validBefore: forever };
    const request = { kind: "user" as const, publicKey: user.public, keyId: "once", principals: ["muster"], only };
    const shown = keygen("-L", "-f", file("only-cert.pub", certify({ ...request, ...validity }, ca.private)));
    assert.match(
      shown,
      /Critical Options: \n +force-command exec tar --create \.\n +source-address 10\.0\.0\.9\n +Extensions: \(none\)/,
    );
  });

  it("makes identities of which no two are alike", () => {
    const one = newIdentity();
    assert.match(one.uid, /^[0-9a-f]{32}$/);
    assert.notEqual(one.uid, newIdentity().uid);
    assert.notEqual(one.seed, newIdentity().seed);
  });
});
