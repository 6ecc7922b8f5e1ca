import type { Timed } from "./dev-cluster.ts";
import type { NodeStages } from "./node-stages.ts";
import { markdown, median, resultTable, seconds, times } from "./table.ts";

/** Seconds of a node's configuration, on a processor of its own. */
const TARGET = 15;

export interface BakedRun {
  up: Pick<Timed, "seconds" | "cpuSeconds">;
  nodes: NodeStages[];
}

/** The same cluster of the usual image and of a baked one. */
export interface BakedPair {
  plain: BakedRun;
  baked: BakedRun;
}

/** As Markdown. `bakeSeconds`: what the baking of the image took. */
export function bakedTable(usual: string, pairs: readonly BakedPair[], bakeSeconds: number): string {
  const of = (pick: (run: BakedRun) => number): string[] => {
    const [plain, baked] = [pairs.map((pair) => pick(pair.plain)), pairs.map((pair) => pick(pair.baked))];
    const ratios = pairs.map((pair) => pick(pair.plain) / pick(pair.baked));
    return [seconds(plain), seconds(baked), times(ratios, 2)];
  };
  const ofNodes = (pick: (node: NodeStages) => number) => of(({ nodes }) => median(nodes.map(pick)));
  const slowest = pairs.map(({ baked }) => Math.max(...baked.nodes.map(({ all }) => all)));
  const compared = markdown(
    ["", usual, "baked", "ratio"],
    [
      ["warm up, wall", ...of(({ up }) => up.seconds)],
      ["warm up, control side's processor time", ...of(({ up }) => up.cpuSeconds)],
      ["a node: view and bundle sent", ...ofNodes(({ sent }) => sent)],
      ["a node: prepare (Ansible)", ...ofNodes(({ prepared }) => prepared)],
      ["a node: all of its configuration", ...ofNodes(({ all }) => all)],
    ],
  );
  const ok = median(slowest) <= TARGET;
  const results = resultTable([
    { what: "slowest baked node, configured", value: seconds(slowest), target: `≤ ${TARGET} s`, ok },
    { what: "baking the image", value: seconds(bakeSeconds) },
  ]);
  return `${compared}\n\n${results}\n`;
}
