import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { artifactId, downloadSize } from "../../artifacts/locks.ts";
import { diskMistakes } from "../../components/disk-space.ts";
import { artifactFolder, stateFolder } from "../../contract/folders.ts";
import { withStateFolder } from "../mock/state-folder.ts";

describe("space on the operator's own disk", () => {
  withStateFolder();
  const id = artifactId("hadoop", "3.4.2", "maven");
  const artifacts = [{ name: "hadoop", id }];
  const size = Math.ceil(downloadSize(id) / 2 ** 20);

  it("is refused with need and have, folder by folder", () => {
    const found = diskMistakes(artifacts, (folder) => (folder === stateFolder() ? size + 63 : size));
    assert.deepEqual(
      found.map((mistake) => [mistake.path, mistake.found]),
      [["state folder", `disk: need ${size + 64} MiB, have ${size + 63} MiB free in ${stateFolder()}`]],
    );
    assert.deepEqual(
      diskMistakes(artifacts, () => 0).map(({ path }) => path),
      ["state folder", "cache folder"],
    );
    assert.deepEqual(
      diskMistakes(artifacts, () => size + 64),
      [],
    );
  });

  it("needs no more for what is in the store already", () => {
    mkdirSync(join(artifactFolder(), id), { recursive: true });
    assert.deepEqual(
      diskMistakes(artifacts, () => 64),
      [],
    );
    assert.match(diskMistakes(artifacts, () => 63)[0]?.found ?? "", /need 64 MiB, have 63 MiB/);
  });

  it("is looked at where a folder that is not there yet will be", () => assert.deepEqual(diskMistakes([]), []));
});
