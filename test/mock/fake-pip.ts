import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Gives every test of the surrounding `describe` a `python3` of its own, first on PATH, for which `$FAKE_PIP` is a new
 * folder.
 * @param script What it does, in sh.
 * @returns what tells that folder's path
 */
export function withFakePip(script: string): () => string {
  const path = process.env["PATH"] ?? "";
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-pip-"));
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin/python3"), `#!/bin/sh\n${script}`, { mode: 0o755 });
    Object.assign(process.env, { PATH: `${join(folder, "bin")}:${path}`, FAKE_PIP: folder });
  });
  afterEach(() => {
    process.env["PATH"] = path;
    delete process.env["FAKE_PIP"];
    rmSync(folder, { recursive: true });
  });
  return () => folder;
}
