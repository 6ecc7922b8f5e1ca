import { setTimeout as pause } from "node:timers/promises";
import { hostFlags } from "../../components/clouds/local/machine-needs.ts";
import { readMachine } from "../../components/clouds/local/machine.ts";
import { machineResolvers } from "../../components/clouds/local/host.ts";
import { listNetworks, removeNetwork } from "../../components/clouds/local/network.ts";
import { podman, podmanList } from "../../components/clouds/local/podman.ts";
import { takeReadings } from "../../components/clouds/local/readings.ts";
import { subnetsOverlap } from "../../plan/addressing.ts";
import { detachDisks } from "./disks.ts";
import type { Place } from "./place.ts";

/** Milliseconds. */
const KILL_DEADLINE = 120_000;

/**
 * The box is one container with a network, a mount and a process namespace of its own: all its daemons, bridges, rules,
 * routers and servers are in there, so nothing of them is left when it ends, however it ends.
 */

/** What a container is started with. */
export interface BoxStart {
  image: string;
  /** Whether Nova's fake driver makes the servers: they are there for all services, but no machine is behind them. */
  fakeCompute: boolean;
}

const FAKE_COMPUTE = "muster.fake-compute";

/** How the container stands. */
export async function look({ container }: Place): Promise<"running" | "stopped" | "absent"> {
  const rows = await podmanList<{ State: string }>(["ps", "--all", "--filter", `name=^${container}$`]);
  const [row] = rows;
  return row === undefined ? "absent" : row.State === "running" ? "running" : "stopped";
}

/** Makes and starts it; what an earlier one left goes first. */
export async function startContainer(place: Place, start: BoxStart): Promise<void> {
  const { container, subnet, gateway } = place;
  await removeContainer(place);
  await refuseClash(place);
  const shape = ["--subnet", subnet, "--gateway", gateway, "--disable-dns", "--opt", "isolate=true"];
  await podman(["network", "create", ...shape, container]);
  await podman(await arguments_(place, start));
}

/** Whether the servers of a box that runs are of the fake driver. */
export async function hasFakeCompute({ container }: Place): Promise<boolean> {
  const label = await podman(["inspect", "--format", `{{index .Config.Labels "${FAKE_COMPUTE}"}}`, container]);
  return label.trim() === "true";
}

async function arguments_({ container, prefix, disks }: Place, { image, fakeCompute }: BoxStart): Promise<string[]> {
  return [
    ...["run", "--detach", "--pull=never", "--name", container, "--hostname", "box", "--network", container],
    ...["--label", `${FAKE_COMPUTE}=${fakeCompute}`],
    // Loop devices, mounts, control groups: it is a hypervisor. What it could spoil for the machine it does without.
    ...["--privileged", "--cap-drop", "SYS_TIME,SYS_MODULE,SYS_BOOT,SYS_RAWIO,SYSLOG,WAKE_ALARM"],
    ...["--systemd=always", "--cgroupns=private", ...hostFlags(await readMachine())],
    ...["--http-proxy=false", "--dns", "none", "--pids-limit", "0"],
    // Servers' disks: on the machine's own file system, and thrown away with the container.
    ...["--volume", "/var/lib/openstack-box"],
    ...["--env", `BOX_RESOLVERS=${machineResolvers().join(" ")}`],
    ...["--env", `BOX_PREFIX=${prefix}`, "--env", `BOX_DISKS=${disks}`, "--env", `BOX_FAKE_COMPUTE=${fakeCompute}`],
    image,
  ];
}

/** Removes the container, its network and what the kernel keeps of it. Nothing there is fine. */
export async function removeContainer(place: Place): Promise<void> {
  await kill(place);
  const [network] = await listNetworks(place.container);
  if (network !== undefined) await removeNetwork(network);
  await detachDisks(place);
}

/** All that is in it dies at once; on a busy machine it takes longer than podman waits. */
async function kill({ container }: Place): Promise<void> {
  const until = Date.now() + KILL_DEADLINE;
  for (;;) {
    try {
      await podman(["rm", "--force", "--ignore", "--volumes", "--time", "0", container]);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await pause(500);
    }
  }
}

async function refuseClash({ subnet }: Place): Promise<void> {
  const { routes } = await takeReadings();
  const clash = routes.find((route) => subnetsOverlap(route.subnet, subnet));
  if (clash !== undefined)
    throw new Error(`the box needs ${subnet}, but ${clash.device} has ${clash.subnet}: take that away first`);
}
