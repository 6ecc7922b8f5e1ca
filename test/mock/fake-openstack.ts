import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

type Thing = Record<string, unknown>;

/** What one request met instead of an answer. */
export interface Fault {
  /** Part of `METHOD path` that it waits for. */
  on: string;
  /** Answers with it; without one the connection is cut. */
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Milliseconds before anything happens. */
  delay?: number;
  /** How many requests meet it. Default 1. */
  times?: number;
}

/** Lists by the path that they are read from, below each service's version. */
const LISTS: Record<string, Record<string, string>> = {
  compute: {
    "servers/detail": "servers",
    "flavors/detail": "flavors",
    "os-server-groups": "server_groups",
    "os-keypairs": "keypairs",
    "os-availability-zone": "availabilityZoneInfo",
  },
  network: {
    networks: "networks",
    subnets: "subnets",
    routers: "routers",
    "security-groups": "security_groups",
    floatingips: "floatingips",
    ports: "ports",
  },
  image: { images: "images" },
  volume: { "volumes/detail": "volumes" },
};

/** What may be made here: how a thing looks when it was, by the path that it is asked for. */
const CREATES: Record<string, (wanted: Thing) => Thing> = {
  "network/networks": ({ network }) => ({ ...(network as Thing), id: "n1", status: "ACTIVE", tags: [], subnets: [] }),
  "compute/os-keypairs": ({ keypair }) => ({ keypair: { ...(keypair as Thing), fingerprint: "aa:bb", user_id: "u1" } }),
};

/** What one of a list is wrapped in; key pairs are always. */
const WRAPPED: Record<string, string> = { servers: "server", networks: "network" };

/** Things by the path that one of them is removed at. */
const ONES: Record<string, string> = {
  "compute/servers": "servers",
  "compute/os-server-groups": "server_groups",
  "compute/os-keypairs": "keypairs",
  "network/networks": "networks",
  "network/subnets": "subnets",
  "network/security-group-rules": "security_group_rules",
  "network/routers": "routers",
  "network/security-groups": "security_groups",
  "network/floatingips": "floatingips",
  "network/ports": "ports",
  "volume/volumes": "volumes",
  "image/images": "images",
};

const PROJECT = "0123456789abcdef0123456789abcdef";

/**
 * As much of an OpenStack as is asked without the engine: Keystone's tokens and catalogue, the lists, limits and
 * removals of Nova, Neutron, Glance and Cinder, in the forms of their API references, on a local port. Of what the
 * engine makes only key pairs and a network, for tests of its plugin.
 */
export class FakeOpenStack {
  /** Everything in the project, by the name of its list. */
  readonly things: Record<string, Thing[]> = Object.fromEntries(
    Object.values(LISTS).flatMap((lists) => Object.values(lists).map((key) => [key, [] as Thing[]])),
  );
  /** Nova's and Cinder's absolute limits, Neutron's quota; all wide. */
  limits: Record<string, number> = {
    ...{ maxTotalInstances: 100, totalInstancesUsed: 0, maxTotalCores: 400, totalCoresUsed: 0 },
    ...{ maxTotalRAMSize: 1_000_000, totalRAMUsed: 0, maxServerGroups: 10, totalServerGroupsUsed: 0 },
    ...{ maxServerGroupMembers: 100, maxTotalVolumes: 100, totalVolumesUsed: 0 },
    ...{ maxTotalVolumeGigabytes: 10_000, totalGigabytesUsed: 0 },
  };
  quota: Record<string, { limit: number; used: number; reserved: number }> = Object.fromEntries(
    ["network", "subnet", "router", "port", "floatingip", "security_group", "security_group_rule"].map((name) => [
      name,
      { limit: 500, used: 0, reserved: 0 },
    ]),
  );
  /** `METHOD path?query` of every request, in order. */
  readonly asked: string[] = [];
  readonly bodies: unknown[] = [];
  /** When each came: milliseconds since the epoch. */
  readonly askedAt: number[] = [];
  readonly faults: Fault[] = [];
  /** Items a page. */
  page = 1000;
  /** Services that are in the catalogue. */
  services = ["compute", "network", "image", "volume"];
  /** Tokens that are still good; every login adds one. */
  readonly tokens = new Set<string>();
  password = "right";
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get root(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The variables by which OpenStack's tools log in here. */
  get environment(): Record<string, string> {
    return {
      OS_AUTH_URL: `${this.root}/identity`,
      OS_USERNAME: "me",
      OS_PASSWORD: "right",
      OS_PROJECT_NAME: "lab",
      OS_REGION_NAME: "RegionOne",
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.root);
    const line = `${request.method} ${url.pathname}${url.search}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    this.asked.push(line);
    this.bodies.push(body);
    this.askedAt.push(Date.now());
    const send = (status: number, answer?: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "Content-Type": "application/json", ...headers });
      response.end(answer === undefined ? undefined : JSON.stringify(answer));
    };
    const fault = this.faults.find((one) => line.includes(one.on) && (one.times ?? 1) > 0);
    if (fault !== undefined) {
      fault.times = (fault.times ?? 1) - 1;
      await pause(fault.delay ?? 0, undefined, { ref: false });
      if (fault.status === undefined) response.destroy();
      else send(fault.status, fault.body, fault.headers);
      return;
    }
    if (line === "POST /identity/v3/auth/tokens") return this.#login(body as Thing, send);
    if (!this.tokens.has(String(request.headers["x-auth-token"]))) {
      return send(401, { error: { code: 401, message: "The request you have made requires authentication." } });
    }
    const [, service = "", ...rest] = url.pathname.split("/");
    const path = rest.slice(service === "volume" ? 2 : 1).join("/");
    if (request.method === "GET") return this.#get(service, path, url.searchParams, send);
    if (request.method === "POST") return this.#create(service, path, body as Thing, send);
    if (request.method === "PUT") return this.#unplug(path, body as Thing, send);
    return this.#remove(request.method ?? "", service, path, send);
  }

  #login(body: Thing, send: (status: number, answer?: unknown, headers?: Record<string, string>) => void): void {
    if (!JSON.stringify(body).includes(`"${this.password}"`)) {
      return send(401, { error: { code: 401, message: "The request you have made requires authentication." } });
    }
    const token = `token-${this.tokens.size + 1}`;
    this.tokens.add(token);
    const paths: Record<string, [type: string, path: string]> = {
      compute: ["compute", "/compute/v2.1"],
      network: ["network", "/network"],
      image: ["image", "/image"],
      volume: ["volumev3", `/volume/v3/${PROJECT}`],
    };
    const catalog = this.services.map((service) => {
      const [type = "", path = ""] = paths[service] ?? [];
      const endpoints = ["public", "internal"].map((side) => ({
        interface: side,
        region: "RegionOne",
        region_id: "RegionOne",
        url: `${this.root}${path}`,
      }));
      return { type, name: service, endpoints };
    });
    const answer = { token: { project: { id: PROJECT, name: "lab" }, user: { id: "u1", name: "me" }, catalog } };
    send(201, answer, { "X-Subject-Token": token });
  }

  #create(service: string, path: string, wanted: Thing, send: (status: number, answer?: unknown) => void): void {
    const create = CREATES[`${service}/${path}`];
    if (create === undefined) return send(405);
    const made = create(wanted);
    (this.things[ONES[`${service}/${path}`] ?? ""] ??= []).push(made);
    send(service === "network" ? 201 : 200, wrapped(path, made));
  }

  #get(service: string, path: string, query: URLSearchParams, send: (status: number, answer?: unknown) => void): void {
    if (path === "limits") return send(200, { limits: { rate: [], absolute: this.limits } });
    if (path === `quotas/${PROJECT}/details.json`) return send(200, { quota: this.quota });
    const key = LISTS[service]?.[path];
    if (key === undefined) {
      const [list = "", id = ""] = path.split("/");
      const found = this.things[ONES[`${service}/${list}`] ?? ""]?.find((thing) => idOf(thing) === id);
      if (found === undefined) return send(404, { itemNotFound: { message: "not found" } });
      return send(200, wrapped(list, found));
    }
    const all = (this.things[key] ?? []).filter((thing) => matches(thing, query));
    const marker = query.get("marker");
    const from = marker === null ? 0 : all.findIndex((thing) => idOf(thing) === marker) + 1;
    const items = all.slice(from, from + this.page);
    const last = items.at(-1);
    const more = last !== undefined && from + items.length < all.length;
    const next = new URLSearchParams(query);
    if (last !== undefined) next.set("marker", idOf(last));
    if (service === "image") return send(200, { [key]: items, ...(more ? { next: `/v2/images?${next}` } : {}) });
    // As behind a proxy: an address that is good inside only.
    const links = more ? [{ rel: "next", href: `http://inside.invalid/${path}?${next}` }] : undefined;
    send(200, { [key]: items, ...(links ? { [`${key}_links`]: links } : {}) });
  }

  #unplug(path: string, body: Thing, send: (status: number, answer?: unknown) => void): void {
    if (!/^routers\/[^/]+\/remove_router_interface$/.test(path)) return send(405);
    this.things["ports"] = (this.things["ports"] ?? []).filter(({ id }) => id !== body["port_id"]);
    send(200, {});
  }

  #remove(method: string, service: string, path: string, send: (status: number, answer?: unknown) => void): void {
    const [list = "", id = ""] = path.split("/");
    const key = ONES[`${service}/${list}`] ?? "";
    const found = this.things[key]?.find((thing) => idOf(thing) === decodeURIComponent(id));
    if (found === undefined) return send(404, { NeutronError: { type: "NotFound", message: "not found", detail: "" } });
    if (method !== "DELETE") return send(405);
    const busy = key === "networks" && this.things["ports"]?.some((port) => port["network_id"] === id);
    const plugged = key === "routers" && this.things["ports"]?.some((port) => port["device_id"] === id);
    if (busy === true || plugged === true) {
      return send(409, { NeutronError: { type: "InUse", message: `${id} is still in use`, detail: "" } });
    }
    this.things[key] = (this.things[key] ?? []).filter((thing) => thing !== found);
    send(204);
  }
}

function wrapped(list: string, thing: Thing): Thing {
  const word = WRAPPED[list];
  return word === undefined ? thing : { [word]: thing };
}

function idOf(thing: Thing): string {
  const pair = thing["keypair"] as { name: string } | undefined;
  return pair?.name ?? String(thing["id"]);
}

/** Filters that this program uses; everything else in a query is about order and pages. */
function matches(thing: Thing, query: URLSearchParams): boolean {
  return [...query].every(([name, value]) => {
    if (name === "tags") return value.split(",").every((tag) => (thing["tags"] as string[] | undefined)?.includes(tag));
    if (["marker", "sort", "limit", "fields"].includes(name)) return true;
    const found = thing[name];
    // Nova's names are patterns.
    if (value.startsWith("^")) return new RegExp(value).test(String(found));
    return Array.isArray(found) ? found.includes(value) : String(found) === value;
  });
}
