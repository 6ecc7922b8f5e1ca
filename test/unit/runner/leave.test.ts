import assert from "node:assert/strict";
import type { LeaveStep } from "../../../contract/job.ts";
import { leave } from "../../../runner/leave.ts";
import type { Request } from "../../../runner/node/session.ts";
import type { Run } from "../../../runner/run.ts";

const step = (service: string): LeaveStep => ({ service, on: ["master-1"], run: [service], timeoutSeconds: 60 });
const options = { leavers: ["worker-1"], formatted: [], isNew: () => false, answerMs: 1000 };

/** A run whose one node answers each service's leaving by what `answers` resolves to. */
function runWith(answers: Record<string, () => Promise<object>>): Run {
  const request = async (make: () => Request): Promise<object> => {
    const { args, onOutput } = make();
    const service = (args?.["argv"] as string[]).at(-1) ?? "";
    onOutput?.("stdout", Buffer.from(JSON.stringify(await answers[service]?.())));
    return { code: 0, timedOut: false };
  };
  const link = { connect: () => Promise.resolve({ applied: {} }), request };
  const nothing = () => undefined;
  return {
    job: { nodes: [], deadlines: { leave: 60 } },
    links: new Map([["master-1", link]]),
    log: { event: nothing, detail: nothing },
    signal: new AbortController().signal,
  } as unknown as Run;
}

describe("leaving", () => {
  it("is done by all services at once: none waits until another is done", async () => {
    const begun: string[] = [];
    let both = (): void => undefined;
    const allBegun = new Promise<void>((resolve) => (both = resolve));
    const answer = (service: string) => async () => {
      if (begun.push(service) === 2) both();
      await allBegun;
      return { left: [`${service}'s`, "worker-2"], refused: null };
    };
    const run = runWith({ yarn: answer("yarn"), hdfs: answer("hdfs") });
    const outcome = await leave(run, [step("yarn"), step("hdfs")], options);
    assert.deepEqual(outcome, { left: ["yarn's", "worker-2", "hdfs's"], postponed: [] });
  });

  it("ends with a refusal while another service still waits", async () => {
    const run = runWith({
      yarn: () => new Promise(() => undefined),
      hdfs: () => Promise.resolve({ left: [], refused: "too few DataNodes would be left" }),
    });
    await assert.rejects(leave(run, [step("yarn"), step("hdfs")], options), /^Error: too few .*; the machines stay$/);
  });
});
