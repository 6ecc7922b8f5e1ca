/** What `local.Command` takes, as plain values. */
export interface CommandInputs {
  create?: string;
  update?: string;
  delete?: string;
  stdin?: string;
  dir?: string;
  environment?: Record<string, string>;
  interpreter?: string[];
  triggers?: unknown[];
  logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
  addPreviousOutputInEnv?: boolean;
  assetPaths?: string[];
  archivePaths?: string[];
}

/** The resources of the test program, by name. */
export type Wanted = Record<
  string,
  {
    args: CommandInputs;
    /** Inputs that are given as secrets. */
    secrets?: (keyof CommandInputs)[];
    /** Outputs that the program declares secret. */
    secretOutputs?: ("stdout" | "stderr")[];
  }
>;
