import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const home = join(import.meta.dirname, "../../..");

describe("the folders that the entry makes", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-entry-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The entry up to its folders, under some umask, with nothing in the environment but what is given. */
  function entry(env: Record<string, string>, umask = "022") {
    const parts = ["versions", "folders", "steps"].map((part) => `. "$MUSTER_HOME/tools/${part}.sh"`);
    const script = [
      "set -eu; exec 3>&2; MUSTER_VERBOSE=0",
      `umask ${umask}`,
      ...parts,
      "check_folders",
      'echo "$HOME"',
    ];
    const all = { PATH: process.env["PATH"] ?? "", MUSTER_HOME: home, ...env };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script.join("\n")], { env: all, encoding: "utf8" });
    return { status, stdout: stdout.trim(), stderr };
  }
  const mode = (path: string): string => (statSync(join(folder, path)).mode & 0o777).toString(8);

  for (const name of ["plain", "two words", "Müstèr 日本", "it's", "a;b&c|d", "{x}[y]*,z=~!"])
    it(`are made in "${name}"`, () => {
      const { status, stderr } = entry({ HOME: join(folder, name) });
      assert.equal(status, 0, stderr);
      assert.equal(mode(`${name}/.local/state/muster/passphrase`), "600");
    });

  for (const umask of ["000", "022", "077", "777"])
    it(`are the owner's alone under umask ${umask}, as far as they hold secrets`, () => {
      const root = userInfo().uid === 0;
      const { status, stderr } = entry({ HOME: folder }, umask === "777" && !root ? "077" : umask);
      assert.equal(status, 0, stderr);
      assert.deepEqual([mode(".local/state/muster"), mode(".local/state/muster/passphrase")], ["700", "600"]);
    });

  for (const name of ["a:b", 'a"b', "a\\b", "a$b", "a%b", "a#b", "a?b", "a`b", "a\nb", "a\x1bb"])
    it(`are refused in ${JSON.stringify(name)}, before anything is made`, () => {
      const { status, stderr } = entry({ HOME: folder, XDG_STATE_HOME: join(folder, name) });
      assert.equal(status, 2, stderr);
      assert.match(stderr, /^muster: the folder .*a.b\/muster cannot be used: its path holds one of : " /);
      assert.ok(!existsSync(join(folder, name)) && !existsSync(join(folder, ".cache")));
    });

  it("are the user's own where HOME is not set", () => {
    const places = { XDG_CACHE_HOME: join(folder, "cache"), XDG_STATE_HOME: join(folder, "state") };
    assert.deepEqual(entry(places), { status: 0, stdout: userInfo().homedir, stderr: "" });
  });

  it("that cannot be made are named, with what leads elsewhere", () => {
    writeFileSync(join(folder, "file"), "");
    const cache = entry({ HOME: join(folder, "file") });
    assert.equal(cache.status, 2);
    assert.match(
      cache.stderr,
      /^muster: cannot create directory .*file.*; set XDG_CACHE_HOME to a folder that you may write to\n$/,
    );
    const state = entry({ HOME: folder, XDG_STATE_HOME: join(folder, "file") });
    assert.equal(state.status, 2);
    assert.match(state.stderr, /set XDG_STATE_HOME to/);
  });

  it("are used when they are there, also by who was interrupted between them", () => {
    mkdirSync(join(folder, ".cache/muster/locks"), { recursive: true });
    assert.equal(entry({ HOME: folder }).status, 0);
    assert.equal(entry({ HOME: folder }).status, 0);
    assert.ok(existsSync(join(folder, ".cache/muster/logs")));
  });
});
