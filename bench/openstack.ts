/**
 * How long does a cluster take on OpenStack, and against the same servers made by OpenStack's own command line and the
 * same roles pushed? OpenStack's services and its servers are on this machine, so all of them share its cores.
 */
import { down, up } from "../test/openstack/box.ts";
import { placeOf } from "../test/openstack/place.ts";
import { readLogin } from "../test/openstack/project.ts";
import { machineLine } from "./measure/machine.ts";
import { whenStopped } from "./measure/stopping.ts";
import { resultTable, seconds, times } from "./measure/table.ts";
import { CliServers } from "./openstack/cli-servers.ts";
import { productSide } from "./openstack/product-side.ts";
import { push } from "./push/push-side.ts";

const WORKERS = 3;
const target = { wall: 1.5, cpu: 5 };
const place = placeOf("speed");

whenStopped(() => down(place));
await up(place, (line) => void process.stderr.write(`${line}\n`));
const servers = new CliServers(place, WORKERS);
try {
  process.stdout.write(`${machineLine()}\n\n`);
  const ours = await productSide(place, WORKERS);
  process.stdout.write(`${ours.timeline}\n\n`);
  const login = readLogin(place);
  if (login === undefined) throw new Error("the box has no project for us");
  const made = await servers.make(login);
  const pushed = await push(servers, "files");
  const theirs = { seconds: made.seconds + pushed.seconds, cpuSeconds: made.cpuSeconds + pushed.cpuSeconds };
  const wall = theirs.seconds / ours.seconds;
  const cpu = theirs.cpuSeconds / ours.cpuSeconds;
  const nodes = `1 + ${WORKERS}`;
  const rows = [
    { what: `${nodes}: wall, up to verified`, value: seconds(ours.seconds) },
    { what: `${nodes}: wall, servers by command line`, value: seconds(made.seconds) },
    { what: `${nodes}: wall, roles pushed to them`, value: seconds(pushed.seconds) },
    { what: `${nodes}: wall, ratio`, value: times(wall), target: `≥ ${target.wall}×`, ok: wall >= target.wall },
    { what: `${nodes}: control side's s, up`, value: seconds(ours.cpuSeconds) },
    { what: `${nodes}: control side's s, servers by command line`, value: seconds(made.cpuSeconds) },
    { what: `${nodes}: control side's s, roles pushed`, value: seconds(pushed.cpuSeconds) },
    { what: `${nodes}: control side's s, ratio`, value: times(cpu), target: `≥ ${target.cpu}×`, ok: cpu >= target.cpu },
  ];
  process.stdout.write(`${resultTable(rows)}\n`);
} finally {
  servers.remove();
  await down(place);
}
