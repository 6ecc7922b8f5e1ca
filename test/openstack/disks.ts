import { readdirSync } from "node:fs";
import { readIf } from "../../components/clouds/local/machine.ts";
import { asRoot, run } from "../../components/clouds/local/process.ts";

/**
 * The hypervisor's folder of servers' disks (`instances_path` in images/box). Once the box is dead, the kernel
 * tells their paths from the root of the volume on: the name of the folder in it has to be one of a kind.
 */
const DISKS = "/muster-openstack-servers/";

/** Loop devices that servers' disks are on: `/dev/loop3`. They belong to the machine, not to the box's namespaces. */
export function attachedDisks(): string[] {
  return readdirSync("/sys/block").flatMap((device) => {
    const file = readIf(`/sys/block/${device}/loop/backing_file`);
    return file.includes(DISKS) ? [`/dev/${device}`] : [];
  });
}

/** Lets go of the disks of servers that died with their box. */
export async function detachDisks(): Promise<void> {
  for (const device of attachedDisks()) {
    const { code, stderr } = await run(asRoot(["losetup", "--detach", device]), { timeout: 20 });
    if (code !== 0 && attachedDisks().includes(device)) throw new Error(`${device} stays attached: ${stderr.trim()}`);
  }
}
