import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Checkout } from "../e2e/checkout.ts";
import { type ProcessStatus, statusOf } from "../../runner/process/proc.ts";

/** A process that works for a checkout. */
export interface Worker extends ProcessStatus {
  argv: string[];
}

/**
 * Every process that works for a checkout: started with its folders in the environment, or at work in one of them.
 * Processes inside of hosts know nothing of it; podman's monitors of the hosts, which live as long as these, are told
 * apart by their name `conmon`.
 */
export function processesOf(checkout: Checkout): Worker[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((name) => {
      const pid = Number(name);
      const status = statusOf(pid);
      if (status === undefined || !(belongs(pid, "environ", checkout) || worksIn(pid, checkout))) return [];
      return [{ ...status, argv: read(pid, "cmdline").split("\0").slice(0, -1) }];
    });
}

/** Those that are no monitors of hosts: what must be gone when a command has ended. */
export const strayProcessesOf = (checkout: Checkout): Worker[] =>
  processesOf(checkout).filter(({ name }) => name !== "conmon");

/** The engine at work: not its language host, nor its plug-ins. */
export const isEngine = ({ argv }: Worker): boolean =>
  argv[0]?.split("/").at(-1) === "pulumi" && ["up", "preview"].includes(argv[1] ?? "");

export const isRunner = ({ argv }: Worker): boolean =>
  argv.some((word) => word.endsWith("runner/main.ts")) && argv.at(-1) === "ready";

/** What the runner starts to reach the hosts. */
export const isSsh = ({ argv }: Worker): boolean => /(^|\/)ssh$/.test(argv[0] ?? "");

/** For messages. */
export const told = (workers: readonly Worker[]): string[] =>
  workers.map(({ pid, argv }) => `${pid} ${argv.join(" ").slice(0, 160)}`);

const belongs = (pid: number, file: string, checkout: Checkout): boolean => read(pid, file).includes(checkout.folder);

function worksIn(pid: number, checkout: Checkout): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(checkout.folder);
  } catch {
    return false;
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has ended, or is about to.
    return "";
  }
}
