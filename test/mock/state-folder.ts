import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives every test of the surrounding `describe` an empty state home of its own. Returns what tells its path. */
export function withStateFolder(): () => string {
  let before: string | undefined;
  let folder = "";
  beforeEach(() => {
    before = process.env["XDG_STATE_HOME"];
    folder = mkdtempSync(join(tmpdir(), "muster-test-"));
    process.env["XDG_STATE_HOME"] = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before;
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
