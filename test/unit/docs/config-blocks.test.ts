import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { cloudNames } from "../../../components/clouds/index.ts";
import { readOptions } from "../../../components/clouds/openstack/options.ts";
import type { OwnFile } from "../../../contract/own-content.ts";
import { parseEnvironment } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";

const home = join(import.meta.dirname, "../../..");
const PAGES = ["README.md", "docs/*.md", "examples/*/README.md"];

/** What a block of a page leaves out, by how far it stands in. */
const CLOUD_ONLY = "  muster:clusters: [{ name: lab, adminNetworks: [203.0.113.0/24] }]\n";
const AROUND: Record<string, (block: string) => string> = {
  "config:": (block) => block,
  "  muster:cloud:": (block) => `config:\n${block}${CLOUD_ONLY}`,
  "  muster:clusters:": (block) => `config:\n${block}`,
  "    - name:": (block) => `config:\n  muster:clusters:\n${block}`,
  "      ": (block) => `config:\n  muster:clusters:\n    - name: lab\n${block}`,
};

/** The config of every page's blocks, whole; those of Ansible and the like have none. */
function blocks(): [string, string][] {
  return globSync(PAGES, { cwd: home })
    .sort()
    .flatMap((page) => {
      const text = readFileSync(join(home, page), "utf8");
      return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap(([, block = ""], at): [string, string][] => {
        const around = Object.entries(AROUND).find(([start]) => block.startsWith(start))?.[1];
        return around === undefined ? [] : [[`${page}, block ${at + 1}`, around(block)]];
      });
    });
}

const file = (path: string, text: string): OwnFile => ({
  path,
  executable: false,
  data: Buffer.from(text).toString("base64"),
});

/** Files of own steps, which a reader has and this test has not. */
function readOwn(path: string): OwnFile[] {
  if (path.includes("/roles/")) return [file("tasks/main.yml", "- ansible.builtin.debug: { msg: hello }\n")];
  // Of playbooks the folder is taken.
  return [file(basename(path), "#!/bin/sh\n"), file("site.yml", "- hosts: all\n")];
}

describe("config in the documentation", () => {
  const all = blocks();

  it("is in most pages", () => assert.ok(all.length >= 20, String(all.length)));

  for (const [place, text] of all) {
    it(`is read and planned as it stands: ${place}`, () => {
      const { config } = parse(text) as { config: Record<string, unknown> };
      const raw = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("muster:", ""), value]));
      const { cloud, clusters } = parseEnvironment(raw, "muster:", {
        readText: () => "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUCxwDkq3yWwGUjUW3GDUT0nRkzhjcTYkMTBR/AYmkf ada",
        readOwn,
        clouds: cloudNames,
      });
      if (cloud.name === "openstack") readOptions(cloud.options);
      for (const spec of clusters) planCluster(spec, { project: "muster", stack: "dev", cloud: cloud.name });
    });
  }
});
