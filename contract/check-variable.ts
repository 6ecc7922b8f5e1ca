/**
 * Set to 1 in the environment of a run: look at every node again and verify, although nothing changed. The program then
 * raises the attempt, and the runner configures also nodes that seem to have everything. `up --check` sets it.
 */
const CHECK_VARIABLE = "MUSTER_CHECK";

/** The environment of a run that looks at every node. */
export const checkEnvironment = { [CHECK_VARIABLE]: "1" };

export const isCheckWanted = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  environment[CHECK_VARIABLE] === "1";
