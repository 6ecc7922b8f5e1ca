import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TarballLock } from "../../../artifacts/locks.ts";
import { ensureArtifact, hasArtifact } from "../../../runner/artifacts/index.ts";

describe("an artifact from an official release", () => {
  let folder: string;
  let server: Server;
  let requests: string[];
  /** What the server does with the n-th request; default: sends the whole file. */
  let answers: ("whole" | "truncated" | "wrong" | "missing" | "half, then dies")[];
  let tarball: Buffer;
  const id = "thing-1-abc";

  before(() => {
    const made = mkdtempSync(join(tmpdir(), "muster-release-"));
    const share = join(made, "thing-1/share/hadoop");
    const files = {
      "common/a-1.jar": "a",
      "common/lib/b-1.jar": "b",
      "hdfs/lib/b-1.jar": "b",
      "common/a-1-tests.jar": "t",
      "hdfs/webapps/hdfs/index.html": "page",
      "tools/lib/hadoop-distcp-1.0.jar": "d",
      "tools/lib/bundle-2.jar": "cloud",
      "../doc/x.html": "doc",
    };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(share, path, ".."), { recursive: true });
      writeFileSync(join(share, path), content, { mode: 0o600 });
    }
    // Something that does not compress away, so that half of it is not all of it.
    writeFileSync(
      join(share, "common/big-1.jar"),
      Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7919 * (n >> 3)) & 255)),
    );
    execFileSync("tar", ["-czf", join(made, "t.tgz"), "-C", made, "thing-1"]);
    tarball = readFileSync(join(made, "t.tgz"));
    rmSync(made, { recursive: true });
  });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "muster-artifact-"));
    requests = [];
    answers = [];
    server = createServer((request, response) => {
      requests.push(`${request.url} ${request.headers.range ?? ""}`.trim());
      const answer = answers.shift() ?? "whole";
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      if (answer === "missing") return void response.writeHead(404).end();
      const body =
        answer === "wrong"
          ? Buffer.alloc(tarball.length, 1)
          : answer === "truncated"
            ? tarball.subarray(0, 1000)
            : tarball.subarray(from);
      response.writeHead(from > 0 && answer === "whole" ? 206 : 200, {
        "content-length": answer === "truncated" ? 1000 : body.length,
      });
      if (answer !== "half, then dies") return void response.end(body);
      response.write(body.subarray(0, body.length / 2), () => setTimeout(() => response.destroy(), 50));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const url = (path = "one") => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
  const lock = (urls: string[]): TarballLock => ({
    name: "thing",
    version: "1",
    from: "tarball",
    urls,
    size: tarball.length,
    sha512: createHash("sha512").update(tarball).digest("hex"),
  });
  const ensure = (urls = [url()], signal?: AbortSignal) =>
    ensureArtifact(id, signal, { store: join(folder, "store"), cache: join(folder, "cache"), lock: lock(urls) });
  const names = () => readdirSync(join(folder, "store"));

  it("is laid out flat, readable by everybody, without documentation, tests and jars for clouds", async () => {
    const { path } = await ensure();
    assert.deepEqual(readdirSync(join(path, "lib")).sort(), [
      "a-1.jar",
      "b-1.jar",
      "big-1.jar",
      "hadoop-distcp-1.0.jar",
    ]);
    assert.equal(readFileSync(join(path, "web/webapps/hdfs/index.html"), "utf8"), "page");
    assert.equal(statSync(path).mode & 0o777, 0o755);
    assert.equal(statSync(join(path, "lib/a-1.jar")).mode & 0o777, 0o644);
    assert.deepEqual(readdirSync(join(path, "share")), ["hadoop"]);
    assert.deepEqual(names(), [id]);
  });

  it("is fetched once, also by several at once", async () => {
    await Promise.all([ensure(), ensure(), ensure()]);
    await ensure();
    assert.deepEqual(requests, ["/one"]);
  });

  for (const damage of ["truncated", "wrong"] as const)
    it(`that comes ${damage} is fetched again once`, async () => {
      answers = [damage];
      await ensure();
      assert.equal(requests.length, 2);
    });

  it("that comes wrong twice is refused by name, and nothing is left that could be believed", async () => {
    answers = ["wrong", "wrong"];
    await assert.rejects(ensure(), /thing-1\.tar\.gz has sha512 .*must have .*fetched twice[\s\S]*hadoopFrom: maven/);
    assert.deepEqual(names(), []);
    await ensure();
  });

  it("comes from the next place when the first has it not", async () => {
    answers = ["missing"];
    await ensure([url("one"), url("two")]);
    assert.deepEqual(requests, ["/one", "/two"]);
  });

  it("says quickly which places do not answer", async () => {
    const dead = "http://127.0.0.1:9/x";
    await assert.rejects(ensure([dead]), /thing 1 could not be fetched[\s\S]*127\.0\.0\.1:9\/x: /);
  });

  it("goes on where an interrupted download ended", async () => {
    answers = ["half, then dies"];
    await assert.rejects(ensure());
    await ensure();
    assert.match(requests[1] ?? "", /^\/one bytes=\d+-$/);
  });

  it("is made again when one of its files was damaged or is gone", async () => {
    const { path } = await ensure();
    truncateSync(join(path, "lib/big-1.jar"), 10);
    assert.equal(await hasArtifact(id, join(folder, "store")), false);
    await ensure();
    assert.equal(statSync(join(path, "lib/big-1.jar")).size, 300_000);
    rmSync(join(path, "web"), { recursive: true });
    await ensure();
    assert.equal(readFileSync(join(path, "web/webapps/hdfs/index.html"), "utf8"), "page");
    assert.deepEqual(requests, ["/one"]);
    assert.deepEqual(names(), [id]);
  });

  it("that was damaged stays until a whole one takes its place: hosts run from it", async () => {
    const { path } = await ensure();
    truncateSync(join(path, "lib/big-1.jar"), 10);
    rmSync(join(folder, "cache"), { recursive: true });
    const hosts: boolean[] = [];
    answers = ["truncated"];
    server.on("request", () => hosts.push(existsSync(join(path, "lib/a-1.jar"))));
    await ensure();
    assert.deepEqual(hosts, [true, true]);
    assert.equal(statSync(join(path, "lib/big-1.jar")).size, 300_000);
    assert.deepEqual(names(), [id]);
  });

  it("is made again when a file changed without changing its size", async () => {
    const { path } = await ensure();
    const file = join(path, "lib/big-1.jar");
    const bytes = readFileSync(file);
    bytes[150_000] = (bytes[150_000] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await ensure();
    assert.notDeepEqual(readFileSync(file), bytes);
  });

  it("whose unpacking is killed at any moment is never believed half", async () => {
    await ensure();
    rmSync(join(folder, "store"), { recursive: true });
    const main = join(import.meta.dirname, "../../../runner/artifacts/index.ts");
    const places = { store: join(folder, "store"), cache: join(folder, "cache"), lock: lock([]) };
    const program = `import { ensureArtifact } from ${JSON.stringify(main)};
      process.stdout.write("up");
      await ensureArtifact(${JSON.stringify(id)}, undefined, ${JSON.stringify(places)});`;
    let killed = 0;
    for (let wait = 0; ; wait += 40) {
      const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const code = new Promise<number | null>((resolve) => child.once("close", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await pause(wait);
      child.kill("SIGKILL");
      if ((await code) === 0) break;
      killed += 1;
      const there = existsSync(join(folder, "store", id));
      if (there) assert.equal(await hasArtifact(id, join(folder, "store")), true, `killed after ${wait} ms`);
    }
    assert.ok(killed > 1, `${killed} kills`);
    const { path } = await ensure();
    assert.equal(statSync(join(path, "lib/big-1.jar")).size, 300_000);
    assert.deepEqual(names(), [id]);
  }).timeout(60_000);

  it("in the cache is not believed when it changed there", async () => {
    const { path } = await ensure();
    rmSync(path, { recursive: true });
    appendFileSync(join(folder, "cache/artifacts/tarballs/thing-1.tar.gz"), "x");
    await ensure();
    assert.equal(requests.length, 2);
  });

  it("is not waited for behind a lock that a dead process left", async () => {
    mkdirSync(join(folder, "store"));
    writeFileSync(join(folder, "store", `.${id}.lock`), `${process.pid} 1 x`);
    mkdirSync(join(folder, "store", `.${id}.new-half`));
    await ensure();
    assert.deepEqual(names(), [id]);
  });

  it("is given up at once when told to", async () => {
    await assert.rejects(ensure([url()], AbortSignal.abort(new Error("stop"))), /stop/);
  });
});
