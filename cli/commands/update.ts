import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { clusterFolder } from "../../contract/folders.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { Complaints, mistakesAmong, RunFailed } from "../engine/engine-error.ts";
import type { Engine } from "../engine/engine.ts";
import { misuse } from "../exit.ts";
import { Board } from "../progress/board.ts";
import { EventFollower } from "../progress/follow.ts";
import type { LostMachines } from "../progress/lost-machines.ts";
import { show } from "../progress/show.ts";

/** Ready takes a slot for the whole run and waits in it for machines. */
export const parallelFor = (plans: readonly unknown[]): number => plans.length + 16;

/** Lets the engine update the stack, while the person sees how far each cluster is. */
export async function update(
  engine: Engine,
  plans: readonly ClusterPlan[],
  { lost, ...how }: { continueOnError: boolean; parallel: number; lost: LostMachines },
): Promise<void> {
  const startedAt = performance.timeOrigin;
  const boards = plans.map((plan) => new Board(plan.ref.name, plan.nodes.length, startedAt));
  const followers = plans.map((plan) => new EventFollower(join(clusterFolder(plan.ref.id), "events.jsonl")));
  const display = show(boards);
  const look = (): void => {
    followers.forEach((follower, at) => follower.read().forEach((event) => boards[at]?.hear(event)));
    display.refresh();
  };
  const timer = setInterval(look, 200);
  let ready = false;
  try {
    await complaining(engine, (complain) =>
      engine.up({
        ...how,
        onEvent: (event) => {
          complain(event);
          lost.hear(event);
          boards.forEach((board) => hearEngine(board, event));
        },
      }),
    );
    ready = true;
  } finally {
    clearInterval(timer);
    await lost.settled();
    look();
    boards.forEach((board) => board.close(Date.now(), ready));
    await display.finish();
  }
}

/** Network and image are the engine's part of a run; the rest is told by the runner. */
function hearEngine(board: Board, event: EngineEvent): void {
  const at = event.timestamp * 1000;
  for (const [stage, resource] of [
    ["network", "network"],
    ["image", "image-build"],
  ] as const) {
    const heard = (urn: string | undefined): boolean => urn?.split("::").at(-1) === `${board.cluster}-${resource}`;
    if (heard(event.resourcePreEvent?.metadata.urn)) board.hearEngine(stage, "started", Date.now());
    if (heard(event.resOutputsEvent?.metadata.urn)) board.hearEngine(stage, "done", Math.max(at, Date.now()));
    if (heard(event.resOpFailedEvent?.metadata.urn)) board.hearEngine(stage, "failed", Date.now());
  }
}

/** Turns an engine's failure into a message for people. */
export async function complaining<Result>(
  engine: Engine,
  work: (onEvent: (event: EngineEvent) => void) => Promise<Result>,
): Promise<Result> {
  const complaints = new Complaints();
  try {
    return await work((event) => complaints.hear(event));
  } catch (error) {
    const mistakes = mistakesAmong(complaints.list);
    if (mistakes !== undefined) throw misuse(mistakes);
    throw new RunFailed(error, complaints.list, engine.run.log);
  }
}
