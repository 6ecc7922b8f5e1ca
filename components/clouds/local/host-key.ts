import type { KeyReading } from "../../../contract/key-reading.ts";
import { generationOf, listHosts, type PodmanContainer } from "./host.ts";
import { asRoot, run } from "../../process.ts";

const PUBLIC_KEY = /^ssh-ed25519 [A-Za-z0-9+/=]+/m;

/** A running host, and the generation it must at least be of; as {@link hostKeys} takes it. */
export const machineName = (host: string, generation: number): string => `${host}/${generation}`;

/**
 * The public host keys of running hosts, read past the network: from their own file systems. One look at podman for all
 * of them.
 * @param machines See {@link machineName}.
 */
export async function hostKeys(machines: readonly string[]): Promise<KeyReading[]> {
  const hosts = new Map((await listHosts()).flatMap((host) => host.Names.map((name) => [name, host])));
  return Promise.all(
    machines.map(async (machine) => {
      const [name = "", generation = "0"] = machine.split("/");
      try {
        return { machine, keys: [await readKey(name, hosts.get(name), Number(generation))] };
      } catch (error) {
        return { machine, reason: (error as Error).message };
      }
    }),
  );
}

/** @throws Why there is none yet. */
async function readKey(name: string, host: PodmanContainer | undefined, generation: number): Promise<string> {
  if (!host) throw new Error(`${name} is not there`);
  if (host.State !== "running") throw new Error(`${name} is ${host.State}`);
  const has = generationOf(host);
  if (has < generation) throw new Error(`${name} is still of generation ${has}, not ${generation}`);
  const file = `/proc/${host.Pid}/root/etc/ssh/ssh_host_ed25519_key.pub`;
  const { stdout } = await run(asRoot(["cat", file]), { timeout: 10 });
  const key = PUBLIC_KEY.exec(stdout)?.[0];
  if (key === undefined) throw new Error(`${name} has made no host key yet`);
  return key;
}
