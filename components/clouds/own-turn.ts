import { join } from "node:path";
import { stateFolder } from "../../contract/folders.ts";
import { inTurn } from "../../contract/turn.ts";

/** A turn among all processes with this state folder, on a cloud's thing, by its name. */
export const ownTurn = (name: string): string => join(stateFolder(), "locks", name);

/** Does some work on such a thing while no other of these processes does. */
export const inOwnTurn = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
  inTurn(ownTurn(name), work);
