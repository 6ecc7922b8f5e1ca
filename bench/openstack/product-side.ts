import { execa } from "execa";
import type { ProgressEvent } from "../../contract/summary.ts";
import { buildBundle } from "../../runner/bundle/index.ts";
import { expectCode } from "../../test/e2e/checkout.ts";
import { CloudUser } from "../../test/openstack/cloud-user.ts";
import type { Place } from "../../test/openstack/place.ts";
import { childrenSeconds, every, machineSeconds } from "../measure/processes.ts";
import { type Stamped, stampLines } from "../measure/stamped.ts";
import { type Mark, type Sample, timelineTable } from "../measure/timeline.ts";

/** What `./muster up` of a first cluster cost. */
export interface ProductCost {
  seconds: number;
  /** Processor seconds of the whole control side. */
  cpuSeconds: number;
  /** Where they went, as Markdown. */
  timeline: string;
}

const CONTROL = "control side";

/** `./muster up` of one master and some workers without services, to verified; then all of it is taken away again. */
export async function productSide(place: Place, workers: number): Promise<ProductCost> {
  const user = new CloudUser(place);
  const { name } = user;
  user.writeStack(
    name,
    `config:
  muster:cloud: { name: openstack, image: debian-12 }
  muster:clusters:
    - { name: ${name}, services: [], adminNetworks: [${place.gateway}/32], pools: { master: 1, worker: ${workers} } }
`,
  );
  try {
    await buildBundle();
    const compile = [user.path("tools", "compile.ts")];
    await execa(process.execPath, compile, { env: user.variables(), extendEnv: false });
    const cpu: Sample[] = [];
    const stopCpu = every(100, () => void cpu.push({ at: Date.now(), seconds: machineSeconds() }));
    const engineLog = stampLines(`${user.state}/engine/muster/${name}/engine.log`);
    const [spent, startedAt] = [childrenSeconds(), Date.now()];
    expectCode(await user.onStack("up", "--yes", "-v"), 0);
    const endedAt = Date.now();
    const cpuSeconds = childrenSeconds() - spent;
    const engine = await engineLog();
    await stopCpu();
    const marks = [
      ...marksOf(name, engine, user.events()),
      { at: endedAt, what: "outputs read, report", where: CONTROL },
    ];
    return { seconds: (endedAt - startedAt) / 1000, cpuSeconds, timeline: timelineTable(marks, startedAt, cpu) };
  } finally {
    await user.remove(name);
  }
}

/** What the run waited for, in order: the engine until servers are asked for, then the last of the nodes at each stage. */
function marksOf(name: string, engine: readonly Stamped[], events: readonly ProgressEvent[]): Mark[] {
  const ofEngine = (text: string): number => engine.find((line) => line.text.includes(text))?.at ?? Number.NaN;
  const last = (stage: ProgressEvent["stage"]): ProgressEvent | undefined =>
    events.findLast((event) => event.stage === stage && event.state === "done" && event.node !== undefined);
  const control = (what: string, at: number): Mark => ({ at, what, where: CONTROL });
  const node = (what: string, stage: ProgressEvent["stage"]): Mark => {
    const event = last(stage);
    return { at: event?.at ?? Number.NaN, what, where: event?.node ?? "" };
  };
  return [
    control("entry, config, plan; stack made", ofEngine("$ pulumi up")),
    control("engine and language host start", ofEngine("pulumi:pulumi:Stack")),
    control("program: looks at cloud and journal, preflight, plans", ofEngine("HadoopCluster")),
    control("identity", ofEngine("-identity created")),
    control("network, groups, until a server is asked for", ofEngine(` ${name}-master-1 creating`)),
    node("server made, boots; first contact, enrolment", "machine"),
    node("prepare: bundle sent, Ansible", "prepare"),
    node("activate", "activate"),
    control("verify", events.at(-1)?.at ?? Number.NaN),
    control("engine ends", ofEngine("Duration:")),
  ];
}
