import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bake } from "../../../components/images/bake.ts";
import type { Baker } from "../../../components/images/images.ts";
import type { Packer } from "../../../components/images/packer.ts";
import { inTurn } from "../../../contract/turn.ts";

const versions = { java: 17 };

/** A cloud with room for one image, which its Packer writes into a file. */
class OneImage implements Baker {
  readonly name = "cloud/baked:1";
  readonly template = "images/baked/local.pkr.hcl";
  readonly folder: string;
  cleared = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  path = (name: string): string => join(this.folder, name);
  find = () => Promise.resolve(existsSync(this.path("image")) ? "id-1" : undefined);
  inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => inTurn(this.path("turn"), work);
  prepare = () => Promise.resolve({ variables: { base: "a base" }, environment: { PLACE: this.folder } });

  clear(): Promise<void> {
    this.cleared += 1;
    rmSync(this.path("half"), { force: true });
    return Promise.resolve();
  }
}

describe("the baking of an image", function () {
  this.timeout(60_000);
  const before = { ...process.env };
  let image: OneImage;

  /** A program at a place; what it does is a shell's. */
  function program(name: string, ...lines: string[]): string {
    const file = image.path(name);
    writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"));
    chmodSync(file, 0o755);
    return file;
  }

  const packer = (...lines: string[]): { bring: () => Promise<Packer> } => {
    const found = { program: program("packer", ...lines), plugins: image.path("plugins") };
    return { bring: () => Promise.resolve(found) };
  };
  const counting = 'echo run >>"$PLACE/runs"';
  const runs = (): number =>
    existsSync(image.path("runs")) ? readFileSync(image.path("runs"), "utf8").trimEnd().split("\n").length : 0;

  beforeEach(() => {
    image = new OneImage(mkdtempSync(join(tmpdir(), "muster-bake-")));
    for (const name of ["cache", "state", "bin"]) mkdirSync(image.path(name));
    program("bin/muster-runner", 'echo \'{"sha":"b1","path":"/bundle.tar.gz"}\'');
    Object.assign(process.env, {
      XDG_CACHE_HOME: image.path("cache"),
      XDG_STATE_HOME: image.path("state"),
      PATH: `${image.path("bin")}:${before["PATH"]}`,
    });
  });
  afterEach(() => {
    rmSync(image.folder, { recursive: true });
    for (const name of ["XDG_CACHE_HOME", "XDG_STATE_HOME", "PATH"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });

  it("finds one that is there, and asks for no Packer", async () => {
    writeFileSync(image.path("image"), "");
    const bring = () => Promise.reject(new Error("nobody needs it"));
    assert.deepEqual(await bake(image, versions, { bring }), { image: "id-1", made: false });
  });

  it("hands Packer the cloud's variables, the bundle and the versions, and leaves nothing of its own", async () => {
    const how = packer('for word; do last=$word; done; cp "${3#-var-file=}" "$PLACE/variables"; : >"$PLACE/image"');
    assert.deepEqual(await bake(image, versions, how), { image: "id-1", made: true });
    assert.deepEqual(JSON.parse(readFileSync(image.path("variables"), "utf8")), {
      base: "a base",
      bundle: "/bundle.tar.gz",
      bundle_name: "b1",
      versions: '{"java":17}',
    });
    assert.equal(image.cleared, 2);
    assert.deepEqual(readdirSync(image.path("cache/muster/scratch")), []);
  });

  it("is done once, whoever else wants the same at the same time", async () => {
    const how = packer(counting, 'sleep 0.3; : >"$PLACE/image"');
    const all = await Promise.all([1, 2, 3].map(() => bake(image, versions, how)));
    assert.equal(runs(), 1);
    assert.deepEqual(all.map(({ made }) => made).sort(), [false, false, true]);
  });

  it("names what failed, where the whole story is, and leaves no half image", async () => {
    const how = packer(
      ': >"$PLACE/half"',
      'echo "==> docker.host: Starting docker container..."',
      'echo "    docker.host: install: java: Install the Java runtime: apt-get install: E: no such package"',
      'echo "==> docker.host: Killing the container: 1"',
      `echo "Build 'docker.host' errored after 1 second: Script exited with non-zero exit status: 1"`,
      "exit 1",
    );
    const failure = await bake(image, versions, how).catch((error: unknown) => error as Error);
    assert.ok(failure instanceof Error);
    const [first, second = ""] = failure.message.split("\n");
    assert.equal(
      first,
      "images/baked/local.pkr.hcl: install: java: Install the Java runtime: apt-get install: E: no such package",
    );
    assert.match(readFileSync(second.replace("The whole log: ", ""), "utf8"), /Killing the container/);
    assert.ok(!existsSync(image.path("half")));
  });

  it("begins again after a failure", async () => {
    await assert.rejects(bake(image, versions, packer("exit 1")), /it said nothing/);
    assert.equal((await bake(image, versions, packer(': >"$PLACE/image"'))).made, true);
  });

  it("does not believe a Packer that says it is done when nothing is there", async () => {
    await assert.rejects(bake(image, versions, packer("exit 0")), /said that it made cloud\/baked:1, but it is not/);
  });

  it("lets Packer clean up when it is stopped, and takes away the rest", async () => {
    const how = packer(
      `trap 'echo interrupted >"$PLACE/told"; exit 1' TERM`,
      ': >"$PLACE/half"',
      "while :; do sleep 0.1; done",
    );
    const stopping = new AbortController();
    const baking = bake(image, versions, { ...how, signal: stopping.signal });
    const refused = assert.rejects(baking, /stopped by somebody/);
    while (!existsSync(image.path("half"))) await pause(20);
    stopping.abort(new Error("stopped by somebody"));
    await refused;
    assert.equal(readFileSync(image.path("told"), "utf8"), "interrupted\n");
    assert.ok(!existsSync(image.path("half")));
  });
});
