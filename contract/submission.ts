import { z } from "zod";

/** What is asked of a node's `bin/job create`: one job of a person's. */
export interface Submission {
  /** Unique: `<time>-<name>-<random>`. Also the tag of its applications. */
  id: string;
  name: string;
  /** Linux user whose job it is. */
  user: string;
  /** As it was typed. */
  command: string[];
  /** The same for the node's shell. */
  line: string;
  /** Names of the files that were sent along, which do not come back. */
  given: string[];
  /** Nodes that may work for it. */
  watch: string[];
  sampleSeconds: number;
  /** None: it may take as long as it likes. */
  timeoutSeconds?: number;
  /** ISO time. */
  submitted: string;
}

/** What a node's `bin/job show` and `list` tell of a job. */
export const jobLine = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  command: z.array(z.string()),
  submitted: z.string(),
  /** `collecting`: its command has ended. `lost`: its node went down, or somebody killed what works for it. */
  stage: z.enum(["created", "running", "collecting", "done", "lost"]),
  state: z.string(),
  exitCode: z.int().optional(),
});

export type JobLine = z.output<typeof jobLine>;

const time = z.iso.datetime().nullable();
const amount = z.number().nonnegative();

const application = z.object({
  id: z.string().describe("YARN's `application_…`, or of Spark's own master `app-…`."),
  kind: z.string().describe("`mapreduce`, `spark`, or what else YARN calls it."),
  name: z.string().describe("Its own name."),
  state: z.string().describe("As its scheduler says, e.g. `FINISHED`, `KILLED`."),
  finalStatus: z.string().describe("Whether it says that it succeeded: `SUCCEEDED`, `FAILED`, `KILLED`, `UNDEFINED`."),
  started: time.describe("When it was submitted."),
  ended: time.describe("When it ended."),
  memoryMiBSeconds: amount.optional().describe("Memory that YARN gave it, times how long."),
  vcoreSeconds: amount.optional().describe("Processors that YARN gave it, times how long."),
  files: z.array(z.string()).describe("What the folder has of it: logs, counters, events."),
});

const usage = z.object({
  node: z.string().describe("Where."),
  application: z.string().nullable().describe("Whose processes; null: the command's own, on the node it ran on."),
  processes: z.int().describe("How many were seen."),
  samples: z.int().describe("How often some were seen."),
  cpuSeconds: amount.describe("Processor time of all of them."),
  peakMemoryMiB: amount.describe("Most resident memory that they had at one moment."),
  readMiB: amount.describe("Read from disks."),
  writtenMiB: amount.describe("Written to disks."),
});

/** `job.json` in the folder of a job: format 1. A later format may add fields; one that is changed or goes raises the number. */
export const jobReport = z.object({
  format: z.literal(1).describe("Of this file."),
  id: z.string().describe("The job's own, unique in its cluster."),
  name: z.string().describe("What it was called."),
  cluster: z.object({ name: z.string(), kind: z.string() }).describe("Name and kind of the cluster."),
  node: z.string().describe("Where the command ran."),
  user: z.string().describe("As whom."),
  command: z.array(z.string()).describe("As it was typed, word by word."),
  given: z.array(z.string()).describe("Files that were sent along."),
  state: z
    .enum(["succeeded", "failed", "timed out", "cancelled"])
    .describe("How it ended: `succeeded`, `failed`, `timed out` or `cancelled`."),
  exitCode: z.int().describe("The command's own; 124: timed out, 143: cancelled, 128 and more: ended by a signal."),
  submitted: z.iso.datetime().describe("By the clock of the machine it was submitted from."),
  started: time.describe("By the node's clock."),
  ended: time.describe("When the command and its applications had ended."),
  seconds: amount.describe("From one to the other, by a clock that nobody sets."),
  sampleSeconds: amount.describe("From one look at its processes to the next."),
  applications: z.array(application).describe("What it started in the cluster, oldest first."),
  usage: z.array(usage).describe("What its processes took, by node and application."),
  notes: z.array(z.string()).describe("What is missing here, and why."),
});

export type JobReport = z.output<typeof jobReport>;
