import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearEngineDrafts } from "../../../cli/engine/engine-drafts.ts";

describe("what an engine that was killed had not finished writing", () => {
  const state = mkdtempSync(join(tmpdir(), "muster-engine-drafts-"));
  const usual = process.env["XDG_STATE_HOME"];
  before(() => void (process.env["XDG_STATE_HOME"] = state));
  after(() => {
    rmSync(state, { recursive: true });
    if (usual === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = usual;
  });

  it("goes, of this stack alone; what is whole stays", () => {
    const backend = join(state, "muster", "backend", ".pulumi");
    const files = {
      stacks: ["dev.json", "dev.json.bak", "dev.json.18ea05c1cf0d9b64.tmp", "dev.json.attrs.18ea05c1.tmp"],
      others: ["dev.two.json.18ea05c1cf0d9b64.tmp", "devel.json.18ea05c1cf0d9b64.tmp"],
      history: ["dev-1.checkpoint.json", "dev-1.history.json.18ea05c1.tmp"],
    };
    const stacks = join(backend, "stacks", "muster");
    const history = join(backend, "history", "muster", "dev");
    for (const folder of [stacks, history]) mkdirSync(folder, { recursive: true });
    for (const name of [...files.stacks, ...files.others]) writeFileSync(join(stacks, name), "");
    for (const name of files.history) writeFileSync(join(history, name), "");
    clearEngineDrafts("muster", "dev");
    assert.deepEqual(readdirSync(stacks).sort(), ["dev.json", "dev.json.bak", ...files.others].sort());
    assert.deepEqual(readdirSync(history), ["dev-1.checkpoint.json"]);
    clearEngineDrafts("muster", "never-there");
  });
});
