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

/** One line when a stage begins, ends or tells of another node: for logs and pipes. */
export function plainLines(boards: readonly Board[], print: (line: string) => void): Show {
  const shown = new Map<string, string>();
  const refresh = (): void => {
    for (const board of boards) {
      for (const line of board.stages) {
        if (line.state === "waiting") continue;
        const key = `${board.cluster} ${line.name}`;
        const news = `${line.state} ${line.done} ${line.text}`;
        if (shown.get(key) === news) continue;
        shown.set(key, news);
        print(`${prefix(boards, board)}${mark(line)} ${stageText(line, Date.now(), 160)}`);
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
          task.title = `${prefix(boards, board)}${stageText(line, Date.now(), width())}`;
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
