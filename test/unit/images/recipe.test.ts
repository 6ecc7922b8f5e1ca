import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bakedName, storedName, TEMPLATE } from "../../../components/clouds/local/image-name.ts";
import { PROJECT } from "../../../components/images/content.ts";
import { installParts, readVersions, recipeHash, versionsOf } from "../../../components/images/recipe.ts";

const java = { java: 17 };

describe("what a baked image is named by", () => {
  let copy = "";
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  };
  const change = (path: string): void => write(path, `${readFileSync(join(copy, path), "utf8")}\n# changed\n`);

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "muster-image-"));
    for (const part of ["images", "roles", "runner/node/bin"]) {
      cpSync(join(PROJECT, part), join(copy, part), { recursive: true });
    }
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  it("is the same for the same content elsewhere", () => {
    assert.equal(bakedName(java, copy), bakedName(java));
    assert.match(bakedName(java), /^localhost\/muster\/baked:debian-12-[0-9a-f]{12}$/);
  });

  const counted = [
    TEMPLATE,
    "images/baked/install",
    "images/local/finish",
    "roles/install.yml",
    "roles/kit.lock.json",
    "roles/plugins/action/muster_files.py",
    "roles/java/vars/packages.yml",
    "roles/hadoop/tasks/install.yml",
    "roles/hadoop/templates/hadoop/opt/hadoop/libexec/launch",
    "runner/node/bin/install",
  ];
  for (const path of counted) {
    it(`changes with ${path}`, () => {
      change(path);
      assert.notEqual(bakedName(java, copy), bakedName(java));
    });
  }

  const uncounted = [
    "roles/site.yml",
    "roles/hadoop/tasks/configure.yml",
    "roles/hadoop/defaults/main.yml",
    "roles/base/templates/sudoers/muster.j2",
    "roles/hdfs/templates/site.xml",
    "runner/node/bin/prepare",
    "images/baked/openstack.pkr.hcl",
  ];
  for (const path of uncounted) {
    it(`stays when ${path} changes, which only configures`, () => {
      if (path.startsWith("images/")) write(path, "# another cloud's\n");
      else change(path);
      assert.equal(bakedName(java, copy), bakedName(java));
    });
  }

  it("changes with what it is made of, and with versions", () => {
    const hash = (base: string, versions = java): string => recipeHash(TEMPLATE, base, versions, copy);
    assert.equal(hash("a"), hash("a"));
    assert.notEqual(hash("a"), hash("b"));
    assert.notEqual(hash("a"), hash("a", { java: 21 }));
  });

  it("covers a role that comes along, with the trees that its tasks name", () => {
    write("roles/made-up/tasks/install.yml", "- name: Write\n  muster_files:\n    src: programs\n    dest: /\n");
    write("roles/made-up/templates/programs/usr/bin/x", "x");
    write("roles/made-up/templates/settings/etc/x", "x");
    assert.deepEqual(
      installParts(copy).filter((path) => path.includes("made-up")),
      ["roles/made-up/tasks/install.yml", "roles/made-up/templates/programs/usr/bin/x"],
    );
    assert.notEqual(bakedName(java, copy), bakedName(java));
  });
});

describe("versions of what is installed", () => {
  it("are those that install parts read, and can be handed on as text", () => {
    const versions = versionsOf({ versions: { hadoop: "3.4.2", java: 17 } });
    assert.deepEqual(versions, java);
    assert.deepEqual(readVersions(JSON.stringify(versions)), java);
    assert.throws(() => readVersions('{"java":"17"}'));
  });
});

describe("a person's name of an image", () => {
  const stored = ["localhost/mine:latest", "localhost/mine:2", "registry.example/other:1", "plain:latest"];
  const table: [string, string | undefined][] = [
    ["mine", "localhost/mine:latest"],
    ["mine:2", "localhost/mine:2"],
    ["localhost/mine:2", "localhost/mine:2"],
    ["registry.example/other:1", "registry.example/other:1"],
    ["plain", "plain:latest"],
    ["mine:3", undefined],
    ["other:1", undefined],
  ];
  for (const [wanted, found] of table) {
    it(`${wanted} is ${found ?? "none of them"}`, () => assert.equal(storedName(wanted, stored), found));
  }
});
