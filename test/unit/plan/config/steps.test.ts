import assert from "node:assert/strict";
import type { OwnFile } from "../../../../contract/own-content.ts";
import type { ClusterConfigInput } from "../../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../../plan/config/read.ts";
import type { ReadOwn } from "../../../../plan/config/steps.ts";
import { nodeView } from "../../../../plan/node-view.ts";
import { planCluster } from "../../../../plan/plan-cluster.ts";
import type { ClusterSpec } from "../../../../plan/spec.ts";
import { jobExtras, mistakesOf, whereabouts } from "../fixtures.ts";

type Steps = ClusterConfigInput["steps"];

const SPECS = `argument_specs:
  main:
    options:
      motd_text: {type: str, required: true}
      motd_lines: {type: int}
      motd_style: {choices: [plain, loud]}
      motd_given: {type: bool, required: true}
`;

/** A project's files. */
const PROJECT: Record<string, string> = {
  "roles/motd/tasks/main.yml": "- ansible.builtin.debug: {msg: hi}\n",
  "roles/motd/defaults/main.yml": "motd_given: true\n",
  "roles/motd/meta/argument_specs.yml": SPECS,
  "roles/broken/tasks/main.yml": "- a: [\n",
  "roles/odd/tasks/main.yml": "[]\n",
  "roles/odd/meta/argument_specs.yml": "argument_specs: {main: {options: {a: {type: text}}}}\n",
  "roles/none/README": "nothing\n",
  "plays/site.yml": "- hosts: all\n  tasks: []\n",
  "plays/vars.yml": "a: 1\n",
  "site.yml": "- hosts: all\n",
  "setup.sh": "#!/bin/sh\ntrue\n",
  "files/a": "a",
  "files/deep/b": "b",
  "x_1_all.deb": "deb",
};

const reading =
  (project: Record<string, string>): ReadOwn =>
  (path) => {
    const found = Object.entries(project).flatMap(([name, text]): OwnFile[] => {
      const inner =
        name === path ? path.split("/").at(-1) : name.startsWith(`${path}/`) ? name.slice(path.length + 1) : undefined;
      return inner === undefined
        ? []
        : [{ path: inner, executable: false, data: Buffer.from(text).toString("base64") }];
    });
    if (found.length === 0) throw new Error("no such file");
    return found;
  };

const spec = (steps: Steps, project = PROJECT): ClusterSpec =>
  specFromArgs("web", { kind: "pool", pools: { a: 2, b: 1 }, steps }, { readOwn: reading(project) });
/** The own steps of each node, by its name. */
const views = (steps: Steps, project = PROJECT) => {
  const plan = planCluster(spec(steps, project), whereabouts);
  return Object.fromEntries(plan.nodes.map((node) => [node.name, nodeView(plan, node, jobExtras(plan)).own]));
};
const refusals = (...steps: unknown[]): string[] =>
  mistakesOf(() => spec(steps as Steps)).map(({ path, found, allowed }) => `${path}: ${found}: ${allowed}`);

describe("own steps", () => {
  it("reach the nodes that they are for, in order, with names by what they are and their files by hash", () => {
    const found = views([
      { script: "setup.sh", args: ["x"], on: "b", user: "muster" },
      { role: "./roles/motd/", vars: { motd_text: "hi" }, when: "before" },
      { packages: ["jq", "x_1_all.deb", "tree=2.1"], on: "web-a-2" },
    ]);
    assert.deepEqual(
      Object.entries(found).map(([node, own]) => [node, own?.map(({ name }) => name)]),
      [
        ["web-a-1", ["role motd"]],
        ["web-a-2", ["role motd", "packages jq x_1_all.deb tree=2.1"]],
        ["web-b-1", ["script setup.sh", "role motd"]],
      ],
    );
    const [script, role] = found["web-b-1"] ?? [];
    assert.match(script?.content ?? "", /^[0-9a-f]{64}$/);
    assert.deepEqual(script, {
      ...{ name: "script setup.sh", when: "after", kind: "script", source: "setup.sh", entry: "setup.sh" },
      ...{ args: ["x"], user: "muster", timeoutSeconds: 600, content: script?.content },
    });
    assert.deepEqual([role?.entry, role?.when, role?.vars], ["motd", "before", { motd_text: "hi" }]);
    assert.deepEqual(found["web-a-2"]?.[1]?.packages, ["jq", "x_1_all.deb", "tree=2.1"]);
  });

  it("leave nodes without any as they were, and change only those whose step's files changed", () => {
    assert.deepEqual(views([]), { "web-a-1": undefined, "web-a-2": undefined, "web-b-1": undefined });
    const steps: Steps = [
      { script: "setup.sh", on: "b" },
      { file: "files", to: "/srv/x", on: "a" },
    ];
    const before = views(steps);
    const after = views(steps, { ...PROJECT, "files/deep/b": "other" });
    assert.deepEqual(after["web-b-1"], before["web-b-1"]);
    assert.notDeepEqual(after["web-a-1"], before["web-a-1"]);
  });

  it("carry a role below its name, a playbook with its whole folder, scripts as programs, a file under its own name", () => {
    const paths = ({ files }: { files: OwnFile[] }) => files.map((file) => file.path);
    const [role, playbook, script, file, folder] = spec([
      { role: "roles/motd", vars: { motd_text: "x" } },
      { playbook: "plays/site.yml" },
      { script: "setup.sh" },
      { file: "files/a", to: "/etc/a" },
      { file: "files", to: "/srv" },
    ]).steps;
    assert.deepEqual(paths(role ?? assert.fail()).sort()[0], "roles/motd/defaults/main.yml");
    assert.deepEqual([playbook?.entry, paths(playbook ?? assert.fail())], ["site.yml", ["site.yml", "vars.yml"]]);
    assert.equal(script?.files[0]?.executable, true);
    assert.deepEqual([file?.entry, folder?.entry], ["a", undefined]);
  });

  const table: [what: string, step: unknown, expected: RegExp][] = [
    [
      "a role that is not there",
      { role: "roles/gone" },
      /^web\.steps\[0\]\.role: "roles\/gone": cannot be read: no such file$/,
    ],
    ["a folder that is no role", { role: "roles/none" }, /\.role: "none", which is no role: needed: tasks\/main\.yml/],
    [
      "a role whose YAML is broken",
      { role: "roles/broken" },
      /\.role: tasks\/main\.yml: .* at line \d.*: correct that line/,
    ],
    [
      "specs with an unknown type",
      { role: "roles/odd" },
      /\.role: meta\/argument_specs\.yml: .*main\.options\.a\.type: "text": /,
    ],
    [
      "a variable that the role needs",
      { role: "roles/motd" },
      /^web\.steps\[0\]\.vars\.motd_text: nothing: the role needs it$/,
    ],
    [
      "a variable of another type",
      { role: "roles/motd", vars: { motd_text: "x", motd_lines: "few" } },
      /\.vars\.motd_lines: "few": allowed: int, says the role/,
    ],
    [
      "a variable that is no choice",
      { role: "roles/motd", vars: { motd_text: "x", motd_style: "odd" } },
      /\.vars\.motd_style: "odd": allowed: plain, loud/,
    ],
    ["a playbook that is none", { playbook: "plays/vars.yml" }, /\.playbook: vars\.yml, which is no playbook/],
    [
      "a playbook that is not there",
      { playbook: "plays/gone.yml" },
      /\.playbook: "gone\.yml": cannot be read: no such file/,
    ],
    [
      "a playbook beside the project's own files",
      { playbook: "site.yml" },
      /\.playbook: "site\.yml": .*folder of its own/,
    ],
    ["a script that is a folder", { script: "files" }, /\.script: "files", a folder: allowed: the path of a script/],
    ["a file without a place", { file: "files/a" }, /\.to: nothing: needed/],
    ["a place that is relative", { file: "files/a", to: "etc/a" }, /\.to: "etc\/a": allowed: an absolute path/],
    ["a place that climbs", { file: "files/a", to: "/etc/../a" }, /\.to: "\/etc\/\.\.\/a": allowed: an absolute path/],
    ["a package's odd name", { packages: ["jq", "-rf"] }, /\.packages\[1\]: "-rf": allowed: a package/],
    ["a package's missing file", { packages: ["jq", "gone.deb"] }, /\.packages\[1\]: "gone\.deb": cannot be read/],
    ["nothing at all", { name: "x" }, /^web\.steps\[0\]: none of them: needed: exactly one of role, playbook, script/],
    ["two things at once", { script: "setup.sh", packages: ["jq"] }, /\[0\]: script and packages: needed: exactly one/],
    ["a field of another kind", { script: "setup.sh", mode: "0644" }, /\.mode: beside script: belongs to file/],
    ["a place that is none", { script: "setup.sh", on: "c" }, /\.on: "c": no such role tag, pool or node; /],
    ["an unknown field", { script: "setup.sh", arg: [] }, /\.arg: unknown name: .*"args"/],
  ];
  for (const [what, step, expected] of table)
    it(`refuse ${what}`, () => {
      const found = refusals(step);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", expected);
    });

  it("tell all mistakes at once, and names that are used twice; what is templated is judged on the node", () => {
    const found = refusals(
      { role: "roles/gone" },
      { script: "setup.sh" },
      { script: "setup.sh", on: "c" },
      { file: "files/a" },
    );
    assert.deepEqual(
      found.map((line) => line.split(":")[0]),
      ["web.steps[0].role", "web.steps[3].to", "web.steps[2].name", "web.steps[2].on"],
    );
    spec([{ role: "roles/motd", vars: { motd_text: "x", motd_lines: "{{ muster.node.ordinal }}" } }]);
  });

  it("read no files where nobody reads them", () => {
    const args = { kind: "pool" as const, pools: { a: 1 }, steps: [{ script: "setup.sh" }] };
    assert.match(mistakesOf(() => specFromArgs("web", args))[0]?.allowed ?? "", /cannot be read/);
  });
});
