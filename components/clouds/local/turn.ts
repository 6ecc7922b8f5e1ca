import { join } from "node:path";
import { stateFolder } from "../../../contract/folders.ts";
import { inTurn } from "../../../contract/turn.ts";

/** Does some work on a thing of podman's, by its name, while no other process with this state folder does. */
export const inTurnOn = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
  inTurn(join(stateFolder(), "locks", name), work);

/** The same among all users of this machine, who share one podman: root's. The path is a name only. */
export const inTurnOfAll = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
  inTurn(`/run/muster-${name}`, work);
