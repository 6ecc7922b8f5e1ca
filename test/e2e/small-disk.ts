import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { asRoot } from "../../components/process.ts";

/** A disk of its own for a folder, so small that it can be filled. */
export class SmallDisk {
  readonly #folder: string;

  /** @param size MiB */
  constructor(folder: string, size: number) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    const options = `size=${size}m,mode=700,uid=${process.getuid?.() ?? 0}`;
    asAdministrator("mount", "-t", "tmpfs", "-o", options, "muster", folder);
  }

  /** Leaves no byte free. */
  fill(): void {
    const ballast = openSync(this.#ballast, "a");
    try {
      for (const size of [2 ** 20, 4096, 1]) {
        const part = Buffer.alloc(size);
        try {
          while (writeSync(ballast, part) === size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        }
      }
    } finally {
      closeSync(ballast);
    }
  }

  /** Gives back what {@link fill} took. */
  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    asAdministrator("umount", this.#folder);
  }

  get #ballast(): string {
    return join(this.#folder, "ballast");
  }
}

function asAdministrator(...argv: string[]): void {
  const [program = "", ...args] = asRoot(argv);
  execFileSync(program, args);
}
