import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artifactId } from "../../../artifacts/locks.ts";

const home = join(import.meta.dirname, "../../..");

describe("the packages that the entry asks for", () => {
  let state = "";
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "muster-test-"));
  });
  afterEach(() => rmSync(state, { recursive: true }));

  /** On a machine that has no program but the shell's own. */
  function wanted(command: string, work: string): string[] {
    const script = [
      "set -eu; missing=''; stack=dev",
      ...["arguments", "folders", "packages"].map((part) => `. "$MUSTER_HOME/tools/${part}.sh"`),
      "has() { return 1; }",
      `command=${command}`,
      work,
      'printf %s "$missing"',
    ];
    const env = { ...process.env, MUSTER_HOME: home, XDG_STATE_HOME: state };
    const printed = execFileSync("sh", ["-c", script.join("\n")], { env, encoding: "utf8" });
    return printed.split(" ").filter((name) => name !== "");
  }

  const store = (): string => join(state, "muster/artifacts", artifactId("hadoop", "3.4.2", "maven"));

  it("hold Maven only for what may fetch Hadoop, and while Hadoop is not in the store", () => {
    assert.deepEqual(wanted("up", "want_artifacts"), ["maven"]);
    assert.deepEqual(wanted("repair", "want_artifacts"), ["maven"]);
    assert.deepEqual(wanted("bench", "want_artifacts"), ["maven"]);
    assert.deepEqual(wanted("down", "want_artifacts"), []);
    mkdirSync(store(), { recursive: true });
    assert.deepEqual(wanted("up", "want_artifacts"), []);
    // Nor are the clients of object stores there, which only some stacks need.
    assert.deepEqual(wanted("up", "names_stores() { return 0; }; want_artifacts"), ["maven"]);
  });

  it("are those of the stack's cloud", () => {
    const names = wanted("down", "want_cloud_of dev");
    for (const name of ["podman", "nftables", "mmdebstrap"]) assert.ok(names.includes(name), name);
    assert.ok(!names.includes("maven"));
    assert.deepEqual(wanted("down", "cloud_of() { echo elsewhere; }; want_cloud_of dev"), []);
  });
});
