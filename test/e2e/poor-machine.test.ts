import assert from "node:assert/strict";
import { execFile } from "node:child_process";
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
import { promisify } from "node:util";
import { asRoot } from "../../components/clouds/local/process.ts";
import { Checkout, expectCode } from "./checkout.ts";

const run = promisify(execFile);

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
    // A terminal on which "n" is typed.
    const program = [
      "import os, pty, sys",
      "pid, terminal = pty.fork()",
      "if pid == 0: os.execvp('./muster', ['./muster', 'up', '--stack', sys.argv[1]])",
      "told = b''",
      "try:",
      "    while part := os.read(terminal, 4096):",
      "        told += part",
      "        if told.endswith(b'[Y/n] '): os.write(terminal, b'n\\n')",
      "except OSError: pass # the terminal's other end is closed",
      "print(told.decode())",
      "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
    ];
    const env = {
      PATH,
      HOME: checkout.path("..", "home"),
      XDG_STATE_HOME: checkout.path("..", "home", "state"),
      XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "", ".cache"),
      LANG: "C.UTF-8",
    };
    const asked = run("python3", ["-c", program.join("\n"), name], { cwd: checkout.path(), env, timeout: 30_000 });
    const { code, stdout } = await asked.then(
      (done) => ({ code: 0, ...done }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    assert.equal(code, 2, stdout);
    assert.match(stdout, /installs with apt: .*\bpodman\b/);
    assert.match(stdout, /nothing was installed/);
    assert.ok(!existsSync(called));
  });

  it("disk: is told what is needed and what there is, and nothing is made", async () => {
    const folder = checkout.path("..", "tiny");
    mkdirSync(folder);
    const asAdministrator = (...argv: string[]) => {
      const [program = "", ...args] = asRoot(argv);
      return run(program, args);
    };
    await asAdministrator(
      "mount",
      "-t",
      "tmpfs",
      "-o",
      `size=4m,mode=700,uid=${process.getuid?.() ?? 0}`,
      "muster",
      folder,
    );
    try {
      const printed = await checkout.musterWith({ XDG_STATE_HOME: folder }, "up", "--stack", name);
      const { stderr } = expectCode(printed, 2);
      assert.match(stderr, /1 mistake, nothing was made/);
      assert.match(stderr, new RegExp(`disk: need \\d{2,} MiB, have [0-4] MiB free in ${folder}/muster`));
      assert.ok(!existsSync(join(folder, "muster/clusters")));
    } finally {
      await asAdministrator("umount", folder);
    }
  });
});
