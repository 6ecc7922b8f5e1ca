import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type ProcessStatus, statusOf } from "../../runner/process/proc.ts";

/** One process at one moment. */
export interface MemoryShare {
  pid: number;
  /** What it is, short. */
  name: string;
  /** Proportional set size: shared pages count for each process in parts, so that a sum is true. Bytes. */
  pss: number;
}

/** A process and everything below it, as `/proc` says now. What made itself independent (a machine's supervisor) is not among them. */
export function familyOf(root: number): ProcessStatus[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statusOf(Number(name)) ?? []);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const from = (pid: number): ProcessStatus[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...from(child.pid)]);
  return [...all.filter(({ pid }) => pid === root), ...from(root)];
}

/** What each process of a family holds. One that ended between two looks holds nothing. */
export function memoryOf(root: number): MemoryShare[] {
  return familyOf(root).flatMap(({ pid, name }) => {
    try {
      const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
      return [{ pid, name: whatIs(pid, name), pss: Number(pss ?? 0) * 1024 }];
    } catch {
      return [];
    }
  });
}

/** The program's name; of an interpreter also what it runs. */
function whatIs(pid: number, name: string): string {
  const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const program = (argv[0] ?? name).split("/").at(-1) ?? name;
  if (!/^(node|python3?|sh|bash)$/.test(program)) return program;
  const script = argv.slice(1).find((word) => /\.(ts|js|mjs|py)$|\/bin\//.test(word));
  const [file = "", folder = ""] = (script ?? "").split("/").toReversed();
  return script === undefined ? program : `${program} ${folder}/${file}`;
}

/** Calls something over and over until it is told to stop; what it throws is thrown by the stop. */
export function every(milliseconds: number, work: () => void): () => Promise<void> {
  const controller = new AbortController();
  const loop = (async () => {
    while (!controller.signal.aborted) {
      work();
      await pause(milliseconds, undefined, { signal: controller.signal }).catch(() => undefined);
    }
    work();
  })();
  return async () => {
    controller.abort();
    await loop;
  };
}

/** Processor seconds of every child that has ended and been waited for, with all below it. */
export function childrenSeconds(): number {
  const fields = afterName(readFileSync("/proc/self/stat", "utf8"));
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

/** Processor seconds that this machine has worked since it started, all cores together. */
export function machineSeconds(): number {
  const [user, nice, system, , , irq, softirq] = (/^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "")
    .split(" ")
    .map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, part) => sum + (part ?? 0), 0) / TICKS;
}

/** The kernel tells user space of ticks of 1/100 s on every architecture it runs on. */
const TICKS = 100;

/** The fields of a `stat` file after the name, which stands in brackets and may hold anything. */
const afterName = (stat: string): string[] => stat.slice(stat.lastIndexOf(")") + 2).split(" ");
