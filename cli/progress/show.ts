import { Listr, type ListrTask } from "listr2";
import type { Board, StageLine } from "./board.ts";
import { stageText } from "./lines.ts";

/** Something that shows boards while a run goes on, and is told when it is over. */
export interface Show {
  /** Shows what is new since the last call. */
  refresh(): void;
  finish(): Promise<void>;
}

/** Live lines on a terminal, one line per change of state elsewhere. */
export function show(boards: readonly Board[], out: NodeJS.WriteStream = process.stderr): Show {
  return out.isTTY ? liveLines(boards, out) : plainLines(boards, (line) => out.write(`${line}\n`));
}

/** Milliseconds between two plain lines about one node. */
const NODE_PAUSE = 1000;

/**
 * For logs and pipes: a line when a stage begins, gets further or ends, and for each role that a node begins; of one
 * node at most one a second, and none twice.
 */
export function plainLines(
  boards: readonly Board[],
  print: (line: string) => void,
  now: () => number = Date.now,
): Show {
  const counted = new Map<string, string>();
  const told = new Set<string>();
  const lately = new Map<string, number>();
  const isNews = (key: string, line: StageLine): boolean => {
    const count = `${line.state} ${line.done}`;
    const { node, text } = inBrief(line.text);
    const step = `${key} ${text}`;
    if (counted.get(key) !== count) {
      counted.set(key, count);
    } else {
      if (line.state !== "running" || told.has(step) || now() - (lately.get(node) ?? 0) < NODE_PAUSE) return false;
    }
    told.add(step);
    lately.set(node, now());
    return true;
  };
  const refresh = (): void => {
    for (const board of boards) {
      for (const line of board.stages) {
        if (line.state === "waiting" || !isNews(`${board.cluster} ${line.name}`, line)) continue;
        const brief = line.state === "running" ? { ...line, text: inBrief(line.text).text } : line;
        print(`${prefix(boards, board)}${mark(line)} ${stageText(brief, board.startedAt, now(), 160)}`);
      }
    }
  };
  return {
    refresh,
    finish: () => {
      refresh();
      return Promise.resolve();
    },
  };
}

/** `dev-worker-1  hdfs: Write the configuration` is, in brief, `dev-worker-1  hdfs`. */
function inBrief(text: string): { node: string; text: string } {
  const [, node = "", role] = /^(\S+) {2}(?:([\w-]+): )?/.exec(text) ?? [];
  return { node, text: role === undefined ? text : `${node}  ${role}` };
}

const mark = (line: StageLine): string => (line.state === "done" ? "✔" : line.state === "failed" ? "✖" : "·");

const prefix = (boards: readonly Board[], board: Board): string => (boards.length > 1 ? `${board.cluster}  ` : "");

/** A list whose lines are redrawn in place: one task a stage, ended by the board. */
function liveLines(boards: readonly Board[], out: NodeJS.WriteStream): Show {
  let over = false;
  const updates = new Set<() => void>();
  const width = (): number => (out.columns ?? 100) - 6;
  const stageTask = (board: Board, name: StageLine["name"]): ListrTask => ({
    title: name,
    task: (_context, task) =>
      new Promise<void>((resolve, reject) => {
        const update = (): void => {
          const line = board.stages.find((stage) => stage.name === name);
          if (line === undefined) return;
          task.title = `${prefix(boards, board)}${stageText(line, board.startedAt, Date.now(), width())}`;
          if (line.state === "done") resolve();
          else if (line.state === "failed") reject(new Error(task.title));
          else if (over) {
            task.skip(`${name.padEnd(12)} not reached`);
            resolve();
          } else return;
          updates.delete(update);
        };
        updates.add(update);
        update();
      }),
  });
  const tasks = boards.flatMap((board) => board.stages.map((stage) => stageTask(board, stage.name)));
  const list = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: { collapseErrors: false, showErrorMessage: false, collapseSkips: true },
  });
  const running = list.run();
  const timer = setInterval(() => refresh(), 200);
  const refresh = (): void => updates.forEach((update) => update());
  return {
    refresh,
    finish: async () => {
      clearInterval(timer);
      over = true;
      refresh();
      await running;
    },
  };
}
