import assert from "node:assert/strict";
import { readClusters } from "../../../../plan/config/read.ts";
import type { ClusterSpec } from "../../../../plan/spec.ts";
import { fakes } from "../fake-services.ts";
import { mistakeOf } from "../fixtures.ts";

/** Config (beside the name), path of the one mistake, what was found, a part of what is allowed. */
export type Refusal = [title: string, config: object, path: string, found: string, allowed: RegExp];

/** Reads one cluster as the only one of its list, `c`. */
export const readOne = (cluster: unknown): ClusterSpec[] => readClusters([cluster], "c", { registry: fakes });

/** One test a row: the config is refused for this mistake and no other. */
export function refusesEach(table: readonly Refusal[]): void {
  for (const [title, config, path, found, allowed] of table) {
    it(`refuses ${title}`, () => {
      const mistake = mistakeOf(() => readOne({ name: "dev", ...config }));
      assert.equal(mistake.path, `c[0].${path}`);
      assert.equal(mistake.found, found);
      assert.match(mistake.allowed, allowed);
    });
  }
}
