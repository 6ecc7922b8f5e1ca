import { UserMistakes } from "../../plan/mistake.ts";
import { needsOf, preflight, type Need } from "../clouds.ts";
import { type Environment, plansOf, readEnvironment } from "../environment.ts";
import { table } from "../progress/lines.ts";

/** How a stack's clusters go together with their cloud. */
export interface Fitting {
  /** What keeps them from being made, one a line; empty when nothing does. */
  against: string[];
  /** By cluster, where the cloud bounds anything. */
  needs: Need[];
}

/** Asks a stack's cloud whether its clusters fit; what is wrong with the stack's file, or the way there, is among it. */
export async function fittingOf(stack: string): Promise<Fitting> {
  const against: string[] = [];
  const told = async <Result>(work: () => Result | Promise<Result>, otherwise: Result): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      const lines =
        error instanceof UserMistakes
          ? error.mistakes.map(({ path, found, allowed }) => `${path}: found ${found}; ${allowed}`)
          : [error instanceof Error ? error.message : String(error)];
      against.push(...lines);
      return otherwise;
    }
  };
  const environment = await told<Environment | undefined>(() => readEnvironment(stack), undefined);
  if (environment === undefined) return { against, needs: [] };
  const plans = await told(() => plansOf(environment), []);
  if (plans.length === 0) return { against, needs: [] };
  await told<unknown>(() => preflight(environment, plans), undefined);
  // Where the cloud does not answer, that was said already.
  const needs = await needsOf(environment, plans).catch(() => []);
  return { against, needs };
}

/** Need, have and missing of each cluster as a table, with what would fit. */
export function needsText(needs: readonly Need[]): string {
  return needs
    .map(({ cluster, capacity: { rows, fits } }) => {
      const amount = (count: number, unit: string) => (count === Infinity ? "no limit" : `${count}${unit}`);
      const lines = rows.map(({ name, unit, need, have, limit }) => [
        name,
        amount(need, unit),
        have === Infinity ? "no limit" : `${amount(have, unit)} of ${amount(limit, unit)}`,
        need > have ? amount(need - have, unit) : "-",
      ]);
      const what = rows.length === 0 ? [] : [table([["quota", "need", "have", "missing"], ...lines])];
      return [`${cluster} still needs`, ...what, `  workers that fit: ${fits}`].join("\n");
    })
    .join("\n");
}
