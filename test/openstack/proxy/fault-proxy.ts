import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { callOf, Calls } from "./calls.ts";
import { type Asked, type Rule, Rules } from "./rules.ts";

/** Headers that are of one connection, or of one form of a body. */
const OF_ONE_HOP = ["connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"];

/** What a service answered. */
interface Answered {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/**
 * Stands before all of a cloud's services on one local port, counts what they are asked, and harms requests by rules.
 * Every address in the services' answers becomes its own, so whoever logs in through it stays with it.
 */
export class FaultProxy {
  readonly rules = new Rules();
  readonly calls = new Calls();
  readonly #origins: ReadonlyMap<string, string>;
  readonly #server: Server;
  readonly #stopping = new AbortController();

  /** @param services Address of each by its name, which paths here begin with. What follows its port is left out. */
  constructor(services: Readonly<Record<string, string>>) {
    this.#origins = new Map(Object.entries(services).map(([name, url]) => [name, new URL(url).origin]));
    this.#server = createServer((asked, answer) => {
      this.#serve(asked, answer).catch(() => answer.destroy());
    });
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** A text of the services' with every address in it led through here: an answer, a `clouds.yaml`. */
  through(text: string): string {
    const { port } = this.#server.address() as AddressInfo;
    let led = text;
    for (const [name, origin] of this.#origins) led = led.replaceAll(origin, `http://127.0.0.1:${port}/${name}`);
    return led;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = incoming;
    const body = await read(incoming);
    const asked: Asked = { method, path: url, body: body.toString("utf8") };
    const rule = this.rules.for(asked);
    this.calls.count(callOf(asked));
    if (rule?.delay !== undefined) await pause(rule.delay, undefined, { signal: this.#stopping.signal, ref: false });
    const answered = await this.#answer(rule, incoming, body);
    if (answered === undefined) return;
    if (answered === "cut") {
      outgoing.destroy();
      return;
    }
    const text = answered.headers["content-type"]?.includes("json") ?? false;
    const led = text ? Buffer.from(this.through(answered.body.toString("utf8"))) : answered.body;
    const location = answered.headers.location;
    outgoing.writeHead(answered.status, {
      ...forwarded(answered.headers),
      ...(location === undefined ? {} : { location: this.through(location) }),
      // What has no body must not claim one.
      ...(answered.status === 204 ? {} : { "content-length": led.length }),
    });
    outgoing.end(led);
  }

  /** Undefined for a request that hangs. */
  async #answer(
    rule: Rule | undefined,
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<Answered | "cut" | undefined> {
    const fate = rule?.fate;
    if (fate === undefined) return this.#forward(incoming, body);
    if ("answer" in fate) {
      const { status, headers = {}, body: said = {} } = fate.answer;
      const all = { "content-type": "application/json", ...headers } as Answered["headers"];
      return { status, headers: all, body: Buffer.from(JSON.stringify(said)) };
    }
    if ("hang" in fate) return undefined;
    if (fate.cut === "after") await this.#forward(incoming, body);
    return "cut";
  }

  async #forward(incoming: IncomingMessage, body: Buffer): Promise<Answered> {
    const [, name = "", rest = ""] = /^\/([^/?]+)(.*)$/.exec(incoming.url ?? "") ?? [];
    const origin = this.#origins.get(name);
    if (origin === undefined)
      return { status: 404, headers: {}, body: Buffer.from(`no service ${name} behind this proxy`) };
    const { method = "GET" } = incoming;
    const headers = { ...forwarded(incoming.headers), ...(body.length > 0 ? { "content-length": body.length } : {}) };
    const sending = request(`${origin}${rest === "" ? "/" : rest}`, { method, headers, agent: false });
    sending.end(body);
    const [answer] = (await once(sending, "response")) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await read(answer) };
  }
}

const forwarded = (headers: IncomingMessage["headers"]): IncomingMessage["headers"] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_HOP.includes(name)));

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
