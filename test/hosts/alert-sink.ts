import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createLine, type Server as LineServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What was posted. */
export interface Post {
  path: string;
  authorization: string | undefined;
  /** Of each alert its name and whether it holds: `DiskFull firing`. */
  alerts: string[];
}

/** Somebody whom alerts are sent to: a webhook and a mail server of this machine, for hosts on it. */
export class AlertSink {
  readonly posts: Post[] = [];
  /** Each as it came, with its head. */
  readonly mails: string[] = [];
  readonly #web: Server;
  readonly #mail: LineServer;
  readonly #lines = new Set<Socket>();

  private constructor() {
    this.#web = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => void chunks.push(chunk));
      request.on("end", () => {
        const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as {
          alerts: { status: string; labels: Record<string, string> }[];
        };
        const { url: path = "", headers } = request;
        const told = alerts.map(({ status, labels }) => `${labels["alertname"]} ${status}`);
        this.posts.push({ path, authorization: headers.authorization, alerts: told });
        response.end();
      });
    });
    this.#mail = createLine((line) => {
      this.#lines.add(line);
      line.on("error", () => line.destroy()).on("close", () => this.#lines.delete(line));
      this.#receive(line);
    });
  }

  static async open(): Promise<AlertSink> {
    const sink = new AlertSink();
    for (const server of [sink.#web, sink.#mail])
      await new Promise<void>((listens) => void server.listen(0, "0.0.0.0", listens));
    return sink;
  }

  get webPort(): number {
    return (this.#web.address() as AddressInfo).port;
  }

  get mailPort(): number {
    return (this.#mail.address() as AddressInfo).port;
  }

  /** Until something is so; throws, with what came, when it is not in time. */
  async until(isSo: (sink: AlertSink) => boolean, seconds = 90): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!isSo(this)) {
      if (Date.now() > end)
        throw new Error(`not within ${seconds} s; came: ${JSON.stringify([this.posts, this.mails])}`);
      await pause(200);
    }
  }

  close(): void {
    for (const line of this.#lines) line.destroy();
    this.#web.close();
    this.#web.closeAllConnections();
    this.#mail.close();
  }

  /** SMTP as far as a mail takes it. */
  #receive(line: Socket): void {
    let text = "";
    let inMail = false;
    const say = (words: string) => line.write(`${words}\r\n`);
    say("220 sink");
    line.on("data", (data: Buffer) => {
      text += data.toString();
      for (;;) {
        const end = inMail ? "\r\n.\r\n" : "\r\n";
        const at = text.indexOf(end);
        if (at < 0) return;
        const part = text.slice(0, at);
        text = text.slice(at + end.length);
        if (inMail) this.mails.push(part);
        const begins = !inMail && part === "DATA";
        inMail = begins;
        say(begins ? "354 go on" : part === "QUIT" ? "221 bye" : "250 yes");
      }
    });
  }
}
