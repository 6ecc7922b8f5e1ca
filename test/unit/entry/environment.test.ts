import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const home = join(import.meta.dirname, "../../..");

describe("the environment that the entry sets", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What a command prints that runs in what `./muster env` printed. */
  function printedIn(variables: Record<string, string>, command: string): string {
    const script = [
      "set -eu; stack=lab engine_folder=/engine; administrator_path=/sbin; pulumi_home=/pulumi-home",
      ...["folders", "environment"].map((part) => `. "$MUSTER_HOME/tools/${part}.sh"`),
      "printed=$(set_environment && print_environment)",
      'eval "$printed"',
      command,
    ];
    const env = {
      PATH: process.env["PATH"],
      HOME: folder,
      MUSTER_HOME: home,
      MUSTER_NODE: process.execPath,
      ...variables,
    };
    return execFileSync("sh", ["-c", script.join("\n")], { env, encoding: "utf8" });
  }

  it("has Node keep what it compiled in the cache", () => {
    const program = join(home, "cli/exit.ts");
    printedIn({}, `"$MUSTER_NODE" --disable-warning=ExperimentalWarning "${program}"`);
    assert.notDeepEqual(readdirSync(join(folder, ".cache/muster/compiled")), []);
  });

  it("leaves what the user chose", () => {
    const chosen = {
      PULUMI_BACKEND_URL: "file:///their own",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/their/file",
      NODE_COMPILE_CACHE: "/their/cache",
    };
    const command = Object.keys(chosen)
      .map((name) => `echo "$${name}"`)
      .join("\n");
    assert.deepEqual(printedIn(chosen, command).trim().split("\n"), Object.values(chosen));
  });

  it("says where the stack's ways in are, and nothing of what is in them", () => {
    assert.equal(printedIn({}, 'echo "${MUSTER_VPN-none}"'), "none\n");
    const clusters = join(folder, ".local/state/muster/clusters");
    for (const id of ["muster.lab.one", "muster.lab.two", "muster.lab.x.one", "muster.collab.one"]) {
      mkdirSync(join(clusters, id, "vpn"), { recursive: true });
      writeFileSync(join(clusters, id, "vpn/one.conf"), "PrivateKey = hunter2\n");
    }
    mkdirSync(join(clusters, "muster.lab.three/vpn"), { recursive: true });
    const wanted = ["one", "two"].map((name) => join(clusters, `muster.lab.${name}/vpn/one.conf`));
    assert.equal(printedIn({}, 'echo "$MUSTER_VPN"'), `${wanted.join(":")}\n`);
  });
});
