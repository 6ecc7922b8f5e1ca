import assert from "node:assert/strict";
import { Board } from "../../../cli/progress/board.ts";
import { duration, poolsText, stageText, table } from "../../../cli/progress/lines.ts";
import { plainLines } from "../../../cli/progress/show.ts";
import type { ProgressEvent } from "../../../contract/summary.ts";

const event = (stage: ProgressEvent["stage"], state: ProgressEvent["state"], node?: string, text?: string) => ({
  at: 1000,
  run: "r",
  stage,
  state,
  ...(node === undefined ? {} : { node }),
  ...(text === undefined ? {} : { text }),
});

describe("the board of a run", () => {
  const states = (board: Board) => board.stages.map((line) => `${line.name} ${line.state} ${line.done}/${line.total}`);

  it("counts each node once a stage, and a node as converged only when it was activated", () => {
    const board = new Board("dev", 2);
    board.hearNetwork("started", 0);
    board.hearNetwork("done", 500);
    board.hear(event("run", "started"));
    for (const node of ["a", "a", "b"]) board.hear(event("machine", "done", node));
    board.hear(event("prepare", "done", "a"));
    board.hear(event("activate", "done", "a"));
    assert.deepEqual(states(board), [
      "network done 0/0",
      "hosts done 2/2",
      "converge running 1/2",
      "verify waiting 0/0",
    ]);
    board.hear(event("activate", "done", "b"));
    board.hear(event("verify", "started"));
    board.hear(event("run", "done"));
    assert.deepEqual(states(board), ["network done 0/0", "hosts done 2/2", "converge done 2/2", "verify done 0/0"]);
  });

  it("shows leaving first, and only when somebody leaves", () => {
    const board = new Board("dev", 1);
    board.hear(event("leave", "started", undefined, "hdfs: dev-worker-2"));
    assert.equal(board.stages[0]?.name, "leave");
  });

  it("marks what still ran when the run failed, and remembers who failed", () => {
    const board = new Board("dev", 2);
    board.hear(event("prepare", "failed", "b", "hdfs: no space"));
    board.close(2000, false);
    assert.equal(board.stages.find((line) => line.name === "converge")?.state, "failed");
    assert.deepEqual([...board.failed], [["b", "hdfs: no space"]]);
  });

  it("prints a plain line for each change, and none twice", () => {
    const board = new Board("dev", 2);
    const lines: string[] = [];
    const shown = plainLines([board], (line) => lines.push(line.replace(/ [\d.]+ (s|min).*$/, "")));
    board.hear(event("machine", "done", "a"));
    shown.refresh();
    shown.refresh();
    board.hear(event("machine", "done", "b"));
    shown.refresh();
    assert.deepEqual(lines, ["· hosts        1 of 2   a  machine", "✔ hosts        2 of 2  "]);
  });
});

describe("words and columns", () => {
  it("tells times as people do", () => {
    assert.deepEqual([400, 2900, 11_200, 72_000].map(duration), ["0.4 s", "2.9 s", "11 s", "1 min 12 s"]);
  });

  it("counts pools", () => {
    const pools = [
      { name: "master", count: 1 },
      { name: "worker", count: 2 },
    ];
    assert.equal(poolsText(pools), "1 master + 2 workers");
  });

  it("cuts a line that is too long for the terminal", () => {
    const line = { name: "verify", state: "running", done: 0, total: 0, text: "x".repeat(200) } as const;
    assert.equal(stageText(line, 0, 40).length, 40);
  });

  it("lines columns up", () =>
    assert.equal(
      table([
        ["a", "b"],
        ["ccc", "d"],
      ]),
      "  a    b\n  ccc  d",
    ));
});
