import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mendTornState } from "../../../cli/engine/torn-state.ts";
import { backendFolder } from "../../../cli/engine/engine-locks.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

describe("an engine's state that a full disk tore", () => {
  withStateFolder();
  const path = (...parts: string[]): string => join(backendFolder(), ".pulumi", ...parts);
  const state = () => path("stacks/lab/dev.json");
  const mend = () => mendTornState("lab", "dev");
  /** @param age seconds */
  const write = (text: string, age: number, ...parts: string[]): void => {
    const file = path(...parts);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    utimesSync(file, Date.now() / 1000 - age, Date.now() / 1000 - age);
  };
  const whole = (name: string): string => JSON.stringify({ version: 3, name });
  const torn = whole("now").slice(0, 9);

  it("is left alone while it is whole, and where there is none", () => {
    assert.equal(mend(), undefined);
    write(whole("now"), 0, "stacks/lab/dev.json");
    write(whole("before"), 5, "stacks/lab/dev.json.bak");
    assert.equal(mend(), undefined);
    assert.equal(readFileSync(state(), "utf8"), whole("now"));
  });

  for (const text of ["", torn])
    it(`is again the one before the torn write (${text.length} bytes of it came)`, () => {
      write(text, 0, "stacks/lab/dev.json");
      write(text, 0, "stacks/lab/dev.json.attrs");
      write(whole("before"), 5, "stacks/lab/dev.json.bak");
      write(whole("at the beginning"), 60, "backups/lab/dev/dev.1.json");
      assert.match(
        mend() ?? "",
        /^the engine's state of dev was torn by a full disk; it is again the one of \d\d:\d\d:\d\d$/,
      );
      assert.equal(readFileSync(state(), "utf8"), whole("before"));
      assert.deepEqual(readdirSync(path("stacks/lab")), ["dev.json", "dev.json.bak"]);
      assert.equal(mend(), undefined);
    });

  it("is the newest whole one of those that runs began or ended with, where that one is torn, too", () => {
    write(torn, 0, "stacks/lab/dev.json");
    write(torn, 1, "stacks/lab/dev.json.bak");
    write(torn, 2, "backups/lab/dev/dev.3.json");
    write(whole("second run's end"), 60, "history/lab/dev/dev-2.checkpoint.json");
    write(JSON.stringify({ kind: "update" }), 50, "history/lab/dev/dev-2.history.json");
    write(whole("second run's beginning"), 120, "backups/lab/dev/dev.2.json");
    write(whole("another stack's"), 10, "backups/lab/devel/devel.2.json");
    mend();
    assert.equal(readFileSync(state(), "utf8"), whole("second run's end"));
  });

  it("lies beside, and is told of, where there never was another one", () => {
    write(torn, 0, "stacks/lab/dev.json");
    assert.match(mend() ?? "", /there is no earlier one: it lies beside as dev\.json\.torn/);
    assert.ok(!existsSync(state()));
    assert.equal(readFileSync(`${state()}.torn`, "utf8"), torn);
  });
});
