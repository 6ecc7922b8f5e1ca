import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const main = join(import.meta.dirname, "../../../components/clouds/local/main.ts");

describe("a cancelled command of the local cloud", function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), "muster-cancelled-"));
  after(() => rmSync(folder, { recursive: true }));

  it("ends the long making of an image, although only its shell is killed", async () => {
    const fetching = join(folder, "fetching");
    // A podman without any image, whose registry never answers.
    const podman = `#!/bin/sh\ncase "$*" in *pull*) touch ${fetching}; sleep 300 ;; *) exit 1 ;; esac\n`;
    writeFileSync(join(folder, "podman"), podman);
    writeFileSync(join(folder, "mmdebstrap"), "#!/bin/sh\nexit 1\n");
    for (const program of ["podman", "mmdebstrap"]) chmodSync(join(folder, program), 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}`, XDG_STATE_HOME: folder };
    // As the engine's plug-in does it: a shell that waits for the program.
    const shell = spawn("sh", ["-c", `"${process.execPath}" "${main}" image ensure; exit`], { env, stdio: "pipe" });
    const ended = new Promise<void>((resolve) => shell.once("close", () => resolve()));
    while (!existsSync(fetching)) await pause(50);
    shell.kill("SIGKILL");
    // Closed when everybody who writes to it is gone.
    const late = pause(15_000).then(() => assert.fail("it goes on"));
    await Promise.race([ended, late]);
  });
});
