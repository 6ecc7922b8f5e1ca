import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { gibibytes } from "./table.ts";

/** The machine and how busy it is: figures of one that others use at the same time are worth little. */
export function machineLine(): string {
  const [load = 0] = loadavg();
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const others = load > availableParallelism() / 2 ? ", others are at work: noisy" : "";
  const at = new Date().toISOString().slice(0, 16);
  return `${availableParallelism()} cores (${model}), ${gibibytes(totalmem())} GiB, load ${load.toFixed(1)}${others}, ${revision()}, ${at}Z`;
}

function revision(): string {
  try {
    const argv = ["-C", import.meta.dirname, "describe", "--always", "--dirty"];
    return execFileSync("git", argv, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "no revision";
  }
}
