import { createServer, type AddressInfo } from "node:net";
import type { Job, JobNode } from "../../contract/job.ts";
import type { ClusterName } from "../environment.ts";
import { Trouble } from "../exit.ts";
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

/** Forwards every web page to a free local port until interrupted. One connection, through the first page's node. */
export async function tunnel(cluster: ClusterName, job: Job, say: (line: string) => void): Promise<number> {
  const pages = webPages(job);
  const [first] = pages;
  if (first === undefined) throw new Trouble(`no service of ${cluster.cluster} has a web page`);
  const links: string[][] = [];
  // Each page through its own node: its host firewall may let nobody else in.
  const perNode = new Map<string, string[]>();
  for (const page of pages) {
    const local = await freePort();
    links.push([page.service, `http://localhost:${local}${page.path}`]);
    const forwards = perNode.get(page.node) ?? [];
    perNode.set(page.node, [...forwards, "-L", `127.0.0.1:${local}:${page.address}:${page.port}`]);
  }
  process.stdout.write(`${table(links)}\n`);
  tell("Ctrl-C ends the tunnel");
  const common = ["-F", sshConfig(cluster), "-N", "-o", "ExitOnForwardFailure=yes"];
  const codes = await Promise.all(
    [...perNode].map(([node, forwards]) => onTerminal(["ssh", ...common, ...forwards, node], say)),
  );
  // Ctrl-C is how a tunnel ends.
  return codes.every((code) => code === 130 || code === 255 || code === 0) ? 0 : 1;
}

/** A port that was free a moment ago; ssh refuses to start if somebody took it since. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
