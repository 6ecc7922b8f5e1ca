/** One message of the agent: a line of JSON, and the raw bytes that followed it. */
export interface Frame {
  id: number;
  ok?: boolean;
  result?: unknown;
  error?: string;
  event?: StepEvent;
  stream?: "stdout" | "stderr";
  data: Buffer;
}

/** A line of a step's event file. */
export interface StepEvent {
  state: "progress" | "done" | "failed";
  text?: string;
  changed?: number;
  /** Who wants the node rebooted, and the step run again then; with `done`. */
  reboot?: string;
  /** How far a transfer has come. */
  bytes?: number;
  /** Its place in the file, from 1; what the agent adds itself has none. */
  index?: number;
}

const greeting = "MUSTER-AGENT 1";
/** A longer line is no message of the agent. */
const longestLine = 16 * 1024 * 1024;

/** Cuts the agent's output into messages. What a login script prints before the agent's greeting is skipped. */
export class FrameReader {
  greeted = false;
  #chunks: Buffer[] = [];
  #size = 0;
  #head: (Omit<Frame, "data"> & { bytes?: number }) | undefined;

  /** The messages that are whole now. Throws on what is no message. */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.#head === undefined) {
        const line = this.#line(chunk);
        if (line === undefined) return frames;
        if (!this.greeted) {
          this.greeted = line.endsWith(greeting);
          continue;
        }
        this.#head = JSON.parse(line) as Frame;
      }
      const { bytes = 0, ...message } = this.#head;
      if (this.#size < bytes) return frames;
      this.#head = undefined;
      frames.push({ ...message, data: this.#take(bytes) });
    }
  }

  #line(latest: Buffer): string | undefined {
    // What was there before has been searched: of several chunks only the newest can hold a newline.
    if (this.#chunks.length > 1 && !latest.includes(0x0a)) {
      if (this.#size > longestLine) throw new Error("the node sent a line that does not end");
      return undefined;
    }
    const all = this.#joined();
    const end = all.indexOf(0x0a);
    if (end < 0) return undefined;
    const line = this.#take(end).toString("utf8");
    this.#take(1);
    return line;
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #take(length: number): Buffer {
    const all = this.#joined();
    this.#chunks = [all.subarray(length)];
    this.#size -= length;
    return all.subarray(0, length);
  }
}
