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
    board.hearEngine("network", "started", 0);
    board.hearEngine("network", "done", 500);
    board.hear(event("run", "started"));
    for (const node of ["a", "a", "b"]) board.hear(event("machine", "done", node));
    for (const node of ["a", "b"]) board.hear(event("artifacts", "done", node));
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

  it("marks what still ran when the run failed, and says who failed", () => {
    const board = new Board("dev", 2);
    board.hear(event("prepare", "failed", "b", "hdfs: no space"));
    board.close(2000, false);
    const converge = board.stages.find((line) => line.name === "converge");
    assert.deepEqual([converge?.state, converge?.text], ["failed", "b: hdfs: no space"]);
  });

  it("does not call a stage done whose nodes are not, although the cluster is usable", () => {
    const board = new Board("dev", 2);
    board.hear(event("machine", "done", "a"));
    board.hear(event("machine", "failed", "b", "no route"));
    board.hear(event("activate", "done", "a"));
    board.hear(event("verify", "done", undefined, "reached  1 of 2"));
    assert.deepEqual(states(board), [
      "network waiting 0/0",
      "hosts failed 1/2",
      "converge failed 1/2",
      "verify running 0/0",
    ]);
  });

  it("ends verifying when the run ends, not with each check", () => {
    const board = new Board("dev", 1);
    const verify = () => board.stages.find((line) => line.name === "verify");
    board.hear(event("verify", "done", undefined, "hosts  1 of 1"));
    assert.equal(verify()?.state, "running");
    board.hear(event("verify", "failed", undefined, "base: clock  2 s behind"));
    board.hear(event("verify", "done", undefined, "hdfs: write  ok"));
    board.hear(event("run", "failed"));
    assert.deepEqual([verify()?.state, verify()?.text], ["failed", "base: clock  2 s behind"]);
  });
});

describe("plain lines", () => {
  const clock = { at: 0 };
  const plain = (board: Board) => {
    const lines: string[] = [];
    const shown = plainLines(
      [board],
      (line) => lines.push(line),
      () => clock.at,
    );
    return { lines, shown };
  };

  it("are one for each change, and none twice, with the run's time", () => {
    clock.at = 1000;
    const board = new Board("dev", 2, 0);
    const { lines, shown } = plain(board);
    board.hear(event("machine", "done", "a"));
    shown.refresh();
    shown.refresh();
    board.hear(event("machine", "done", "b"));
    shown.refresh();
    assert.deepEqual(lines, ["· hosts        1 of 2   a  machine +1.0 s", "✔ hosts        2 of 2   +1.0 s"]);
  });

  it("tell one truth about verifying", () => {
    clock.at = 9000;
    const board = new Board("dev", 1, 0);
    const { lines, shown } = plain(board);
    for (const [state, text] of [
      ["done", "hosts  1 of 1"],
      ["failed", "base: clock  2 s behind"],
      ["done", "hdfs: write  ok"],
    ] as const) {
      board.hear(event("verify", state, undefined, text));
      shown.refresh();
    }
    board.hear({ ...event("run", "failed"), at: 9000 });
    shown.refresh();
    const ends = lines.filter((line) => /^[✔✖]/.test(line));
    assert.deepEqual(ends, ["✖ verify       base: clock  2 s behind +9.0 s"]);
  });

  it("name each role of a node once, and a node at most once a second", () => {
    clock.at = 0;
    const board = new Board("dev", 2, 0);
    const { lines, shown } = plain(board);
    const step = (text: string) => {
      clock.at += 200;
      board.hear(event("prepare", "progress", "a", text));
      shown.refresh();
    };
    for (let task = 0; task < 10; task += 1) step(`hadoop: Write file ${task}`);
    for (let task = 0; task < 10; task += 1) step(`hdfs: Write file ${task}`);
    assert.deepEqual(lines, ["· converge     0 of 2   a  hadoop +0.2 s", "· converge     0 of 2   a  hdfs +2.2 s"]);
    for (let role = 0; role < 20; role += 1) step(`role-${role}: Install`);
    assert.ok(lines.length <= 2 + 5, `${lines.length} lines in 4 s`);
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
    assert.equal(stageText(line, 0, 1000, 40).length, 40);
    assert.match(stageText(line, 0, 1000, 40), /… \+1\.0 s$/);
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
