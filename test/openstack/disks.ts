import { globSync, readFileSync } from "node:fs";
import { asRoot, run } from "../../components/clouds/local/process.ts";

/** Where the hypervisor keeps servers' disks (`instances_path` in images/box); no other program has such a path. */
const DISKS = "/openstack-box/instances/";

/** Loop devices that servers' disks are on: `/dev/loop3`. They belong to the machine, not to the box's namespaces. */
export function attachedDisks(): string[] {
  return globSync("/sys/block/loop*/loop/backing_file").flatMap((file) => {
    const [, , , device = ""] = file.split("/");
    try {
      return readFileSync(file, "utf8").includes(DISKS) ? [`/dev/${device}`] : [];
    } catch {
      return [];
    }
  });
}

/** Lets go of the disks of servers that died with their box. */
export async function detachDisks(): Promise<void> {
  for (const device of attachedDisks()) {
    const { code, stderr } = await run(asRoot(["losetup", "--detach", device]), { timeout: 20 });
    if (code !== 0 && attachedDisks().includes(device)) throw new Error(`${device} stays attached: ${stderr.trim()}`);
  }
}
