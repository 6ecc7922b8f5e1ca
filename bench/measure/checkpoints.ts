import { type FSWatcher, mkdirSync, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * How often the engine writes its whole state, and how many bytes that are together with the copies that it keeps of the
 * one before; from now on.
 */
export class SavesOf {
  readonly #watcher: FSWatcher;
  #count = 0;
  #bytes = 0;
  #largest = 0;

  /** @param file whose folder may not be there yet */
  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    // A file that is put in the place of another is a renaming.
    this.#watcher = watch(dirname(file), (event, name) => {
      const isCopy = name === `${basename(file)}.bak`;
      if (event !== "rename" || !(isCopy || name === basename(file))) return;
      const size = statSync(isCopy ? `${file}.bak` : file, { throwIfNoEntry: false })?.size;
      if (size === undefined) return;
      this.#bytes += size;
      if (isCopy) return;
      this.#count += 1;
      this.#largest = Math.max(this.#largest, size);
    });
  }

  /** Ends the counting; tells also how long the longest was. */
  stop(): { count: number; bytes: number; largest: number } {
    this.#watcher.close();
    return { count: this.#count, bytes: this.#bytes, largest: this.#largest };
  }
}
