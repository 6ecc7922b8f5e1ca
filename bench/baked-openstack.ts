/**
 * What does a baked image save on OpenStack? The same cluster of the cloud's image and of one that Packer baked there, one
 * after the other. OpenStack and its servers are on this machine, and their image has all packages already.
 */
import { appendFileSync } from "node:fs";
import { execa } from "execa";
import { buildBundle } from "../runner/bundle/index.ts";
import { expectCode } from "../test/e2e/checkout.ts";
import { Bakery } from "../test/openstack/bakery.ts";
import { down, up } from "../test/openstack/box.ts";
import { CloudUser } from "../test/openstack/cloud-user.ts";
import { placeOf } from "../test/openstack/place.ts";
import { ownProject } from "../test/openstack/project.ts";
import { type BakedRun, bakedTable } from "./measure/baked-table.ts";
import { machineLine } from "./measure/machine.ts";
import { nodeStages } from "./measure/node-stages.ts";
import { childrenSeconds } from "./measure/processes.ts";
import { whenStopped } from "./measure/stopping.ts";

const place = placeOf("speed");

whenStopped(() => down(place));
await up(place, (line) => void process.stderr.write(`${line}\n`));
const bakery = new Bakery(await ownProject(place), place);
const user = new CloudUser(place);
const { name } = user;

const want = (more: object = {}): void => user.writeStack(name, bakery.stack(name, more));

async function measure(): Promise<BakedRun> {
  const [spent, startedAt] = [childrenSeconds(), Date.now()];
  expectCode(await user.onStack("up", "--yes"), 0);
  const [seconds, cpuSeconds] = [(Date.now() - startedAt) / 1000, childrenSeconds() - spent];
  const all = user.events();
  const nodes = nodeStages(all.filter(({ run }) => run === all.at(-1)?.run));
  expectCode(await user.onStack("down", "--yes"), 0);
  return { up: { seconds, cpuSeconds }, nodes };
}

const image = async (...words: string[]): Promise<string> =>
  expectCode(await user.muster("image", ...words, "--stack", name), 0).stdout;

try {
  process.stdout.write(`${machineLine()}\n`);
  await bakery.make();
  await buildBundle();
  await execa(process.execPath, [user.path("tools", "compile.ts")], { env: user.variables(), extendEnv: false });
  // An image that nobody else has, so that it is made now, with this bundle in it.
  appendFileSync(user.path("images/baked/install"), `# ${name}\n`);
  want({ image: "baked" });
  const startedAt = Date.now();
  const [baked = ""] = (await image("build")).split(/\s/);
  const bakeSeconds = (Date.now() - startedAt) / 1000;
  try {
    want();
    const plain = await measure();
    want({ image: "baked" });
    const pairs = [{ plain, baked: await measure() }];
    process.stdout.write(
      `\nwithout services, 1 master + 1 worker:\n\n${bakedTable("cloud's image", pairs, bakeSeconds)}`,
    );
  } finally {
    await user.onStack("down", "--yes");
    await image("rm", baked);
  }
} finally {
  await user.remove(name);
  await bakery.remove();
  await down(place);
}
