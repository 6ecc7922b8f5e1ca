import assert from "node:assert/strict";
import { parseEnvironment } from "../../../../plan/config/read.ts";
import { fakes } from "../fake-services.ts";
import { mistakeOf, mistakesOf } from "../fixtures.ts";

describe("bad input in an environment", () => {
  const parse = (raw: unknown) => parseEnvironment(raw, "muster:", { registry: fakes });

  it("tells all mistakes of all clusters at once, without mere consequences", () => {
    const raw = {
      cloud: "lcal",
      clusters: [
        { name: "One", pools: { worker: -1 }, services: { hdfs: { copies: 9 } }, users: ["ann", "ann"] },
        { name: "two", services: { hdfs: { copies: 9 } } },
      ],
    };
    assert.deepEqual(
      mistakesOf(() => parse(raw)).map(({ path }) => path),
      [
        "muster:cloud",
        "muster:clusters[0].name",
        "muster:clusters[0].pools.worker",
        "muster:clusters[0].users[1]",
        "muster:clusters[1].services.hdfs.copies",
      ],
    );
  });

  it("refuses a config that is missing, no list, or holds what is no cluster", () => {
    assert.deepEqual(
      mistakesOf(() => parse(undefined)).map(({ path, found }) => [path, found]),
      [["muster:clusters", "nothing"]],
    );
    assert.equal(mistakeOf(() => parse({ cloud: "local", clusters: "dev" })).found, '"dev"');
    assert.equal(mistakeOf(() => parse({ cloud: "local", clusters: [] })).found, "an empty list");
    assert.equal(mistakeOf(() => parse({ cloud: "local", clusters: [7] })).path, "muster:clusters[0]");
    assert.equal(
      mistakeOf(() => parse({ cloud: "local", clusters: [{ name: "dev" }], clouds: 1 })).path,
      "muster:clouds",
    );
  });

  it("refuses clusters that share a name, a node's name or a network", () => {
    const both = (one: object, other: object) => mistakeOf(() => parse({ cloud: "local", clusters: [one, other] }));
    assert.equal(both({ name: "dev" }, { name: "dev" }).path, "muster:clusters[1].name");
    const overlap = both({ name: "a", subnet: "10.1.0.0/16" }, { name: "b", subnet: "10.1.16.0/20" });
    assert.deepEqual([overlap.path, overlap.found], ["muster:clusters[1].subnet", "10.1.16.0/20"]);
    const pools = { master: 1, worker: 1 };
    const names = both(
      { name: "a", pools: { ...pools, "b-c": { roles: ["client"] } } },
      { name: "a-b", pools: { ...pools, c: { roles: ["client"] } } },
    );
    assert.match(names.allowed, /a-b-c-1/);
  });

  it("never repeats what may be secret", () => {
    const secret = "hunter2-very-secret";
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}\n-----END OPENSSH PRIVATE KEY-----`;
    const clusters = [
      { name: "a", password: secret, users: [{ name: "ann", sshKeys: [key, `ssh-rsa ${secret}`], token: secret }] },
      {
        name: "b",
        services: { hdfs: { label: { secret } } },
        loginUser: key,
        versions: { hadoop: { password: secret } },
      },
      { name: "c", users: [{ name: "bob", sshKeys: secret }] },
    ];
    const mistakes = mistakesOf(() => parse({ cloud: { name: "x", apiKey: secret }, clusters }));
    assert.ok(mistakes.length >= 7);
    assert.doesNotMatch(JSON.stringify(mistakes), /hunter2/);
  });
});
