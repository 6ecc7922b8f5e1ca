import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const home = join(import.meta.dirname, "../../..");

describe("the version", () => {
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  let path = "";
  before(() => {
    path = mkdtempSync(join(tmpdir(), "muster-engine-"));
    writeFileSync(join(path, "pulumi"), "#!/bin/sh\n[ $1 = version ] && echo v3.999.0\n", { mode: 0o755 });
  });
  after(() => rmSync(path, { recursive: true }));

  const said = (word: string, PATH: string): string =>
    execFileSync(process.execPath, [join(home, "cli/main.ts"), word], {
      env: { ...process.env, PATH, MUSTER_HOME: home },
      stdio: ["ignore", "pipe", "ignore"],
      encoding: "utf8",
    });

  for (const word of ["--version", "-V"])
    it(`is told for ${word}, with the engine's`, () =>
      assert.equal(said(word, `${path}:/usr/bin:/bin`), `muster ${version}\npulumi 3.999.0\n`));

  it("is told where there is no engine yet, and that there is none", () =>
    assert.equal(said("-V", "/nowhere"), `muster ${version}\npulumi not here yet, \`./muster up\` brings it\n`));
});
