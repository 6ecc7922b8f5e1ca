import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artifactId, lockOf, type WheelsLock } from "../../../artifacts/locks.ts";
import { resolveRequirements } from "../../../runner/wheels/resolve.ts";
import { wheelFile } from "../../../runner/wheels/wheels.ts";
import { withFakePip } from "../../mock/fake-pip.ts";

const base = lockOf(artifactId("python-packages", "3.11", "wheels")) as WheelsLock;

/** `download` answers with files, or a refusal, that the test put into its folder. */
const PIP = `
[ "$1" = -c ] && { echo 1000; exit; }
[ "$3" = --version ] && exit 0
printf '%s\\n' "$@" >$FAKE_PIP/asked
[ -e $FAKE_PIP/refusal ] && { cat $FAKE_PIP/refusal; exit 1; }
while [ "$1" != --dest ]; do shift; done
cp $2/constraints.txt $FAKE_PIP
cp $FAKE_PIP/index/* $2
`;

describe("requirements, as pip resolves them", () => {
  const pip = withFakePip(PIP);
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-wheels-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const resolve = () => resolveRequirements("/project/requirements.txt", base, folder, ["-i https://example.org"]);

  it("come beside the locked set, for its Python and machines, in versions that go with it", async () => {
    const index = join(pip(), "index");
    mkdirSync(index);
    writeFileSync(join(index, "Ours_Too-1.0-py3-none-any.whl"), "ours");
    writeFileSync(join(index, "numpy-2.4.6-cp311-cp311-manylinux2014_x86_64.whl"), "locked already");
    const lock = await resolve();
    const ours = lock.wheels.filter(({ name }) => !base.wheels.some((wheel) => wheel.name === name));
    assert.deepEqual(
      ours.map(({ name, version, size }) => [name, version, size]),
      [["ours-too", "1.0", 4]],
    );
    assert.equal(lock.wheels.length, base.wheels.length + 1);
    assert.deepEqual([lock.unpacked - base.unpacked, lock.indexes], [1300, ["-i https://example.org"]]);
    assert.ok(ours[0] !== undefined && existsSync(wheelFile(folder, ours[0])));
    const asked = readFileSync(join(pip(), "asked"), "utf8");
    assert.match(asked, /--python-version\n3\.11\n[^]*--platform\nmanylinux_2_28_x86_64\n/);
    assert.match(readFileSync(join(pip(), "constraints.txt"), "utf8"), /^numpy==2\.4\.6$/m);
    assert.equal(readdirSync(folder).length, 1, "no draft stays");
  });

  it("that conflict are told by who wants what", async () => {
    const refusal = `ERROR: Cannot install numpy<2 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested numpy<2
    The user requested (constraint) numpy==2.4.6

To fix this you could try to:
`;
    writeFileSync(join(pip(), "refusal"), refusal);
    await assert.rejects(resolve(), { message: "The user requested numpy<2; the locked set has numpy==2.4.6" });
    assert.deepEqual(readdirSync(folder), []);
  });
});
