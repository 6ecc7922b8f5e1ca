import { z } from "zod";
import { artifactId, lockOf, lockedVersions } from "../../../artifacts/locks.ts";
import type { Check } from "../../../contract/job.ts";
import type { ServiceContext, ServiceDefinition } from "../../service.ts";
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
});

export type PythonOptions = z.output<typeof pythonOptions>;

/** The same scientific Python on every node, for people's programs and for Spark's: NumPy, SciPy, pandas and others. */
export const python: ServiceDefinition<PythonOptions> = {
  name: "python",
  description: "NumPy, SciPy, pandas, scikit-learn and PyArrow on every node, for PySpark too",
  options: pythonOptions,
  daemons: {},
  requires: [],
  roles: ["python"],
  toolsOn: "all",
  managesMembers: [],
  artifacts: ({ options }) => [{ name: packages, id: idOf(options) }],
  refuse: () => [],
  settings: ({ options }) => {
    const lock = lockOf(idOf(options));
    return { version: options.version, machine: lock.from === "wheels" ? lock.machine : "" };
  },
  endpoints: () => ({}),
  checks,
};

const idOf = ({ version }: PythonOptions): string => artifactId(packages, version, "wheels");

function checks(context: ServiceContext<PythonOptions>): Check[] {
  const imports: Check = {
    name: "python: imports",
    service: "python",
    on: context.nodes.map((node) => node.name),
    mode: "each",
    run: ["python/imports"],
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
