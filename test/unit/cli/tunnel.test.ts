import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { givenJob } from "./given.ts";

const tunnelModule = new URL("../../../cli/commands/tunnel.ts", import.meta.url).href;

/** Two web pages on one node and one on another. */
const job = {
  ...givenJob,
  endpoints: {
    namenode: "http://dev-master-1.dev.internal:9870",
    scheduler: "http://dev-master-1.dev.internal:8088",
    datanode: "http://dev-worker-1.dev.internal:9864",
  },
};

describe("the tunnel to web pages", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Starts the tunnel in a process of its own, with an `ssh` that writes down how it was called. */
  function start(ssh: string) {
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\necho "$*" >>${folder}/calls\n${ssh}\n`);
    chmodSync(join(folder, "ssh"), 0o755);
    const cluster = { project: "muster", stack: "lab", cluster: "dev", id: "muster.lab.dev" };
    const program = [
      `import { tunnel } from ${JSON.stringify(tunnelModule)};`,
      `const code = await tunnel(${JSON.stringify(cluster)}, ${JSON.stringify(job)}, () => undefined)`,
      ".catch((error) => { console.error(error.message); return 1; });",
      "process.exitCode = code;",
    ];
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    const child = spawn(process.execPath, ["--input-type=module", "-e", program.join("\n")], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const collect = (data: Buffer): void => void (text += data.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, text })),
    );
    return { child, ended };
  }

  it("takes a port for each page that nobody has, and ends with Ctrl-C as it should", async () => {
    const { child, ended } = start("exec sleep 20");
    const calls = join(folder, "calls");
    while (!existsSync(calls) || readFileSync(calls, "utf8").trim().split("\n").length < 2) await pause(50);
    const ports = [...readFileSync(calls, "utf8").matchAll(/127\.0\.0\.1:(\d+):/g)].map(([, port]) => Number(port));
    assert.equal(new Set(ports).size, 3);
    for (const port of ports) {
      const server = createServer().listen(port, "127.0.0.1");
      await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
      await new Promise((resolve) => server.close(resolve));
    }
    child.kill("SIGINT");
    // At a terminal both get it; this `ssh` is not of the terminal's group.
    for (const pid of readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ")) {
      process.kill(Number(pid), "SIGINT");
    }
    const { code, text } = await ended;
    assert.deepEqual([code, text.includes("by itself")], [0, false], text);
  });

  it("fails when a port was taken in between, in ssh's words", async () => {
    const { ended } = start("echo 'bind [127.0.0.1]: Address already in use' >&2; exit 255");
    const { code, text } = await ended;
    assert.equal(code, 1);
    assert.match(text, /Address already in use[\s\S]*the tunnel ended by itself/);
  });
});
