import { StringDecoder } from "node:string_decoder";

/** Cuts a stream into lines. A line that does not end comes in pieces: what nobody ends must not be kept for ever. */
export class LineCutter {
  #rest = "";
  readonly #decoder = new StringDecoder("utf8");
  readonly #longest: number;

  constructor(longest = 64 * 1024) {
    this.#longest = longest;
  }

  push(data: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(data)).split("\n");
    this.#rest = lines.pop() ?? "";
    while (this.#rest.length > this.#longest) {
      lines.push(this.#rest.slice(0, this.#longest));
      this.#rest = this.#rest.slice(this.#longest);
    }
    return lines;
  }

  /** The last line, if it had no end. */
  end(): string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}
