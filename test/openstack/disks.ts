import { readdirSync } from "node:fs";
import { readIf } from "../../components/clouds/local/machine.ts";
import { asRoot, run } from "../../components/process.ts";
import type { Place } from "./place.ts";

/** Loop devices that servers' disks are on: `/dev/loop3`. They belong to the machine, not to the box's namespaces. */
export function attachedDisks({ disks }: Place): string[] {
  return readdirSync("/sys/block").flatMap((device) => {
    const file = readIf(`/sys/block/${device}/loop/backing_file`);
    return file.includes(`/${disks}/`) ? [`/dev/${device}`] : [];
  });
}

/** Lets go of the disks of servers that died with their box. */
export async function detachDisks(place: Place): Promise<void> {
  for (const device of attachedDisks(place)) {
    const { code, stderr } = await run(asRoot(["losetup", "--detach", device]), { timeout: 20 });
    if (code !== 0 && attachedDisks(place).includes(device))
      throw new Error(`${device} stays attached: ${stderr.trim()}`);
  }
}
