import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { canonicalJson } from "../../contract/canonical-json.ts";
import type { ClusterSpec } from "../../plan/spec.ts";
import { contentHash, filesOf, PROJECT } from "./content.ts";

/** Versions of what is installed, as node views have them. */
export interface Versions {
  java: number;
}

/** Reads what {@link canonicalJson} made of versions. */
export const readVersions = (text: string): Versions => z.strictObject({ java: z.number() }).parse(JSON.parse(text));

/** What an image of a cluster's nodes depends on. */
export const versionsOf = ({ versions }: Pick<ClusterSpec, "versions">): Versions => ({ java: versions.java });

/** What installs: the script that Packer runs, the program and playbook that it starts, the actions and their Ansible. */
const INSTALLERS = [
  "images/baked/install",
  "runner/node/bin/install",
  "roles/install.yml",
  "roles/kit.lock.json",
  "roles/plugins/action/*.py",
];

/** Files of the roles that `install` reads: tasks, packages, and the trees of files that the tasks name. */
export function installParts(project = PROJECT): string[] {
  return filesOf(["roles/*/tasks/install.yml"], project).flatMap((tasks) => {
    const role = tasks.slice(0, -"/tasks/install.yml".length);
    const trees = [...readFileSync(join(project, tasks), "utf8").matchAll(/^\s+src:\s*(\S+)/gm)];
    const packages = `${role}/vars/packages.yml`;
    return [
      tasks,
      ...(existsSync(join(project, packages)) ? [packages] : []),
      ...filesOf(
        trees.map(([, tree]) => `${role}/templates/${tree}/**`),
        project,
      ),
    ];
  });
}

/**
 * What a baked image is named by. What only configures nodes is no part of it: who changes that needs no new image.
 * @param template Packer's, relative to the project.
 * @param base The image that it is made of.
 */
export function recipeHash(template: string, base: string, versions: Versions, project = PROJECT): string {
  const files = [template, ...filesOf(INSTALLERS, project), ...installParts(project)];
  return contentHash(files, project, [base, canonicalJson(versions)]);
}
