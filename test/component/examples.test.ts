import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { jobFile } from "../../components/cluster-files.ts";
import type { Job } from "../../contract/job.ts";
import { answer } from "../mock/commands.ts";
import { mockRun, type MockRun } from "../mock/monitor.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const examples = join(import.meta.dirname, "../../examples");

interface Project {
  name: string;
  main: string;
  config?: Record<string, { default?: unknown }>;
}

/** The config that the engine would give an example: its project's defaults, then its stack's own. */
function configOf(folder: string, project: Project): Record<string, string> {
  const defaults = Object.entries(project.config ?? {}).map(([key, field]) => [key, field.default] as const);
  const file = join(folder, "Pulumi.dev.yaml");
  const stack = existsSync(file)
    ? (parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> })
    : { config: {} };
  const all = [...defaults, ...Object.entries(stack.config)].filter(([, value]) => value !== undefined);
  return Object.fromEntries(all.map(([key, value]) => [key, String(value)]));
}

/** A stack that has never been up remembers nothing. */
const firstRun = (type: string, name: string): Record<string, unknown> =>
  type === "pulumi:pulumi:StackReference" ? { outputs: {}, secretOutputNames: [] } : answer(type, name);

/** Runs an example's program as it stands, on a cloud of trivial commands. */
async function run(name: string): Promise<MockRun> {
  const folder = join(examples, name);
  const project = parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as Project;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier === "muster" ? import.meta.resolve("../mock/muster-on-fake-cloud.ts") : specifier, context),
  });
  try {
    pulumi.runtime.setAllConfig(configOf(folder, project));
    const program = pathToFileURL(join(folder, project.main)).href;
    return await mockRun(async () => ({ ...((await import(program)) as object) }), {
      answer: firstRun,
      project: project.name,
    });
  } finally {
    hooks.deregister();
    pulumi.runtime.setAllConfig({});
  }
}

describe("the examples", () => {
  withStateFolder();

  const hosts = (found: MockRun, cluster: string): string[] =>
    found.registrations
      .map((one) => one.name)
      .filter((name) => new RegExp(`^${cluster}-[a-z]+-\\d$`).test(name))
      .sort();

  it("five-lines makes a master and two workers, and tells where they answer", async () => {
    const found = await run("five-lines");
    assert.equal(found.error, undefined);
    assert.deepEqual(hosts(found, "lab"), ["lab-master-1", "lab-worker-1", "lab-worker-2"]);
    assert.ok(found.registrations.some((one) => one.type === "muster:index:HadoopCluster" && one.name === "lab"));
    assert.deepEqual(Object.keys(found.outputs).sort(), ["endpoints", "memory", "nodes"]);
    assert.deepEqual(Object.keys(found.outputs["memory"] as object), ["lab"]);
  });

  const jobOf = (found: MockRun, project: string, cluster: string): Job => {
    const { JOB: sha } = found.of(`${cluster}-ready`).inputs["environment"] as { JOB: string };
    return JSON.parse(readFileSync(jobFile(`${project}.dev.${cluster}`, sha), "utf8")) as Job;
  };
  const daemonsIn = (job: Job): Record<string, readonly string[]> =>
    Object.fromEntries(job.nodes.map(({ name, view }) => [name, view.node.daemons]));

  it("several-masters has the NameNode and the ResourceManager on two machines, and none on the client", async () => {
    const found = await run("several-masters");
    assert.equal(found.error, undefined);
    const daemons = daemonsIn(jobOf(found, "several-masters", "lab"));
    assert.deepEqual(Object.keys(daemons).sort(), [
      "lab-client-1",
      ...["lab-master-1", "lab-master-2", "lab-worker-1", "lab-worker-2"],
    ]);
    assert.ok(daemons["lab-master-1"]?.includes("namenode") && daemons["lab-master-2"]?.includes("resourcemanager"));
    assert.deepEqual(daemons["lab-client-1"], []);
  });

  it("single-node has everything on one machine", async () => {
    const found = await run("single-node");
    assert.equal(found.error, undefined);
    const daemons = daemonsIn(jobOf(found, "single-node", "lab"));
    assert.deepEqual(Object.keys(daemons), ["lab-node-1"]);
    for (const daemon of ["namenode", "datanode", "resourcemanager", "nodemanager", "historyserver"])
      assert.ok(daemons["lab-node-1"]?.includes(daemon), `${daemon}: ${daemons["lab-node-1"]?.join(" ")}`);
  });

  it("spark makes a master and two workers that keep no data", async () => {
    const found = await run("spark");
    assert.equal(found.error, undefined);
    assert.deepEqual(hosts(found, "lab"), ["lab-master-1", "lab-worker-1", "lab-worker-2"]);
    assert.ok(found.registrations.some((one) => one.type === "muster:index:SparkCluster" && one.name === "lab"));
    assert.ok(!found.registrations.some((one) => one.name.endsWith("-data")));
  });

  it("spark-yarn makes Hadoop with Spark, and a node that watches the others", async () => {
    const found = await run("spark-yarn");
    assert.equal(found.error, undefined);
    assert.deepEqual(hosts(found, "lab"), ["lab-master-1", "lab-monitor-1", "lab-worker-1", "lab-worker-2"]);
    const { checks, endpoints } = jobOf(found, "spark-yarn", "lab");
    const where = Object.fromEntries(checks.map(({ name, on }) => [name, on.join(" ")]));
    assert.equal(where["spark: Pi on YARN"], "lab-master-1");
    assert.deepEqual([where["prometheus: targets"], where["ganglia: hosts"]], ["lab-monitor-1", "lab-monitor-1"]);
    assert.match(endpoints["nfs"] ?? "", /^nfs:\/\/lab-master-1\./);
    assert.equal(endpoints["prometheus"], "http://lab-monitor-1.lab.internal:9090");
  });

  it("pool makes machines without a service, one of them with a volume", async () => {
    const found = await run("pool");
    assert.equal(found.error, undefined);
    assert.deepEqual(hosts(found, "plain"), ["plain-files-1", "plain-web-1", "plain-web-2"]);
    assert.ok(found.registrations.some((one) => one.type === "muster:index:PoolCluster" && one.name === "plain"));
    const volumes = found.registrations.map(({ name }) => name).filter((name) => name.endsWith("-data"));
    assert.deepEqual(volumes, ["plain-files-1-data"]);
  });

  it("shared-files makes a server with a volume, and machines that are told of its folders", async () => {
    const found = await run("shared-files");
    assert.equal(found.error, undefined);
    assert.deepEqual(hosts(found, "lab"), ["lab-files-1", "lab-node-1", "lab-node-2"]);
    const volumes = found.registrations.map(({ name }) => name).filter((name) => name.endsWith("-data"));
    assert.deepEqual(volumes, ["lab-files-1-data"]);
    assert.match(String((found.outputs["endpoints"] as Record<string, string>)["nfs"]), /^nfs:\/\/lab-files-1\./);
  });

  it("own-steps makes machines whose steps reach those that they are for, in order", async () => {
    const found = await run("own-steps");
    assert.equal(found.error, undefined);
    assert.deepEqual(hosts(found, "steps"), ["steps-back-1", "steps-back-2", "steps-front-1"]);
    const { nodes } = jobOf(found, "own-steps", "steps");
    const steps = Object.fromEntries(nodes.map(({ name, view }) => [name, view.own?.map((step) => step.name)]));
    const all = ["packages ca-certificates", "role motd", "playbook site.yml"];
    assert.deepEqual(steps["steps-back-2"], [...all, "script count-me"]);
    assert.deepEqual(steps["steps-front-1"], [...all, "file hosts.allow"]);
  });

  it("autopro makes what its stack's config says", async () => {
    const found = await run("autopro");
    assert.equal(found.error, undefined);
    const slaves = [1, 2, 3].map((ordinal) => `autopro-slave-${ordinal}`);
    assert.deepEqual(hosts(found, "autopro"), ["autopro-client-1", "autopro-master-1", ...slaves]);
    assert.ok(found.registrations.some((one) => one.name === "autopro-slave-3-data"));
    assert.ok(!found.registrations.some((one) => one.name === "autopro-client-1-data"));
  });
});
