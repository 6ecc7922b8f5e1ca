import { inTurn } from "../../../contract/turn.ts";

/** A turn among all users of this machine, who share one podman: root's. The path is a name only. */
export const turnOfAll = (name: string): string => `/run/muster-${name}`;

/** Does some work on a thing of podman's while no other process of this machine does. */
export const inTurnOfAll = <Result>(name: string, work: () => Promise<Result>): Promise<Result> =>
  inTurn(turnOfAll(name), work);
