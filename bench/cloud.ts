/**
 * What do many nodes cost on a cloud's real services? OpenStack's own, with Nova's fake driver: servers are made, looked
 * at and removed as ever, but no machine is behind them, so what is measured is the way there and back.
 */
import { MachinesOnlyCluster } from "../test/openstack/machines-only/cluster.ts";
import { down, up } from "../test/openstack/box.ts";
import { look } from "../test/openstack/container.ts";
import { placeOf } from "../test/openstack/place.ts";
import { SavesOf } from "./measure/checkpoints.ts";
import { machineLine } from "./measure/machine.ts";
import { childrenSeconds } from "./measure/processes.ts";
import { whenStopped } from "./measure/stopping.ts";
import { gibibytes, markdown, mebibytes } from "./measure/table.ts";

/** Each twice the one before; others by the variable. */
const sizes = (process.env["MUSTER_BENCH_NODES"] ?? "50,100,200").split(",").map(Number);
/** Nodes that the checkpoints' cost is told for, and that nobody makes here. */
const far = 1000;
const place = placeOf("bench");
const LOOK = /^GET \/compute\/v2\.1\/servers\/\{id\}$/;

/** One command at one size. */
interface Cost {
  seconds: number;
  /** Processor seconds of the whole control side. */
  cpuSeconds: number;
  calls: number;
  /** Those of them that look whether a server is made, or gone, by now: the slower the cloud, the more. */
  looks: number;
  /** How often the engine wrote its whole state, and how much that was together. */
  saves: number;
  saved: number;
}

interface Life {
  up: Cost;
  again: Cost;
  down: Cost;
  /** Bytes of the state with all nodes in it. */
  state: number;
}

/** The cluster that is being measured. */
let alive: MachinesOnlyCluster | undefined;

async function life(nodes: number): Promise<Life> {
  const cluster = await MachinesOnlyCluster.on(place);
  alive = cluster;
  const measured = async (command: "up" | "down"): Promise<Cost & { largest: number }> => {
    const saves = new SavesOf(cluster.stateFile);
    const [cpu, begun] = [childrenSeconds(), Date.now()];
    cluster.proxy.calls.clear();
    const printed = await cluster.muster(command, "--yes");
    const seconds = (Date.now() - begun) / 1000;
    const { count, bytes, largest } = saves.stop();
    if (printed.code !== 0) throw new Error(`${command} of ${nodes} nodes: ${printed.stdout}\n${printed.stderr}`);
    const [calls, looks] = [cluster.proxy.calls.number(), cluster.proxy.calls.number(LOOK)];
    const cost = { seconds, cpuSeconds: childrenSeconds() - cpu, calls, looks };
    process.stderr.write(
      `${nodes} nodes, ${command}: ${JSON.stringify({ ...cost, saves: count, saved: bytes, largest })}\n`,
    );
    return { ...cost, saves: count, saved: bytes, largest };
  };
  try {
    // A slow cloud is to be measured, not given up; but an hour is enough for 200 nodes on two cores.
    cluster.want({ workers: nodes - 1, cloud: ["createTimeout: 30"], cluster: ["deadlines: { machine: 3600 }"] });
    const made = await measured("up");
    return { up: made, state: made.largest, again: await measured("up"), down: await measured("down") };
  } finally {
    await cluster.remove();
    alive = undefined;
  }
}

const wasThere = (await look(place)) === "running";
/** With a box of its own goes all that is in it. */
const leave = async (): Promise<void> => {
  if (wasThere) return alive?.remove();
  await down(place);
  await alive?.checkout.remove();
};
whenStopped(leave);
try {
  await up(place, (line) => void process.stderr.write(`box: ${line}\n`), { fakeCompute: true });
  process.stdout.write(`${machineLine()}\n\n`);
  const lives: Life[] = [];
  for (const nodes of sizes) lives.push(await life(nodes));
  const row = (what: string, show: (one: Life, at: number) => string): string[] => [what, ...lives.map(show)];
  const rowsOf = (command: "up" | "again" | "down", what: string): string[][] => [
    row(what, (one) => `${one[command].seconds.toFixed(0)} s`),
    row(`${what}: control side's processor time`, (one) => `${one[command].cpuSeconds.toFixed(1)} s`),
    row(`${what}: calls`, (one) => String(one[command].calls)),
    row(`${what}: calls a node`, (one, at) => (one[command].calls / (sizes[at] ?? 1)).toFixed(1)),
    row(`${what}: of them looks whether a server is made or gone by now`, (one) => String(one[command].looks)),
    row(`${what}: calls but these against the size before`, ({ [command]: { calls, looks } }, at) => {
      const before = lives[at - 1]?.[command];
      return before === undefined ? "" : `${((calls - looks) / (before.calls - before.looks)).toFixed(2)}×`;
    }),
    row(`${what}: writings of the state`, ({ [command]: { saves, saved } }) => `${saves}, ${mebibytes(saved)}`),
  ];
  const table = [
    ...rowsOf("up", "up"),
    ...rowsOf("again", "second up"),
    ...rowsOf("down", "down"),
    row("the state at its largest", ({ state }) => `${(state / 1024).toFixed(0)} KiB`),
  ];
  process.stdout.write(`${markdown(["measured", ...sizes.map((size) => `${size} nodes`)], table)}\n\n`);
  // Each node costs a constant number of writings, each as long as the state is by then; what every cluster costs makes
  // the square too much, the more so the smaller the measured one is.
  const last = lives.at(-1);
  const ratio = (far / (sizes.at(-1) ?? far)) ** 2;
  const bytes = ((last?.up.saved ?? 0) + (last?.down.saved ?? 0)) * ratio;
  process.stdout.write(
    `By the square from ${sizes.at(-1)} nodes: ${far} nodes write at most ${gibibytes(bytes)} GiB of states for an up and a down together.\n`,
  );
} finally {
  await leave();
}
