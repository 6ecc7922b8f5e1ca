import { z } from "zod";
import { cidr, PLACE, text } from "./fields.ts";

const PORTS = 'allowed: a port, or several such as "8000-8010"';
const network = cidr("10.0.0.0/8");
const FROM = "allowed: cluster, admins, or a network such as 10.0.0.0/8";

/** Ports that the user's own programs listen on. */
export const opened = z.strictObject({
  ports: z
    .union([z.int({ error: PORTS }), z.string({ error: PORTS })], { error: PORTS })
    .refine((value) => portsOf(value) !== undefined, { error: PORTS })
    .describe('A port, or several such as "8000-8010".'),
  protocol: z.enum(["tcp", "udp"]).default("tcp").describe("`tcp` or `udp`. Default tcp."),
  on: text(PLACE).default("all").describe("Where: nodes with this role tag, or `all`. Default all."),
  from: z
    .string({ error: FROM })
    .refine((value) => ["cluster", "admins"].includes(value) || network.safeParse(value).success, { error: FROM })
    .default("cluster")
    .describe(
      "Who may come: the `cluster`, `admins` (this machine and `adminNetworks`), or a network. Default cluster.",
    ),
});

/** The first and the last port of `80` or `"8000-8010"`; undefined when malformed. */
export function portsOf(ports: number | string): [number, number] | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(ports)) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from >= 1 && from <= to && to <= 65535 ? [from, to] : undefined;
}
