import { readFileSync } from "node:fs";
import * as tls from "node:tls";
import { z } from "zod";
import { UserMistakes } from "../../../../plan/mistake.ts";
import type { Credentials } from "../credentials.ts";
import { ApiError, type Ask, type Patience, read, send } from "./request.ts";

const endpoint = z.object({ interface: z.string(), region: z.string().nullish(), url: z.string() });
const tokenAnswer = z.object({
  token: z.object({
    project: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string() }),
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(endpoint) })),
  }),
});
type Token = z.output<typeof tokenAnswer>["token"];

/** The services that are asked, with their names in catalogues and the version that addresses end with. */
const SERVICES = {
  compute: { types: ["compute"], version: "v2.1" },
  network: { types: ["network"], version: "v2.0" },
  image: { types: ["image"], version: "v2" },
  volume: { types: ["volumev3", "block-storage"], version: "v3" },
} as const;

export type Service = keyof typeof SERVICES;

/** Server tags are given at creation since 2.52 (2017); answers keep the form of that version. */
const COMPUTE_VERSION = "2.52";
const HEADERS: Partial<Record<Service, Record<string, string>>> = {
  compute: { "OpenStack-API-Version": `compute ${COMPUTE_VERSION}`, "X-OpenStack-Nova-API-Version": COMPUTE_VERSION },
};

/** A logged-in user of one project: one token for everything, renewed once when it is refused. */
export class Session {
  readonly #credentials: Credentials;
  readonly #patience: Partial<Patience>;
  #token: Promise<{ id: string } & Token>;

  constructor(credentials: Credentials, patience: Partial<Patience> = {}) {
    trustAuthority(credentials.caCert);
    this.#credentials = credentials;
    this.#patience = patience;
    this.#token = this.#login();
    // Whoever asks first tells that it failed.
    this.#token.catch(() => undefined);
  }

  async projectId(): Promise<string> {
    return (await this.#token).project.id;
  }

  /** Whether the cloud has a service at all. */
  async has(service: Service): Promise<boolean> {
    return (await this.#endpoint(service)) !== undefined;
  }

  /** Sends a request to one of the services. `path` begins after the version. */
  async ask(service: Service, path: string, ask: Omit<Ask, "url" | "headers">): Promise<Response> {
    const root = await this.#endpoint(service);
    if (root === undefined) throw new ApiError(`${ask.what}: this cloud has no ${service} service in its catalogue`);
    try {
      return await this.#once(service, `${root}${path}`, ask);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      this.#token = this.#login();
      return this.#once(service, `${root}${path}`, ask);
    }
  }

  async #once(service: Service, url: string, ask: Omit<Ask, "url" | "headers">): Promise<Response> {
    const { id } = await this.#token;
    const headers = { "X-Auth-Token": id, "Content-Type": "application/json", ...HEADERS[service] };
    return send({ ...ask, url, headers }, this.#patience);
  }

  async #endpoint(service: Service): Promise<string | undefined> {
    const { region, endpointType } = this.#credentials;
    const { types, version } = SERVICES[service];
    const { catalog } = await this.#token;
    const all = catalog.filter((one) => types.some((type) => type === one.type)).flatMap((one) => one.endpoints);
    const found = all.find(
      (one) => one.interface === endpointType && (region === undefined || !one.region || one.region === region),
    );
    if (found === undefined) {
      if (all.length === 0) return undefined;
      const there = [...new Set(all.map((one) => `${one.interface} in ${one.region ?? "no region"}`))].join(", ");
      const wanted = `${endpointType}${region === undefined ? "" : ` in ${region}`}`;
      const allowed = `the ${service} service has: ${there}`;
      throw new UserMistakes([{ path: "muster:cloud.region, endpointType", found: wanted, allowed }]);
    }
    const url = found.url.replace(/\/+$/, "");
    return /\/v\d+(\.\d+)?(\/|$)/.test(new URL(url).pathname) ? url : `${url}/${version}`;
  }

  async #login(): Promise<{ id: string } & Token> {
    const { authUrl, login, source } = this.#credentials;
    const ask: Ask = {
      method: "POST",
      url: `${authUrl}/auth/tokens`,
      headers: { "Content-Type": "application/json" },
      body: { auth: login },
      what: `logging in with ${source}`,
      repeatable: true,
    };
    try {
      const response = await send(ask, this.#patience);
      const { token } = await read(response, tokenAnswer, ask.what);
      return { id: response.headers.get("X-Subject-Token") ?? "", ...token };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new UserMistakes([
        {
          path: "OpenStack",
          found: error.message,
          allowed:
            error.status === 401
              ? "check the credentials; are they of this cloud, still valid?"
              : `is ${authUrl} right?`,
        },
      ]);
    }
  }
}

const trusted = new Set<string>();

/** Adds the cloud's own authority to those of this process. */
function trustAuthority(file: string | undefined): void {
  if (file === undefined || trusted.has(file)) return;
  if (!("setDefaultCACertificates" in tls)) {
    const allowed = `Node 22.19 or newer, or the variable NODE_EXTRA_CA_CERTS=${file}`;
    throw new UserMistakes([{ path: "cacert", found: `Node ${process.versions.node}`, allowed }]);
  }
  try {
    const authority = readFileSync(file, "utf8");
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), authority]);
    trusted.add(file);
  } catch {
    const allowed = "a readable file with certificates in PEM form";
    throw new UserMistakes([{ path: "cacert", found: file, allowed }]);
  }
}
