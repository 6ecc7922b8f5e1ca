import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { checkKeys, isKeyPath } from "../../../../plan/config/ssh-keys.ts";
import { specFromArgs } from "../../../../plan/config/read.ts";
import { fakes } from "../fake-services.ts";
import { mistakesOf } from "../fixtures.ts";

const field = (value: Buffer | string): Buffer => {
  const data = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
};
const line = (type: string, ...fields: (Buffer | string)[]) =>
  `${type} ${Buffer.concat([field(type), ...fields.map(field)]).toString("base64")}`;

const ed25519 = line("ssh-ed25519", Buffer.alloc(32, 7));

function rsa(bits: number): string {
  const { n = "" } = generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "jwk" });
  // A leading zero keeps the number positive, as OpenSSH writes it.
  return line("ssh-rsa", Buffer.from([1, 0, 1]), Buffer.concat([Buffer.from([0]), Buffer.from(n, "base64url")]));
}

const faults = (text: string) => checkKeys(text).map((checked) => ("fault" in checked ? checked.fault.found : "fine"));

describe("public keys", () => {
  it("accepts ed25519, ecdsa, security keys, and RSA from 2048 bits", () => {
    assert.deepEqual(faults(ed25519), ["fine"]);
    assert.deepEqual(faults(line("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 4))), ["fine"]);
    assert.deepEqual(faults(line("ecdsa-sha2-nistp521", "nistp521", Buffer.alloc(133, 4))), ["fine"]);
    assert.deepEqual(faults(line("sk-ssh-ed25519@openssh.com", Buffer.alloc(32, 7), "ssh:")), ["fine"]);
    assert.deepEqual(faults(rsa(2048)), ["fine"]);
  });

  it("refuses weak, malformed, truncated and private keys", () => {
    assert.deepEqual(faults(rsa(1024)), ["an RSA key of 1024 bits"]);
    assert.deepEqual(faults("ssh-dss AAAA"), ["a DSA key"]);
    assert.deepEqual(faults(ed25519.slice(0, -8)), ["a malformed ssh-ed25519 key"]);
    assert.deepEqual(faults(ed25519.replace("ssh-ed25519", "ssh-rsa")), ["a malformed ssh-rsa key"]);
    assert.deepEqual(faults(line("ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(97, 4))), [
      "a malformed ecdsa-sha2-nistp256 key",
    ]);
    assert.deepEqual(faults("ssh-ed25519"), ["a malformed ssh-ed25519 key"]);
    assert.deepEqual(faults(`command="rm -rf /" ${ed25519}`), ["no OpenSSH public key"]);
    assert.deepEqual(faults("-----BEGIN OPENSSH PRIVATE KEY-----\nabc"), ["a private key (not shown)"]);
    assert.deepEqual(faults("# nothing\n\n"), ["no key"]);
  });

  it("keeps comments, without what could confuse readers of authorized_keys", () => {
    assert.deepEqual(checkKeys(`  ${ed25519}   ann@home\u0007 é \r\n# second\n${ed25519}`), [
      { key: `${ed25519} ann@home` },
      { key: ed25519 },
    ]);
  });

  it("tells paths from keys", () => {
    assert.deepEqual(["~/.ssh/id.pub", "/etc/key.pub", ed25519].map(isKeyPath), [true, true, false]);
  });

  it("are read from files by the reader that is given", () => {
    const files: Record<string, string> = { "~/two.pub": `${ed25519} a\n${ed25519} b\n`, "/weak.pub": rsa(1024) };
    const readText = (path: string) => {
      const text = files[path];
      if (text === undefined) throw new Error("no such file");
      return text;
    };
    const read = (sshKeys: string[]) =>
      specFromArgs("dev", { users: [{ name: "ann", sshKeys }] }, { registry: fakes, readText });
    assert.deepEqual(read(["~/two.pub", ed25519]).users[0]?.sshKeys, [`${ed25519} a`, `${ed25519} b`, ed25519]);
    assert.deepEqual(
      mistakesOf(() => read(["/none.pub", "/weak.pub"])).map(({ path, found, allowed }) => [
        path,
        found,
        allowed.slice(0, 30),
      ]),
      [
        ["dev.users[0].sshKeys[0]", '"/none.pub"', "cannot be read: no such file"],
        ["dev.users[0].sshKeys[1]", 'an RSA key of 1024 bits in "/weak.pub"', "too weak; allowed: a public ke"],
      ],
    );
  });
});
