import assert from "node:assert/strict";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Checkout, expectCode } from "./checkout.ts";
import { SmallDisk } from "./small-disk.ts";
import { Terminal } from "./terminal.ts";

/** Where programs of ours may come from; those of the folders that the entry adds by itself stay in sight. */
const SYSTEM = ["/usr/bin", "/bin"];

describe("a machine that lacks something", function () {
  this.timeout(60_000);
  const checkout = new Checkout();
  const { name } = checkout;
  before(() => checkout.writeStack(name, `config:\n  muster:clusters:\n    - { name: ${name} }\n`));
  after(() => checkout.remove());

  /** A PATH like this machine's, without some programs, and with others in their place. */
  function pathWithout(missing: readonly string[], instead: Record<string, string> = {}): string {
    const folder = checkout.path("..", `programs-${missing.join("-")}`);
    mkdirSync(folder);
    for (const from of [...new Set([...(process.env["PATH"] ?? "").split(":"), ...SYSTEM])].filter(existsSync)) {
      for (const program of readdirSync(from)) {
        const left = join(folder, program);
        if (missing.includes(program) || program in instead || existsSync(left)) continue;
        try {
          accessSync(join(from, program), constants.X_OK);
          symlinkSync(join(from, program), left);
        } catch {
          // No program, or a link that leads nowhere.
        }
      }
    }
    for (const [program, text] of Object.entries(instead)) {
      writeFileSync(join(folder, program), text);
      chmodSync(join(folder, program), 0o755);
    }
    return folder;
  }

  it("podman, and nothing to install it with: is told what to install", async () => {
    const PATH = pathWithout(["podman", "apt-get"]);
    const { stderr } = expectCode(await checkout.musterWith({ PATH }, "up", "--stack", name), 2);
    assert.match(stderr, /no apt here to install them with/);
    assert.match(stderr, /^ .*\bpodman\b/m);
  });

  it("podman, and its owner does not want it installed: nothing is", async () => {
    const called = checkout.path("..", "apt-was-called");
    const PATH = pathWithout(["podman"], { "apt-get": `#!/bin/sh\ntouch ${called}\n` });
    const terminal = new Terminal(["./muster", "up", "--stack", name], {
      cwd: checkout.path(),
      env: { ...checkout.variables(), PATH },
    });
    let over = false;
    const ended = terminal.ended.finally(() => void (over = true));
    while (!over && !terminal.shown.endsWith("[Y/n] ")) await pause(50);
    terminal.type("n\n");
    const code = await ended;
    const stdout = terminal.shown;
    assert.equal(code, 2, stdout);
    assert.match(stdout, /installs with apt: .*\bpodman\b/);
    assert.match(stdout, /nothing was installed/);
    assert.ok(!existsSync(called));
  });

  it("disk: is told what is needed and what there is, and nothing is made", async () => {
    const folder = checkout.path("..", "tiny");
    const disk = new SmallDisk(folder, 4);
    try {
      const printed = await checkout.musterWith({ XDG_STATE_HOME: folder }, "up", "--stack", name);
      const { stderr } = expectCode(printed, 2);
      assert.match(stderr, /1 mistake, nothing was made/);
      assert.match(stderr, new RegExp(`disk: need \\d{2,} MiB, have [0-4] MiB free in ${folder}/muster`));
      assert.ok(!existsSync(join(folder, "muster/clusters")));
    } finally {
      disk.unmount();
    }
  });
});
