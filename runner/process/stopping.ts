import { endChildren } from "./children.ts";
import { isOrphan, parentChain, watchParents } from "./parents.ts";

/** The run was told to end before its time. */
export class Stopped extends Error {
  /** What the process exits with, as shells count. */
  readonly exitCode: number;

  constructor(reason: string, exitCode: number) {
    super(reason);
    this.name = "Stopped";
    this.exitCode = exitCode;
  }
}

/** After being told to stop, the process ends within this, whatever hangs. */
const patienceMs = 4000;

/**
 * Ends the run on TERM, INT, HUP, and when its parents are gone: children get TERM, then KILL; output is closed; what
 * still has to be written down is done by whoever watches the signal. Returns how to call it off.
 */
export function stopWhenTold(controller: AbortController): () => void {
  const stop = (reason: Stopped) => {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    void endChildren(1500);
    setTimeout(() => process.exit(reason.exitCode), patienceMs).unref();
  };
  const onTerm = () => stop(new Stopped("ended by TERM", 143));
  const onInt = () => stop(new Stopped("ended by INT", 130));
  const onHup = () => stop(new Stopped("ended by HUP", 129));
  process.on("SIGTERM", onTerm).on("SIGINT", onInt).on("SIGHUP", onHup);
  // Whoever reads the output may be gone long before this process knows.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const onGone = (who: string) => {
    process.stdout.destroy();
    process.stderr.destroy();
    stop(new Stopped(`${who}, for which this run worked, is gone`, 1));
  };
  const unwatch = watchParents(parentChain(), (gone) => onGone(`process ${gone.pid}`));
  if (isOrphan()) onGone("the engine");
  return () => {
    unwatch();
    process.off("SIGTERM", onTerm).off("SIGINT", onInt).off("SIGHUP", onHup);
  };
}
