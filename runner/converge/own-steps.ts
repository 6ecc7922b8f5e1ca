import { readFile } from "node:fs/promises";
import type { JobNode } from "../../contract/job.ts";
import type { OwnStep } from "../../contract/node-view.ts";
import { ownContentFile } from "../../contract/own-content.ts";
import { NodeFailure } from "../node/failure.ts";
import type { StepResult } from "../node/ask.ts";
import type { Hello } from "../node/hello.ts";
import type { NodeLink } from "../node/link.ts";
import type { Run } from "../run.ts";
import type { NodeInputs } from "./inputs.ts";
import { step } from "./prepare.ts";

const transferMs = 300_000;

const contentsOf = ({ view }: JobNode): string[] => [
  ...new Set((view.own ?? []).flatMap(({ content }) => (content === undefined ? [] : [content]))),
];

/** Whether a node has the files of all its own steps. */
export const hasOwnContents = (node: JobNode, hello: Hello): boolean =>
  contentsOf(node).every((sha) => hello.own.includes(sha));

/** Brings a node the files of its own steps that it lacks. */
export async function putOwnContents(run: Run, link: NodeLink, hello: Hello, until: number): Promise<void> {
  for (const sha of contentsOf(link.node).filter((one) => !hello.own.includes(one))) {
    const data = await readFile(ownContentFile(run.job.cluster.id, sha)).catch((error: unknown) => {
      const names = (link.node.view.own ?? []).filter(({ content }) => content === sha).map(({ name }) => name);
      const reason = `the files of ${names.join(", ")} are not on this machine any more: run \`muster up\` again`;
      throw new NodeFailure("failed", "own", `${reason} (${(error as Error).message})`);
    });
    await link.request(() => ({ op: "own", args: { content: sha }, data, timeoutMs: transferMs }), until);
  }
}

/** Runs the user's own steps of one moment, where the node has such. Throws {@link NodeFailure}, naming step and file. */
export async function runOwnSteps(
  run: Run,
  link: NodeLink,
  inputs: NodeInputs,
  { when, until, thorough }: { when: OwnStep["when"]; until: number; thorough: boolean },
): Promise<StepResult> {
  if (!(link.node.view.own ?? []).some((one) => one.when === when)) return { state: "done" };
  run.log.event("own", "started", `own steps ${when} the roles`, link.node.name);
  return step(run, link, "own", ["--when", when, ...(thorough ? ["--thorough"] : [])], inputs, until);
}
