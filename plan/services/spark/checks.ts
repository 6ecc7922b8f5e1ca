import type { Check } from "../../../contract/job.ts";
import type { ServiceContext } from "../../service.ts";
import { modeOf, type SparkOptions } from "./options.ts";

/** What proves that Spark works: its workers, its history, and Pi on every worker. */
export function sparkChecks(context: ServiceContext<SparkOptions>): Check[] {
  const mode = modeOf(context.spec.services);
  const workers = context.nodesWith("sparkworker").map((node) => node.name);
  const registered: Check[] =
    mode === "yarn"
      ? []
      : [
          {
            name: "spark: workers",
            service: "spark",
            on: [context.theNodeWith("sparkmaster").name],
            mode: "any",
            run: ["spark/workers", ...workers],
            timeoutSeconds: 90,
            required: true,
          },
        ];
  const history: Check = {
    name: "spark: history",
    service: "spark",
    on: [context.theNodeWith("sparkhistory").name],
    mode: "any",
    run: ["spark/history"],
    timeoutSeconds: 90,
    required: true,
  };
  if (!context.spec.verification.jobs) return [...registered, history];
  const pi: Check = {
    name: sparkPiName(context),
    service: "spark",
    on: submittersOf(context),
    mode: "any",
    run: ["spark/pi", ...executorsOf(context)],
    timeoutSeconds: 300,
    after:
      mode === "yarn"
        ? ["hdfs: write here, read there", "yarn: NodeManagers", "spark: history"]
        : ["spark: workers", "spark: history"],
    required: true,
  };
  return [...registered, history, pi];
}

/** What the check is called that runs a job. */
export const sparkPiName = ({ spec }: ServiceContext<unknown>): string =>
  `spark: Pi on ${modeOf(spec.services) === "yarn" ? "YARN" : "its own workers"}`;

/** Nodes that run executors, by name. */
export function executorsOf(context: ServiceContext<unknown>): string[] {
  const daemon = modeOf(context.spec.services) === "yarn" ? "nodemanager" : "sparkworker";
  return context.nodesWith(daemon).map((node) => node.name);
}

/** Where people submit from. Without HDFS events are written where the driver is: there it must be the history server's node. */
export function submittersOf(context: ServiceContext<unknown>): string[] {
  if (context.optionsOf("hdfs") === undefined) return [context.theNodeWith("sparkhistory").name];
  const clients = context.nodesOf("client");
  return (clients.length > 0 ? clients : context.nodesOf("master")).map((node) => node.name);
}
