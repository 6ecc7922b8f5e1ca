import { canonicalSubnet } from "../addressing.ts";
import type { FirewallRule } from "../cluster-plan.ts";
import type { PoolSpec } from "../spec.ts";
import { EVERYWHERE } from "../places.ts";
import type { ClusterConfig } from "./cluster-schema.ts";
import { suggestion } from "./nearest.ts";
import { portsOf } from "./opened-schema.ts";
import type { TaggedMistake } from "./tagged-mistake.ts";

const SSH = 22;

/** What the user opens, as rules of the firewall, and what is wrong with it. */
export function expandOpened(
  { open }: ClusterConfig,
  tags: readonly PoolSpec["roles"][number][],
): { rules: FirewallRule[]; mistakes: TaggedMistake[] } {
  const mistakes: TaggedMistake[] = [];
  const refuse = (path: string, found: string, allowed: string) =>
    mistakes.push({ path, found, allowed, judgedBy: ["open", "pools", "kind"] });
  const rules = open.flatMap(({ ports: written, protocol, on, from }, at): FirewallRule[] => {
    const ports = portsOf(written);
    const tag = tags.find((one) => one === on);
    if (on !== EVERYWHERE && tag === undefined)
      refuse(`open[${at}].on`, JSON.stringify(on), `no such role tag; ${suggestion(on, [EVERYWHERE, ...tags])}`);
    if (ports === undefined) return [];
    if (protocol === "tcp" && ports[0] <= SSH && SSH <= ports[1])
      refuse(`open[${at}].ports`, String(written), "SSH is opened by adminNetworks");
    const source = from === "admins" ? "operator" : from === "cluster" ? from : canonicalSubnet(from);
    return [{ name: `open ${protocol} ${written}`, to: tag === undefined ? "all" : [tag], protocol, ports, source }];
  });
  return { rules, mistakes };
}
