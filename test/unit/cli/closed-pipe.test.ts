import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));

/** Runs a command whose standard output is closed before anything is written to it. */
function withoutReader(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => void (stderr += data.toString()));
  child.stdout.destroy();
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stderr })));
}

describe("a command whose reader has gone", () => {
  for (const args of [["--help"], ["help", "up"], ["list", "--json"]]) {
    it(`${args.join(" ")} ends as if it had been read`, async () => {
      assert.deepEqual(await withoutReader(...args), { code: 0, stderr: "" });
    });
  }
});
