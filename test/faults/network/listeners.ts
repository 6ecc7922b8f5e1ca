import type { Inside } from "../../hosts/inside.ts";

/** A socket that waits for strangers. */
export interface Listener {
  protocol: "tcp" | "udp";
  address: string;
  port: number;
  program: string;
}

/** Everything that listens on a host. */
export async function listeners(host: Inside): Promise<Listener[]> {
  const text = await host.sh("ss -H -ltunp");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [protocol, , , , local = "", , users = ""] = line.trim().split(/\s+/);
      const at = local.lastIndexOf(":");
      return {
        protocol: protocol === "udp" ? "udp" : "tcp",
        address: local.slice(0, at).replaceAll(/[[\]]/g, "").replace(/%.*$/, ""),
        port: Number(local.slice(at + 1)),
        program: /\(\("([^"]+)"/.exec(users)?.[1] ?? "?",
      };
    });
}

export const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";

export const told = ({ protocol, address, port, program }: Listener): string =>
  `${program} ${protocol} ${address}:${port}`;
