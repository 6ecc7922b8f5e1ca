import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import { readIfThere, writeAtomically } from "../record/atomic-file.ts";

/** Which nodes hold a certificate of the host CA, and in which generation they got it: `ssh/enrolled.json`. */
export class EnrolledNodes {
  readonly #file: string;
  readonly #uid: string;
  #generations: Record<string, number>;

  /** What an identity with another uid enrolled does not count. */
  constructor(clusterId: string, uid: string) {
    this.#file = join(clusterFolder(clusterId), "ssh", "enrolled.json");
    this.#uid = uid;
    this.#generations = this.#read();
  }

  has(node: string, generation: number): boolean {
    return this.#generations[node] === generation;
  }

  add(node: string, generation: number): void {
    this.#generations[node] = generation;
    this.#write();
  }

  /** Forgets nodes that are not wanted any more. */
  keepOnly(nodes: readonly string[]): void {
    const wanted = new Set(nodes);
    this.#generations = Object.fromEntries(Object.entries(this.#generations).filter(([name]) => wanted.has(name)));
    this.#write();
  }

  #write(): void {
    writeAtomically(this.#file, `${JSON.stringify({ uid: this.#uid, generations: this.#generations }, null, 1)}\n`);
  }

  #read(): Record<string, number> {
    try {
      const stored = JSON.parse(readIfThere(this.#file) ?? "{}") as Partial<{
        uid: string;
        generations: Record<string, number>;
      }>;
      return stored.uid === this.#uid ? (stored.generations ?? {}) : {};
    } catch {
      return {};
    }
  }
}
