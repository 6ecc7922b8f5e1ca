import { join } from "node:path";
import { stateFolder } from "../../../contract/folders.ts";
import { inTurn } from "../../../contract/turn.ts";

/** Does some work on a thing of podman's, by its name, while no other process of this user does. */
export const inTurnOn = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
  inTurn(join(stateFolder(), "locks", name), work);
