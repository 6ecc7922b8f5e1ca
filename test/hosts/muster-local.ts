import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROJECT } from "../../components/images/content.ts";

const execute = promisify(execFile);

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A program to its end; no exception for its exit code. */
export async function end(file: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  try {
    return { code: 0, ...(await execute(file, args, { env })) };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === "number" ? code : 1, stdout, stderr };
  }
}

/** With it, the checkout's own programs are found, and run with the Node that runs the tests. */
export const programs = (): Record<string, string> => ({
  PATH: `${join(PROJECT, "bin")}:${process.env["PATH"] ?? ""}`,
  MUSTER_NODE: process.execPath,
});

/** `muster-local` with parameters in its environment, as the engine starts it. */
export const musterLocal = (words: string[], parameters: Record<string, string>): Promise<Ended> =>
  end("muster-local", words, { ...process.env, ...programs(), ...parameters });
