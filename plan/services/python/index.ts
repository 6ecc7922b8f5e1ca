import { z } from "zod";
import { artifactId, learnLock, lockOf, lockedVersions, type WheelsLock } from "../../../artifacts/locks.ts";
import type { Check } from "../../../contract/job.ts";
import type { ServiceContext, ServiceDefinition } from "../../service.ts";
import { readLocked } from "./requirements.ts";
import { executorsOf, sparkPiName, submittersOf } from "../spark/checks.ts";

const packages = "python-packages";
/** Versions of Python that packages are locked for. */
const versions = lockedVersions(packages, "wheels");
const newest = versions.at(-1) ?? "";

const pythonOptions = z.strictObject({
  version: z
    .enum(versions)
    .default(newest)
    .describe(`The Python that the packages are for; the nodes must have it. Default: ${newest}.`),
  requirements: z
    .string({ error: "allowed: a path relative to the project" })
    .min(1, { error: "allowed: a path relative to the project" })
    .optional()
    .describe("More packages: a requirements file of pip's, relative to the project. Default: none."),
});

export interface PythonOptions extends z.output<typeof pythonOptions> {
  /** All packages, where there are requirements. */
  locked?: WheelsLock | undefined;
  /** Packages that the requirements name. */
  wanted?: string[] | undefined;
}

/** The same scientific Python on every node, for people's programs and for Spark's: NumPy, SciPy, pandas and others. */
export const python: ServiceDefinition<PythonOptions> = {
  name: "python",
  description: "NumPy, SciPy, pandas, scikit-learn and PyArrow on every node, for PySpark too",
  options: pythonOptions,
  readFiles: (options, read) =>
    options.requirements === undefined
      ? { found: {}, faults: [] }
      : readLocked(options.requirements, baseOf(options), read),
  daemons: {},
  requires: [],
  roles: ["python"],
  toolsOn: "all",
  managesMembers: [],
  artifacts: ({ options }) => [
    { name: packages, id: idOf(options), ...(options.locked === undefined ? {} : { lock: options.locked }) },
  ],
  refuse: () => [],
  settings: ({ options }) => {
    const lock = lockOf(idOf(options));
    return { version: options.version, machine: lock.from === "wheels" ? lock.machine : "" };
  },
  endpoints: () => ({}),
  checks,
};

/** The set without requirements. */
export const baseOf = ({ version }: Pick<PythonOptions, "version">): string => artifactId(packages, version, "wheels");

const idOf = (options: PythonOptions): string =>
  options.locked === undefined ? baseOf(options) : learnLock(options.locked);

function checks(context: ServiceContext<PythonOptions>): Check[] {
  const imports: Check = {
    name: "python: imports",
    service: "python",
    on: context.nodes.map((node) => node.name),
    mode: "each",
    run: ["python/imports", ...(context.options.wanted ?? [])],
    timeoutSeconds: 120,
    required: true,
  };
  if (context.optionsOf("spark") === undefined || !context.spec.verification.jobs) return [imports];
  const fit: Check = {
    name: "python: a fit on all executors",
    service: "python",
    on: submittersOf(context),
    mode: "any",
    run: ["python/fit", ...executorsOf(context)],
    timeoutSeconds: 300,
    after: [imports.name, sparkPiName(context)],
    required: true,
  };
  return [imports, fit];
}
