import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expectCode } from "../e2e/checkout.ts";
import { entry, folder } from "./made-up-service.ts";
import { OneCluster } from "../e2e/one-cluster.ts";
import { remains } from "../e2e/machine.ts";

const MINUTE = 60_000;

/** What `docs/architecture.md` promises of services: one folder, its roles, and a word in the registry. */
class ClusterOfGreeter extends OneCluster {
  add(): void {
    for (const [path, { text, executable }] of Object.entries(folder)) {
      const file = this.checkout.path(path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      chmodSync(file, executable ? 0o755 : 0o644);
    }
    const registry = this.checkout.path("plan/services/index.ts");
    const [before = "", after = ""] = readFileSync(registry, "utf8").split("export const services = {");
    writeFileSync(registry, `${entry.import}\n${before}export const services = { ${entry.name},${after}`);
  }

  want(word: string): void {
    this.describe(
      "kind: pool",
      "pools: { node: { count: 1, roles: [master] } }",
      `services: { greeter: { word: ${word} } }`,
    );
  }
}

describe("a service that is added: one folder, its role, one entry", function () {
  this.timeout(8 * MINUTE);
  const cluster = new ClusterOfGreeter();
  const { checkout, name } = cluster;
  before(() => cluster.add());
  after(() => cluster.remove());

  it("has options that are checked, with its own refusals", async () => {
    cluster.want("HELLO");
    assert.match(expectCode(await checkout.onStack("up", "--yes"), 2).stderr, /services\.greeter\.word +found "HELLO"/);
    cluster.want("goodbye");
    assert.match(expectCode(await checkout.onStack("up", "--yes"), 2).stderr, /goodbye +a word of welcome/);
  });

  it("comes up with its daemon, its secret and its port, is checked, and goes", async () => {
    cluster.want("welcome");
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`greeter +http://${name}-node-1\\.`));
    const { checks } = await checkout.status();
    const found = checks.find((check) => check.name === "greeter: greets");
    assert.deepEqual([found?.ok, found?.detail], [true, "says welcome"]);
    expectCode(await checkout.onStack("down", "--yes"), 0);
    assert.deepEqual(await remains(cluster.id), []);
  });
});
