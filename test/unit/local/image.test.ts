import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyRecipe } from "../../../components/clouds/local/image-build.ts";
import { imageName, recipeFiles } from "../../../components/clouds/local/image-name.ts";
import { PROJECT } from "../../../components/images/content.ts";
import { packagesOf } from "../../../components/clouds/local/image-packages.ts";
import { debianOnly, reachOptions } from "../../../components/clouds/local/machine-apt.ts";
import { foreign } from "../../../components/clouds/local/tags.ts";

describe("the image of hosts", () => {
  it("is named by its recipe, so any change is another name", () => {
    const copy = mkdtempSync(join(tmpdir(), "muster-image-"));
    try {
      for (const file of recipeFiles()) cpSync(join(PROJECT, file), join(copy, file), { recursive: true });
      assert.equal(imageName(copy), imageName());
      assert.match(imageName(), /^localhost\/muster\/host:debian-12-[0-9a-f]{12}$/);
      writeFileSync(join(copy, "images/local/packages.txt"), "systemd\n");
      assert.notEqual(imageName(copy), imageName());
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it("has folders and files that everybody can read, whatever the umask of whoever cloned", () => {
    const copy = mkdtempSync(join(tmpdir(), "muster-image-"));
    const before = process.umask(0o077);
    try {
      const [from, to] = [join(copy, "from"), join(copy, "to")];
      mkdirSync(join(from, "files/etc/ssh"), { recursive: true });
      writeFileSync(join(from, "files/etc/ssh/conf"), "x");
      writeFileSync(join(from, "install"), "x", { mode: 0o700 });
      copyRecipe(from, to);
      const modes = ["files", "files/etc", "files/etc/ssh", "files/etc/ssh/conf", "install"];
      assert.deepEqual(
        modes.map((path) => (statSync(join(to, path)).mode & 0o777).toString(8)),
        ["755", "755", "755", "644", "755"],
      );
    } finally {
      process.umask(before);
      rmSync(copy, { recursive: true });
    }
  });

  it("has its own and the roles' packages, each once", () => {
    const java = 'packages: ["openjdk-{{ java_version }}-jre-headless"]\n';
    const other = "packages: [acl]\npackages_debian: [nftables]\npackages_ubuntu: [other]\n";
    assert.deepEqual(packagesOf("# why\nsudo\nacl # access\n\n", [java, other, ""]), [
      "acl",
      "nftables",
      "openjdk-17-jre-headless",
      "sudo",
    ]);
  });
});

describe("the machine's own way to packages", () => {
  it("is how to reach the network, not what to install", () => {
    const dump = [
      'APT::Install-Recommends "false";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::Languages "none";',
    ].join("\n");
    assert.equal(
      reachOptions(dump),
      'Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::Check-Valid-Until "false";\n',
    );
  });

  const deb822 = (suites: string, components: string, more = ""): string =>
    `Types: deb\nURIs: http://mirror.example/debian\nSuites: ${suites}\nComponents: ${components}${more}`;
  const table: [string, string, boolean, boolean][] = [
    ["the release", deb822("bookworm bookworm-updates", "main"), true, true],
    ["its security updates", deb822("bookworm-security", "main contrib"), true, true],
    ["another release", deb822("trixie", "main"), true, false],
    ["somebody else's packages", deb822("bookworm", "stable"), true, false],
    ["what is switched off", deb822("bookworm", "main", "\nEnabled: no"), true, false],
    ["a line", "deb http://mirror.example/debian bookworm main", false, true],
    ["a commented line", "# deb http://mirror.example/debian bookworm main", false, false],
    ["a line of another system", "deb http://mirror.example/ubuntu noble main", false, false],
  ];
  for (const [name, text, stanzas, taken] of table) {
    it(`${taken ? "takes" : "leaves"} ${name}`, () => {
      assert.equal(debianOnly(text, "bookworm", stanzas), taken ? `${text}\n` : "");
    });
  }
});

describe("what has our name", () => {
  const owner = { clusterId: "p.s.a", uid: "u1" };
  const table: [string, Record<string, string> | null, RegExp | undefined][] = [
    ["is ours", { "muster.cluster": "p.s.a", "muster.uid": "u1" }, undefined],
    ["is ours where no uid was known", { "muster.cluster": "p.s.a", "muster.uid": "" }, undefined],
    ["is not ours without a tag", null, /not made by muster/],
    ["is not ours in another cluster", { "muster.cluster": "p.s.b", "muster.uid": "u1" }, /belongs to cluster p\.s\.b/],
    ["is not ours from an earlier life", { "muster.cluster": "p.s.a", "muster.uid": "u0" }, /uid u0, not u1/],
  ];
  for (const [name, labels, reason] of table) {
    it(name, () => {
      const found = foreign(labels, owner);
      if (reason === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "", reason);
    });
  }
});
