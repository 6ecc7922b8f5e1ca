import { z } from "zod";
import { PLACE, text, userName, wholeNumber } from "./fields.ts";

const path = (what: string) => text(`allowed: the path of ${what}, relative to the project`);

const NAME = "allowed: 1 to 60 characters in one line, unique among steps";
const MODE = 'allowed: a mode in octal, as text, e.g. "0644"';
const TO = "allowed: an absolute path on the nodes";
const PACKAGE = "allowed: a package, `name=version`, or the path of a .deb file";

/** One of the user's own steps as it is written. Which fields go together is seen when it is expanded. */
export const step = z.strictObject({
  name: z
    .string({ error: NAME })
    .regex(/^[^\s](.{0,58}[^\s])?$/, { error: NAME })
    .optional()
    .describe("What it is called, unique. Default: what it is, e.g. `script setup.sh`."),
  on: text(PLACE)
    .default("all")
    .describe("Where: every node with this role tag or of this pool, the node of this name, or `all`. Default all."),
  when: z
    .enum(["before", "after"])
    .default("after")
    .describe("`before` the built-in roles, or `after` what they set up on the node runs. Default after."),
  role: path("a role's folder").optional().describe("Folder of an Ansible role, relative to the project."),
  playbook: path("a playbook").optional().describe("An Ansible playbook; its folder goes along whole."),
  vars: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, { error: "allowed: a variable's name" }), z.unknown(), {
      error: "allowed: a map from variable to value",
    })
    .optional()
    .describe("Variables of the role or playbook. Default none."),
  script: path("a script").optional().describe("A program, run once, and again when it changes."),
  args: z
    .array(z.string({ error: "allowed: a text" }), { error: "allowed: a list of texts" })
    .optional()
    .describe("The script's arguments. Default none."),
  user: userName().optional().describe("Whose script it is. Default: root."),
  timeout: wholeNumber(1, 86400).optional().describe("Seconds that the script may take. Default 600."),
  file: path("a file or folder").optional().describe("A file or a folder to be copied."),
  to: z
    .string({ error: TO })
    .regex(/^\/(?!.*(^|\/)\.\.(\/|$)).*[^/]$/, { error: TO })
    .optional()
    .describe("Where the file or folder goes: an absolute path, needed with `file`."),
  owner: userName().optional().describe("The file's owner. Default: root."),
  group: userName().optional().describe("The file's group. Default: root."),
  mode: z
    .string({ error: MODE })
    .regex(/^0?[0-7]{3}$/, { error: MODE })
    .optional()
    .describe('The file\'s mode. Default: "0644", of executables "0755".'),
  packages: z
    .array(
      z.string({ error: PACKAGE }).regex(/^([a-z0-9][a-z0-9.+-]+(=[\w.+:~-]+)?|[^\0]+\.deb)$/, { error: PACKAGE }),
      {
        error: "allowed: a list of packages",
      },
    )
    .min(1, { error: "allowed: at least one package" })
    .optional()
    .describe("Packages: names, `name=version`, or paths of .deb files."),
});

/** One step after zod. */
export type StepConfig = z.output<typeof step>;
