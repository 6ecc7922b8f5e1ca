import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import { z } from "zod";
import type { Credentials } from "../credentials.ts";
import * as answers from "./answers.ts";
import { ApiError, type Patience, read } from "./request.ts";
import { type Service, Session } from "./session.ts";

/** How often, and with what pause (ms), a removal is tried that the cloud refuses because the thing is still in use. */
const IN_USE = { tries: 12, pause: 5000 };

/** Pages that are read at most of one list: a service that never ends its list must not hold us up for ever. */
const MOST_PAGES = 200;

/** Servers that are asked for one by one, side by side. */
const QUESTIONS_AT_ONCE = 8;

/** Reasons of failed servers by their ids: many clients ask in one run. */
const faults = new Map<string, NonNullable<answers.Server["fault"]>>();

type Filter = Record<string, string>;

/** What is asked of an OpenStack: only looks and removals. Making things is the engine's business. */
export class OpenStackApi {
  readonly #session: Session;
  readonly #pauseInUse: number;

  /** Logs in at once; the first question tells if that failed. */
  constructor(credentials: Credentials, patience: Partial<Patience> & { inUse?: number } = {}) {
    this.#session = new Session(credentials, patience);
    this.#pauseInUse = patience.inUse ?? IN_USE.pause;
  }

  has(service: Service): Promise<boolean> {
    return this.#session.has(service);
  }

  /** Servers that have a tag, those that failed with Nova's reason. */
  async servers(tag: string): Promise<answers.Server[]> {
    const listed = await this.#list("compute", "/servers/detail", "servers", answers.server, { tags: tag });
    const atOnce = pLimit(QUESTIONS_AT_ONCE);
    return atOnce.map(listed, async (server) => {
      if (server.status !== "ERROR" || server.fault !== undefined) return server;
      const fault = await this.#faultOf(server.id);
      return fault === undefined ? server : { ...server, fault };
    });
  }

  /**
   * Why a server failed. Of those that came to no host, Nova's lists do not tell: they are kept in a database of their
   * own. It stays what it is, so nobody is asked twice.
   */
  async #faultOf(id: string): Promise<answers.Server["fault"]> {
    const known = faults.get(id);
    if (known !== undefined) return known;
    const shape = z.object({ server: answers.server });
    try {
      const { fault } = (await this.#get("compute", `/servers/${id}`, shape, `server ${id}`)).server;
      if (fault !== undefined) faults.set(id, fault);
      return fault;
    } catch (error) {
      // Gone since it was listed.
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Servers by a pattern of their names, whoever made them. */
  serversNamed(pattern: string): Promise<answers.Server[]> {
    return this.#list("compute", "/servers/detail", "servers", answers.server, { name: pattern });
  }

  flavors(): Promise<answers.Flavor[]> {
    return this.#list("compute", "/flavors/detail", "flavors", answers.flavor);
  }

  async zones(): Promise<answers.Named["name"][]> {
    const zones = await this.#list("compute", "/os-availability-zone", "availabilityZoneInfo", answers.zone);
    return zones.filter(({ zoneState }) => zoneState.available).map(({ zoneName }) => zoneName);
  }

  async keyPairs(): Promise<string[]> {
    const pairs = await this.#list("compute", "/os-keypairs", "keypairs", answers.keyPair);
    return pairs.map(({ keypair }) => keypair.name);
  }

  serverGroups(): Promise<answers.ServerGroup[]> {
    return this.#list("compute", "/os-server-groups", "server_groups", answers.serverGroup);
  }

  /** Images that can be used now, newest first. */
  images(filter: Filter = {}): Promise<answers.Image[]> {
    return this.imagesInAnyState({ ...filter, status: "active", sort: "created_at:desc" });
  }

  /** Those that nobody outside the project sees. */
  ownImages(): Promise<answers.Image[]> {
    return this.images({ visibility: "private" });
  }

  /** Also those that are still being made, or never were done. */
  imagesInAnyState(filter: Filter): Promise<answers.Image[]> {
    return this.#list("image", "/images", "images", answers.image, filter);
  }

  networks(filter: Filter = {}): Promise<answers.Network[]> {
    return this.#list("network", "/networks", "networks", answers.network, filter);
  }

  subnets(filter: Filter = {}): Promise<answers.Subnet[]> {
    return this.#list("network", "/subnets", "subnets", answers.subnet, filter);
  }

  routers(filter: Filter = {}): Promise<answers.Named[]> {
    return this.#list("network", "/routers", "routers", answers.named, filter);
  }

  securityGroups(filter: Filter = {}): Promise<answers.SecurityGroup[]> {
    return this.#list("network", "/security-groups", "security_groups", answers.securityGroup, filter);
  }

  floatingIps(filter: Filter = {}): Promise<answers.FloatingIp[]> {
    return this.#list("network", "/floatingips", "floatingips", answers.floatingIp, filter);
  }

  ports(filter: Filter): Promise<answers.Port[]> {
    return this.#list("network", "/ports", "ports", answers.port, filter);
  }

  volumes(): Promise<answers.Volume[]> {
    return this.#list("volume", "/volumes/detail", "volumes", answers.volume);
  }

  async computeLimits(): Promise<z.output<typeof answers.computeLimits>["limits"]["absolute"]> {
    return (await this.#get("compute", "/limits", answers.computeLimits, "limits of servers")).limits.absolute;
  }

  async volumeLimits(): Promise<z.output<typeof answers.volumeLimits>["limits"]["absolute"]> {
    return (await this.#get("volume", "/limits", answers.volumeLimits, "limits of volumes")).limits.absolute;
  }

  /** By Neutron's own names; undefined where the cloud does not tell its users. */
  async networkQuota(): Promise<z.output<typeof answers.networkQuota>["quota"] | undefined> {
    const path = `/quotas/${await this.#session.projectId()}/details.json`;
    try {
      return (await this.#get("network", path, answers.networkQuota, "quota of networks")).quota;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return undefined;
      throw error;
    }
  }

  /** Removes a thing by its path; gone already is fine, and one that is still in use is tried again for a while. */
  async remove(service: Service, path: string, what: string): Promise<void> {
    await this.#whileInUse(() => this.#session.ask(service, path, { method: "DELETE", what: `removing ${what}` }));
  }

  /** Whether a server is there, ours or not. */
  async hasServer(id: string): Promise<boolean> {
    try {
      await (
        await this.#session.ask("compute", `/servers/${id}`, { method: "GET", what: `server ${id}` })
      ).body?.cancel();
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }

  /** Waits until a thing that is being removed is gone, because others are in its way. */
  async gone(service: Service, path: string, what: string): Promise<void> {
    for (let attempt = 1; attempt <= IN_USE.tries; attempt += 1) {
      try {
        await this.#session.ask(service, path, { method: "GET", what });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return;
        throw error;
      }
      await pause(this.#pauseInUse);
    }
    throw new ApiError(`${what}: still there, although its removal was accepted`);
  }

  /** Unplugs a router from a subnet. */
  async unplugRouter(router: string, port: string): Promise<void> {
    const ask = {
      method: "PUT",
      body: { port_id: port },
      what: `unplugging router ${router}`,
      repeatable: true,
    } as const;
    await this.#whileInUse(() => this.#session.ask("network", `/routers/${router}/remove_router_interface`, ask));
  }

  async #whileInUse(work: () => Promise<Response>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await (await work()).body?.cancel();
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404) return;
        // Cinder says so with 400.
        const inUse = error.status === 409 || error.status === 400;
        if (!inUse || attempt === IN_USE.tries) throw error;
      }
      await pause(this.#pauseInUse);
    }
  }

  async #get<Shape>(service: Service, path: string, schema: z.ZodType<Shape>, what: string): Promise<Shape> {
    const asked = `reading the ${what}`;
    return read(await this.#session.ask(service, path, { method: "GET", what: asked }), schema, asked);
  }

  /** All pages of a list. Where the next one begins, every service says in one of two ways. */
  async #list<Shape>(
    service: Service,
    path: string,
    key: string,
    schema: z.ZodType<Shape>,
    filter: Filter = {},
  ): Promise<Shape[]> {
    const page = z.object({
      [key]: z.array(schema),
      [`${key}_links`]: z.array(z.object({ rel: z.string(), href: z.string() })).optional(),
      next: z.string().optional(),
    }) as unknown as z.ZodType<Page<Shape>>;
    const what = `list of ${key.replaceAll("_", " ")}`;
    const all: Shape[] = [];
    let query = new URLSearchParams(filter).toString();
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const found = await this.#get(service, query === "" ? path : `${path}?${query}`, page, what);
      const items = found[key] as Shape[];
      all.push(...items);
      const links = found[`${key}_links`] as { rel: string; href: string }[] | undefined;
      const next = (found["next"] as string | undefined) ?? links?.find(({ rel }) => rel === "next")?.href;
      // Only the query is taken: the address may be one that is known inside the cloud only.
      const following = next === undefined ? undefined : new URL(next, "http://cloud/").searchParams.toString();
      if (following === undefined || following === query || items.length === 0) return all;
      query = following;
    }
    throw new ApiError(`reading the ${what}: more than ${MOST_PAGES} pages`);
  }
}

type Page<Shape> = Record<string, Shape[] | { rel: string; href: string }[] | string | undefined>;
