import assert from "node:assert/strict";
import { asRoot, run } from "../../components/process.ts";
import type { Inside } from "../hosts/inside.ts";

/** What a line lets through: in the words of `tc`. */
export interface Line {
  rate: string;
  burst: string;
}

/** Runs a command on both ends of a host's line. */
export async function onBothEnds(inside: Inside, command: (device: string) => string): Promise<void> {
  const peer = (await inside.sh("cat /sys/class/net/eth0/iflink")).trim();
  const links = await run(["ip", "-o", "link", "show"]);
  const outside = new RegExp(`^${peer}: ([^:@]+)`, "m").exec(links.stdout)?.[1] ?? "no link";
  const words = (device: string): string[] => command(device).split(" ");
  for (const ended of [await run(asRoot(words(outside))), await inside.run(words("eth0"))])
    assert.equal(ended.code, 0, ended.stderr);
}

/** Bounds what goes to a host and what comes from it; without a line no more. */
export const shape = (inside: Inside, line?: Line): Promise<void> =>
  onBothEnds(inside, (device) =>
    line === undefined
      ? `tc qdisc del dev ${device} root`
      : `tc qdisc add dev ${device} root tbf rate ${line.rate} burst ${line.burst} latency 400ms`,
  );
