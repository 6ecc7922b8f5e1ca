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
  const executors = mode === "yarn" ? context.nodesWith("nodemanager").map((node) => node.name) : workers;
  const pi: Check = {
    name: `spark: Pi on ${mode === "yarn" ? "YARN" : "its own workers"}`,
    service: "spark",
    on: submitters(context),
    mode: "any",
    run: ["spark/pi", ...executors],
    timeoutSeconds: 300,
    after:
      mode === "yarn"
        ? ["hdfs: write here, read there", "yarn: NodeManagers", "spark: history"]
        : ["spark: workers", "spark: history"],
    required: true,
  };
  return [...registered, history, pi];
}

/** Where people submit from. Without HDFS events are written where the driver is: there it must be the history server's node. */
function submitters(context: ServiceContext<SparkOptions>): string[] {
  if (context.optionsOf("hdfs") === undefined) return [context.theNodeWith("sparkhistory").name];
  const clients = context.nodesOf("client");
  return (clients.length > 0 ? clients : context.nodesOf("master")).map((node) => node.name);
}
