import { setTimeout as pause } from "node:timers/promises";
import { hostFlags } from "../../components/clouds/local/machine-needs.ts";
import { readMachine } from "../../components/clouds/local/machine.ts";
import { machineResolvers } from "../../components/clouds/local/host.ts";
import { listNetworks, removeNetwork } from "../../components/clouds/local/network.ts";
import { podman, podmanList } from "../../components/clouds/local/podman.ts";
import { takeReadings } from "../../components/clouds/local/readings.ts";
import { subnetsOverlap } from "../../plan/addressing.ts";
import { detachDisks } from "./disks.ts";
import { BOX, GATEWAY, SUBNET } from "./place.ts";

/** Milliseconds. */
const KILL_DEADLINE = 120_000;

/**
 * The box is one container with a network, a mount and a process namespace of its own: all its daemons, bridges, rules,
 * routers and servers are in there, so nothing of them is left when it ends, however it ends.
 */

/** How the container stands. */
export async function look(): Promise<"running" | "stopped" | "absent"> {
  const rows = await podmanList<{ State: string }>(["ps", "--all", "--filter", `name=^${BOX}$`]);
  const [row] = rows;
  return row === undefined ? "absent" : row.State === "running" ? "running" : "stopped";
}

/** Makes and starts it; what an earlier one left goes first. */
export async function startContainer(image: string): Promise<void> {
  await removeContainer();
  await refuseClash();
  const shape = ["--subnet", SUBNET, "--gateway", GATEWAY, "--disable-dns", "--opt", "isolate=true"];
  await podman(["network", "create", ...shape, BOX]);
  await podman(await arguments_(image));
}

async function arguments_(image: string): Promise<string[]> {
  return [
    ...["run", "--detach", "--pull=never", "--name", BOX, "--hostname", "box", "--network", BOX],
    // Loop devices, mounts, control groups: it is a hypervisor. What it could spoil for the machine it does without.
    ...["--privileged", "--cap-drop", "SYS_TIME,SYS_MODULE,SYS_BOOT,SYS_RAWIO,SYSLOG,WAKE_ALARM"],
    ...["--systemd=always", "--cgroupns=private", ...hostFlags(await readMachine())],
    ...["--http-proxy=false", "--dns", "none", "--pids-limit", "0"],
    // Servers' disks: on the machine's own file system, and thrown away with the container.
    ...["--volume", "/var/lib/openstack-box"],
    ...["--env", `BOX_RESOLVERS=${machineResolvers().join(" ")}`],
    image,
  ];
}

/** Removes the container, its network and what the kernel keeps of it. Nothing there is fine. */
export async function removeContainer(): Promise<void> {
  await kill();
  const [network] = await listNetworks(BOX);
  if (network !== undefined) await removeNetwork(network);
  await detachDisks();
}

/** All that is in it dies at once; on a busy machine it takes longer than podman waits. */
async function kill(): Promise<void> {
  const until = Date.now() + KILL_DEADLINE;
  for (;;) {
    try {
      await podman(["rm", "--force", "--ignore", "--volumes", "--time", "0", BOX]);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await pause(500);
    }
  }
}

async function refuseClash(): Promise<void> {
  const { routes } = await takeReadings();
  const clash = routes.find((route) => subnetsOverlap(route.subnet, SUBNET));
  if (clash !== undefined)
    throw new Error(`the box needs ${SUBNET}, but ${clash.device} has ${clash.subnet}: take that away first`);
}
