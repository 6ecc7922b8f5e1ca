import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { ApiError, read, send } from "../../components/clouds/openstack/api/request.ts";
import type { Place, Service } from "./place.ts";

/** Milliseconds that a call may take: on a busy machine the services' first answers take long. */
const DEADLINE = 60_000;
const UPLOAD = 300_000;

/** Who logs in: by password, in a project of the only domain. */
export interface Login {
  user: string;
  password: string;
  project: string;
}

interface Call {
  method: "GET" | "POST" | "PUT" | "DELETE";
  service: Service;
  path: string;
  body?: unknown;
}

interface Token {
  id: string;
  projectId: string;
  userId: string;
}

/** The services by plain HTTP, as one user. */
export class Rest {
  readonly #services: Place["services"];
  /** It lasts for an hour, which long tests outlive. */
  #token: string;
  readonly #tokenAgain: () => Promise<string>;
  readonly projectId: string;
  readonly userId: string;

  private constructor(services: Place["services"], first: Token, tokenAgain: () => Promise<string>) {
    this.#services = services;
    this.#token = first.id;
    this.#tokenAgain = tokenAgain;
    this.projectId = first.projectId;
    this.userId = first.userId;
  }

  static async login({ services }: Pick<Place, "services">, login: Login): Promise<Rest> {
    const token = (): Promise<Token> => Rest.#tokenOf(services, login);
    return new Rest(services, await token(), async () => (await token()).id);
  }

  static async #tokenOf(services: Place["services"], { user, password, project }: Login): Promise<Token> {
    const domain = { name: "Default" };
    const auth = {
      identity: { methods: ["password"], password: { user: { name: user, domain, password } } },
      scope: { project: { name: project, domain } },
    };
    const response = await send(
      {
        method: "POST",
        url: `${services.identity}/auth/tokens`,
        headers: { "Content-Type": "application/json" },
        body: { auth },
        what: `logging in as ${user}`,
      },
      { deadline: DEADLINE },
    );
    const answer = z.object({
      token: z.object({ project: z.object({ id: z.string() }), user: z.object({ id: z.string() }) }),
    });
    const { token } = await read(response, answer, "logging in");
    return { id: response.headers.get("X-Subject-Token") ?? "", projectId: token.project.id, userId: token.user.id };
  }

  get = <Shape>(service: Service, path: string, shape: z.ZodType<Shape>): Promise<Shape> =>
    this.#ask("GET", service, path, shape);

  post = <Shape>(service: Service, path: string, shape: z.ZodType<Shape>, body: unknown): Promise<Shape> =>
    this.#ask("POST", service, path, shape, body);

  /** For calls whose answer says nothing. */
  async put(service: Service, path: string, body?: unknown): Promise<void> {
    await this.#send({ method: "PUT", service, path, body });
  }

  async tell(service: Service, path: string, body: unknown): Promise<void> {
    await this.#send({ method: "POST", service, path, body });
  }

  async delete(service: Service, path: string): Promise<void> {
    await this.#send({ method: "DELETE", service, path }).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    });
  }

  /** Of a list's rows the one with a name. */
  async named(service: Service, path: string, list: string, name: string): Promise<string | undefined> {
    const rows = z.object({ [list]: z.array(z.object({ id: z.string(), name: z.string().nullish() })) });
    const answer = await this.get(service, path, rows);
    return answer[list]?.find((row) => row.name === name)?.id;
  }

  /** Sends a file's content, piece by piece: it may be larger than what memory is free. */
  async upload(path: string, file: string): Promise<void> {
    const headers = {
      "X-Auth-Token": this.#token,
      "Content-Type": "application/octet-stream",
      "Content-Length": statSync(file).size,
    };
    const sending = request(`${this.#services.image}${path}`, {
      method: "PUT",
      headers,
      signal: AbortSignal.timeout(UPLOAD),
    });
    const [[answer]] = await Promise.all([
      once(sending, "response") as Promise<[IncomingMessage]>,
      pipeline(createReadStream(file), sending),
    ]);
    answer.resume();
    if (answer.statusCode !== 204)
      throw new ApiError(`uploading ${file}: refused with ${answer.statusCode}`, answer.statusCode);
  }

  async #ask<Shape>(method: "GET" | "POST", service: Service, path: string, shape: z.ZodType<Shape>, body?: unknown) {
    return read(await this.#send({ method, service, path, body }), shape, `${method} ${path}`);
  }

  async #send(call: Call): Promise<Response> {
    try {
      return await this.#sendOnce(call);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      this.#token = await this.#tokenAgain();
      return this.#sendOnce(call);
    }
  }

  #sendOnce({ method, service, path, body }: Call): Promise<Response> {
    const headers = {
      "X-Auth-Token": this.#token,
      "Content-Type": "application/json",
      // Servers tell their flavor and tags, and take tags when they are made.
      ...(service === "compute" ? { "X-OpenStack-Nova-API-Version": "2.79" } : {}),
    };
    // Cinder's paths begin with the project.
    const root = service === "volume" ? `${this.#services.volume}/${this.projectId}` : this.#services[service];
    const ask = { method, url: `${root}${path}`, headers, what: `${method} ${service} ${path}` };
    return send(body === undefined ? ask : { ...ask, body }, { deadline: DEADLINE });
  }
}

/** An answer with one named thing in it, of which the id counts. */
export const idIn = <Key extends string>(key: Key) =>
  z.object({ [key]: z.object({ id: z.string() }) } as Record<Key, z.ZodObject<{ id: z.ZodString }>>);
