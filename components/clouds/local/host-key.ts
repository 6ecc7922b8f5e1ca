import { findHost, generationOf } from "./host.ts";
import { asRoot, run } from "./process.ts";

const PUBLIC_KEY = /^ssh-ed25519 [A-Za-z0-9+/=]+( \S*)?$/m;

/**
 * The public host key of a running host, read past the network: from its own file system.
 * @param generation The host must be at least of this generation.
 * @throws Why there is none yet.
 */
export async function hostKey(name: string, generation: number): Promise<string> {
  const host = await findHost(name);
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
