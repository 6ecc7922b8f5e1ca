import type { Command } from "commander";

/** What every command takes. */
export interface CommonOptions {
  stack: string;
  cluster?: string;
  /** Do not ask. */
  yes?: boolean;
  /** How often `-v` was given. */
  verbose: number;
}

/** Adds the options that every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("-s, --stack <name>", "the stack: which Pulumi.<name>.yaml", process.env["MUSTER_STACK"] ?? "dev")
    .option("-c, --cluster <name>", "the cluster, where a stack has several")
    .option("-y, --yes", "do not ask")
    .option("-v, --verbose", "print the commands it runs", (_: string, times: number) => times + 1, 0);
}

/** Tells a line to the person, not to the pipe. */
export const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Where `-v` sends the commands that are run. */
export const teller = (options: Pick<CommonOptions, "verbose">): ((line: string) => void) =>
  options.verbose > 0 ? (line) => tell(`$ ${line}`) : () => undefined;
