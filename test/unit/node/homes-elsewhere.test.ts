import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const node = join(import.meta.dirname, "../../../runner/node");

/** Asks the agent's program about a home, with mounts of its own. */
const PROGRAM = `
import sys, types
state = types.ModuleType("muster_state")
state.CONFIG, state.STATE = "/etc/muster", "/var/lib/muster"
state.text_of = lambda path: sys.argv[3]
sys.modules["muster_state"] = state
sys.path.insert(0, sys.argv[1])
import trust
print(trust.is_elsewhere(sys.argv[2]))
`;

describe("a home whose keys are another node's business", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-homes-"));
    mkdirSync(join(folder, "own"));
    symlinkSync("/nfs/home/ada", join(folder, "link"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const isElsewhere = (home: string, ...mounts: string[]): boolean => {
    const argv = ["-IB", "-c", PROGRAM, node, join(folder, home), ["/dev/vda / ext4 rw 0 0", ...mounts].join("\n")];
    return execFileSync("python3", argv, { encoding: "utf8" }).trim() === "True";
  };

  it("leads to another machine's disk, mounted or yet to be mounted, and is not looked at", () => {
    assert.equal(isElsewhere("link", "systemd-1 /nfs/home autofs rw 0 0"), true);
    assert.equal(
      isElsewhere("link", "systemd-1 /nfs/home autofs rw 0 0", "h:/data/nfs/home /nfs/home nfs4 rw 0 0"),
      true,
    );
  });

  it("is not a folder of the node itself, nor a link to a disk of its own", () => {
    assert.equal(isElsewhere("own", "systemd-1 /nfs/home autofs rw 0 0"), false);
    assert.equal(isElsewhere("link"), false);
    assert.equal(isElsewhere("link", "/dev/vdb /nfs/home ext4 rw 0 0", "h:/x /nfs/homestead nfs4 rw 0 0"), false);
  });
});
