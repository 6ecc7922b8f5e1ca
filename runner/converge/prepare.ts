import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { KeyPair } from "../../contract/identity.ts";
import { bundlePath, runStep, type StepResult } from "../node/ask.ts";
import { certifyUsers } from "../node/enrol.ts";
import { NodeFailure } from "../node/failure.ts";
import type { NodeLink } from "../node/link.ts";
import type { Run } from "../run.ts";
import type { NodeInputs } from "./inputs.ts";

/** The bundle's archive, read once for all nodes. */
export interface BundleFile {
  data: Buffer;
  sha256: string;
}

/** A few megabytes over a slow line. */
const transferMs = 600_000;

export async function readBundle(path: string): Promise<BundleFile> {
  const data = await readFile(path);
  return { data, sha256: createHash("sha256").update(data).digest("hex") };
}

export async function putBundle(link: NodeLink, name: string, bundle: BundleFile, until: number): Promise<void> {
  const request = {
    op: "bundle",
    args: { bundle: name, sha256: bundle.sha256 },
    data: bundle.data,
    timeoutMs: transferMs,
  };
  await link.request(() => request, until);
}

/** `sameInputs`: only what was formatted since is news; the node stays configured as it is. */
export async function putInputs(link: NodeLink, inputs: NodeInputs, sameInputs: boolean): Promise<void> {
  const data = Buffer.from(JSON.stringify({ view: inputs.view, secrets: inputs.secrets }), "utf8");
  const args = { bundle: inputs.applied.bundle, sameInputs };
  await link.request(() => ({ op: "put", args, data, timeoutMs: 60_000 }), Date.now() + 60_000);
}

interface PrepareOptions {
  userCa: KeyPair;
  until: number;
  /** Look also at what costs time and is seldom wrong: the files of packages. */
  thorough: boolean;
}

/** Files, packages, users and units; then, unless a reboot is asked for, keys for those users. */
export async function prepare(
  run: Run,
  link: NodeLink,
  inputs: NodeInputs,
  { userCa, until, thorough }: PrepareOptions,
): Promise<StepResult> {
  const node = link.node;
  run.log.event("prepare", "started", undefined, node.name);
  const result = await step(run, link, "prepare", thorough ? ["--thorough"] : [], inputs, until);
  if (result.reboot !== undefined) return result;
  const { loginUser, users } = node.view;
  const renewed = await certifyUsers(
    link,
    [loginUser, node.ssh.user, ...users.map((user) => user.name)],
    userCa,
    until,
  );
  if (renewed.length > 0) run.log.detail(node.name, `signed the keys of ${renewed.join(", ")}`);
  return result;
}

/** Runs one of the bundle's two steps to its end. Throws {@link NodeFailure} with the step's reason. */
export async function step(
  run: Run,
  link: NodeLink,
  name: "prepare" | "activate" | "own",
  args: string[],
  inputs: NodeInputs,
  until: number,
): Promise<StepResult> {
  const node = link.node.name;
  const result = await runStep(link, {
    step: name,
    argv: [`${bundlePath}/bin/${name}`, ...args],
    inputs: inputs.hash,
    seconds: Math.max(1, Math.round((until - Date.now()) / 1000)),
    onEvent: (event) => {
      if (event.text !== undefined) run.log.event(name, "progress", event.text, node);
    },
  }).catch((error: unknown) => {
    // Out of reach in the middle of it is this step's failure, not the machine's.
    if (run.signal.aborted) throw error;
    const unreachable = error instanceof NodeFailure && error.state === "unreachable";
    throw new NodeFailure(unreachable ? "unreachable" : "failed", name, (error as Error).message);
  });
  if (result.log) run.log.detail(node, `the end of ${name}'s log on the node:\n${result.log}`);
  if (result.state === "failed") throw new NodeFailure("failed", name, result.text ?? "failed without a reason");
  return result;
}
