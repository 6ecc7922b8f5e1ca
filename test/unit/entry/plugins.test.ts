import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const home = join(import.meta.dirname, "../../..");

describe("the engine's plugins", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-test-"));
    mkdirSync(join(folder, ".cache/muster/locks"), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const cached = (...parts: string[]): string => join(folder, ".cache/muster", ...parts);
  const installed = (file: string): string => cached("pulumi-home/plugins/resource-openstack-v3.15.2", file);

  /** What the entry prints that does this, where nothing can be downloaded, and what becomes of it. */
  function entry(...work: string[]): { printed: string; code: number | null } {
    const script = [
      "set -eu; exec 3>&2; command=up; tier=''; MUSTER_VERBOSE=0; engine_platform=linux-x64",
      ...["versions", "arguments", "folders", "steps", "packages", "plugin"].map(
        (part) => `. "$MUSTER_HOME/tools/${part}.sh"`,
      ),
      'attempt() { step_failed=yes; echo "tried $2"; }',
      'step() { step_failed=""; shift; echo "brought $1"; shift; "$@"; }',
      "need_go() { :; }",
      'go_change() { echo "changed $3 of $2 by ${4##*/}"; }',
      'go_build() { mkdir "$temporary/plugin"; printf "#!/bin/sh\\n" >"$3"; chmod +x "$3"; }',
      ...work,
    ];
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder, MUSTER_HOME: home };
    const { stdout, stderr, status } = spawnSync("sh", ["-c", script.join("\n")], { env, encoding: "utf8" });
    return { printed: stdout + stderr, code: status };
  }

  const openstack = "plugin=openstack";

  it("are those of the stack's cloud, and of all for their tests", () => {
    const wanted = (cloud: string, more = ""): string =>
      entry(`cloud_of() { echo ${cloud}; }; ${more}`, "want_plugins_of dev", "echo $plugins").printed.trim();
    assert.equal(wanted("local"), "command");
    assert.equal(wanted("elsewhere"), "command");
    assert.equal(wanted("openstack"), "command openstack");
    assert.equal(wanted("local", "command=test tier=plugin"), "command openstack");
    assert.equal(wanted("local", "command=test tier=unit"), "command");
  });

  it("are built where they cannot be downloaded, once for all checkouts with these sources", () => {
    const built = entry(openstack, "need_plugin");
    assert.equal(built.code, 0, built.printed);
    assert.match(
      built.printed,
      /^tried openstack plugin 3\.15\.2 \(download\)\nbrought openstack plugin 3\.15\.2 \(built[^\n]*\nchanged helper\/retry\/state\.go of [^\n]*plugin-sdk\/v2 by looks\.sed/,
    );
    const hash = readFileSync(installed("origin"), "utf8").trim();
    const program = cached(`plugin-openstack-3.15.2-${hash}`, "pulumi-resource-openstack");
    assert.equal(readlinkSync(installed("pulumi-resource-openstack")), program);

    assert.equal(entry(openstack, "need_plugin").printed, "");
    // Another checkout's has taken its place.
    writeFileSync(installed("origin"), "0123456789ab\n");
    assert.equal(entry(openstack, "need_plugin").printed, "");
    assert.equal(readFileSync(installed("origin"), "utf8").trim(), hash);
  });

  it("are the user's own, where there are official ones", () => {
    const own = join(folder, ".pulumi/plugins/resource-openstack-v3.15.2");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "pulumi-resource-openstack"), "#!/bin/sh\n# official\n");
    chmodSync(join(own, "pulumi-resource-openstack"), 0o755);
    const { printed, code } = entry('attempt() { step_failed=""; shift 2; "$@"; }', openstack, "need_plugin");
    assert.equal(code, 0, printed);
    assert.equal(readFileSync(installed("origin"), "utf8"), "official\n");
    assert.match(readFileSync(installed("pulumi-resource-openstack"), "utf8"), /official/);
  });

  it("that cannot be brought are told with what helps", () => {
    const { printed, code } = entry("step() { step_failed=yes; }", openstack, "need_plugin");
    assert.equal(code, 1);
    assert.match(printed, /plugin for openstack resources could neither be downloaded nor built/);
    for (const help of ["HTTPS_PROXY", "GOPROXY", join(folder, ".pulumi/plugins/resource-openstack-v3.15.2")])
      assert.ok(printed.includes(help), help);
    assert.ok(!existsSync(installed("pulumi-resource-openstack")));
  });
});
