import { join } from "node:path";
import { stateFolder } from "../../../contract/folders.ts";
import { inTurn } from "../../../contract/turn.ts";

/** Does some work on a thing of podman's, by its name, while no other process with this state folder does. */
export const inTurnOn = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
  inTurn(join(stateFolder(), "locks", name), work);

/** A turn among all users of this machine, who share one podman: root's. The path is a name only. */
export const turnOfAll = (name: string): string => `/run/muster-${name}`;

/** Does some work on such a thing while no other process of this machine does. */
export const inTurnOfAll = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
  inTurn(turnOfAll(name), work);
