import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorityOf, newAuthority } from "../../../contract/certificate-authority.ts";
import { newIdentity } from "../../../runner/identity.ts";
import { certify, forever, isCurrent, readCertificate } from "../../../runner/ssh/certificate.ts";
import { blobOf, bootstrapHostKey, ed25519KeyPair, fingerprint } from "../../../contract/ssh-key.ts";
import { sshMpint, WireReader } from "../../../contract/ssh-wire.ts";

describe("SSH keys and certificates", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-certificate-"));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const keygen = (...args: string[]): string => execFileSync("ssh-keygen", args, { encoding: "utf8" });

  it("makes private keys that ssh-keygen reads, for comments of every length", () => {
    for (const make of [ed25519KeyPair, newAuthority]) {
      for (const comment of ["", "a", "ab", "a comment", "a-longer-comment@host"]) {
        const pair = make(comment);
        const derived = keygen("-y", "-f", file("key", pair.private)).trim();
        assert.deepEqual(blobOf(derived), blobOf(pair.public));
      }
    }
  });

  it("reads private keys that ssh-keygen made, and refuses encrypted ones and other types", () => {
    const made = (name: string, ...kind: string[]): string => {
      keygen("-q", "-f", join(folder, name), ...kind);
      return readFileSync(join(folder, name), "utf8");
    };
    for (const type of ["ed25519", "ecdsa"]) {
      const { blob } = authorityOf(made(type, "-t", type, "-N", ""));
      assert.deepEqual(blob, blobOf(readFileSync(join(folder, `${type}.pub`), "utf8")));
    }
    assert.throws(() => authorityOf(made("locked", "-t", "ed25519", "-N", "secret")), /unencrypted/);
    assert.throws(() => authorityOf(made("rsa", "-t", "rsa", "-N", "")), /ecdsa.* or ssh-ed25519.* is ssh-rsa/);
    assert.throws(() => authorityOf(made("p384", "-t", "ecdsa", "-b", "384", "-N", "")), /is ecdsa-sha2-nistp384/);
    assert.throws(() => authorityOf("nonsense"), /not an OpenSSH private key/);
  });

  it("writes numbers as RFC 4251 shows them, whatever bytes they begin with", () => {
    const written = (hex: string): string => sshMpint(Buffer.from(hex, "hex")).toString("hex");
    assert.equal(written("0000"), "00000000");
    assert.equal(written("000009a378f9b2e332a7"), "0000000809a378f9b2e332a7");
    assert.equal(written("80"), "000000020080");
    // One number in 256 begins with a byte of nothing, and every second has its first bit set.
    for (let count = 0; count < 600; count += 1) {
      const pair = newAuthority("ca");
      const { blob, sign } = authorityOf(pair.private);
      assert.deepEqual(blob, blobOf(pair.public));
      const signature = new WireReader(sign(Buffer.from("body")));
      assert.equal(signature.string().toString(), "ecdsa-sha2-nistp256");
      const numbers = new WireReader(signature.string());
      const both = [numbers.string(), numbers.string()].map((number) => {
        assert.ok((number[0] ?? 0) < 0x80 && (number[0] !== 0 || (number[1] ?? 0) >= 0x80));
        return Buffer.concat([Buffer.alloc(32), number]).subarray(-32);
      });
      const [x, y] = [blob.subarray(-64, -32), blob.subarray(-32)].map((part) => part.toString("base64url"));
      const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
      assert.ok(verify("sha256", Buffer.from("body"), { key, dsaEncoding: "ieee-p1363" }, Buffer.concat(both)));
    }
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

  const authorities = {
    "a new cluster's CA": [newAuthority, "ECDSA", "ecdsa-sha2-nistp256"],
    "an older cluster's": [ed25519KeyPair, "ED25519", "ssh-ed25519"],
  } as const;
  for (const [whose, [makeCa, kind, type]] of Object.entries(authorities))
    it(`signs host certificates that ssh-keygen explains: ${whose}`, () => {
      const ca = makeCa("ca");
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
      // It shows none that is not signed rightly.
      assert.ok(shown.includes(`Signing CA: ${kind} ${fingerprint(ca.public)} (using ${type})`), shown);
      assert.match(shown, /Principals: \n +dev-worker-1\n +dev-worker-1\.dev\.internal\n +10\.0\.0\.9\n/);
      assert.match(shown, /Extensions: \(none\)/);
    });

  it("signs user certificates with a terminal and tunnels, and knows when they need renewal", () => {
    const ca = newAuthority("ca");
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
    const [ca, user] = [newAuthority("ca"), ed25519KeyPair("user")];
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
    for (const ca of [one.hostCa, one.userCa])
      assert.match(ca.public, /^ecdsa-sha2-nistp256 \S+ muster-(host|user)-ca-/);
  });
});
