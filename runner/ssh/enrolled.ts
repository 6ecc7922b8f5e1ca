import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import { readIfThere, writeAtomically } from "../../contract/atomic-file.ts";

/** What a node was enrolled with. */
interface Enrolment {
  generation: number;
  /** Names its host certificate is good for. */
  principals: string[];
}

/** Which nodes hold a certificate of the host CA, and in which generation they got it: `ssh/enrolled.json`. */
export class EnrolledNodes {
  readonly #file: string;
  readonly #uid: string;
  #nodes: Record<string, Enrolment>;

  /** What an identity with another uid enrolled does not count. */
  constructor(clusterId: string, uid: string) {
    this.#file = join(clusterFolder(clusterId), "ssh", "enrolled.json");
    this.#uid = uid;
    this.#nodes = this.#read();
  }

  has(node: string, generation: number): boolean {
    return this.#nodes[node]?.generation === generation;
  }

  /** Names of those of these nodes that hold one. */
  among(nodes: readonly { name: string; generation: number }[]): Set<string> {
    return new Set(nodes.filter(({ name, generation }) => this.has(name, generation)).map(({ name }) => name));
  }

  /** Whether its certificate is good for exactly these names: roles come and go. */
  names(node: string, principals: readonly string[]): boolean {
    return this.#nodes[node]?.principals.join() === principals.join();
  }

  add(node: string, generation: number, principals: readonly string[]): void {
    this.#nodes[node] = { generation, principals: [...principals] };
    this.#write();
  }

  /** Forgets nodes that are not wanted any more. */
  keepOnly(nodes: readonly string[]): void {
    const wanted = new Set(nodes);
    this.#nodes = Object.fromEntries(Object.entries(this.#nodes).filter(([name]) => wanted.has(name)));
    this.#write();
  }

  #write(): void {
    writeAtomically(this.#file, `${JSON.stringify({ uid: this.#uid, nodes: this.#nodes }, null, 1)}\n`);
  }

  #read(): Record<string, Enrolment> {
    try {
      const stored = JSON.parse(readIfThere(this.#file) ?? "{}") as Partial<{
        uid: string;
        nodes: Record<string, Enrolment>;
      }>;
      return stored.uid === this.#uid ? (stored.nodes ?? {}) : {};
    } catch {
      return {};
    }
  }
}
