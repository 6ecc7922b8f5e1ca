import { type AddressInfo, createServer, type Server } from "node:net";
import type { Job, JobNode } from "../../contract/job.ts";
import type { ClusterName } from "../environment.ts";
import { exit, Trouble } from "../exit.ts";
import { tell } from "../options.ts";
import { onTerminal, sshConfig } from "../ssh.ts";
import { table } from "../progress/lines.ts";

/** A web page of a service, and the node it is on. */
export interface WebPage {
  service: string;
  node: string;
  address: string;
  port: number;
  path: string;
}

/** The endpoints that a browser can show. */
export function webPages(job: Job): WebPage[] {
  return Object.entries(job.endpoints).flatMap(([service, endpoint]) => {
    if (!/^https?:/.test(endpoint)) return [];
    const url = new URL(endpoint);
    const node = job.nodes.find((one) => isHost(one, url.hostname));
    if (node === undefined) return [];
    const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
    const path = url.pathname + url.search;
    return [{ service, node: node.name, address: node.view.node.address, port, path }];
  });
}

const isHost = (node: JobNode, host: string): boolean =>
  host === node.name || host === node.view.node.fqdn || host === node.view.node.address;

/** Forwards every web page to a free local port until interrupted; each through its own node. */
export async function tunnel(cluster: ClusterName, job: Job, say: (line: string) => void): Promise<number> {
  const pages = webPages(job);
  if (pages.length === 0) throw new Trouble(`no service of ${cluster.cluster} has a web page`);
  const ports = await freePorts(pages.length);
  const links: string[][] = [];
  // Each page through its own node: its host firewall may let nobody else in.
  const perNode = new Map<string, string[]>();
  for (const [at, page] of pages.entries()) {
    const local = ports[at] ?? 0;
    links.push([page.service, `http://localhost:${local}${page.path}`]);
    const forwards = perNode.get(page.node) ?? [];
    perNode.set(page.node, [...forwards, "-L", `127.0.0.1:${local}:${page.address}:${page.port}`]);
  }
  process.stdout.write(`${table(links)}\n`);
  tell("Ctrl-C ends the tunnel");
  // Ctrl-C is how a tunnel ends; an ssh that ends by itself has told why, e.g. that somebody took a port just now.
  let interrupted = false;
  const interrupt = (): void => void (interrupted = true);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const common = ["-F", sshConfig(cluster), "-N", "-o", "ExitOnForwardFailure=yes"];
  try {
    await Promise.all([...perNode].map(([node, forwards]) => onTerminal(["ssh", ...common, ...forwards, node], say)));
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  if (interrupted) return exit.ready;
  throw new Trouble("the tunnel ended by itself; the reason is above. Once more takes other ports");
}

/** Ports that were all free at one moment; ssh refuses to start if somebody has taken one since. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, holdPort));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function holdPort(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
