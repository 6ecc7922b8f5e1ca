import { changesOf, describeChanges, isNothing } from "../changes.ts";
import { preflight } from "../clouds.ts";
import { withEngine } from "../engine/session.ts";
import { plansOf, readEnvironment } from "../environment.ts";
import { exit } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { table } from "../progress/lines.ts";
import { complaining, parallelFor } from "./update.ts";

export interface PreviewOptions extends CommonOptions {
  json?: boolean;
}

/** Shows what `up` would do; makes nothing. */
export async function preview(options: PreviewOptions): Promise<number> {
  const environment = readEnvironment(options.stack);
  const plans = plansOf(environment);
  await preflight(environment, plans);
  const steps = await withEngine({ ...options, doing: "preview" }, (engine) =>
    complaining(engine, (onEvent) => engine.preview(parallelFor(plans), onEvent)),
  );
  const changes = changesOf(steps);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ stack: options.stack, ...changes })}\n`);
    return exit.ready;
  }
  for (const plan of plans) {
    process.stdout.write(`${plan.ref.name}  ${plan.ref.kind} on ${plan.ref.cloud}, ${plan.network.subnet}\n`);
    const rows = plan.nodes.map((node) => [
      node.name,
      node.address,
      `${node.size.memory} MiB`,
      node.daemons.length > 0 ? node.daemons.join(", ") : "no daemons",
    ]);
    process.stdout.write(`${table(rows)}\n`);
  }
  process.stdout.write(isNothing(changes) ? "up would do nothing\n" : `up ${describeChanges(changes)}\n`);
  return exit.ready;
}
