import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { TAG } from "../../../components/clouds/tags.ts";
import type { RunSummary } from "../../../contract/summary.ts";
import { Checkout, expectCode, type Printed, type Started } from "../../e2e/checkout.ts";
import { engineEvents, type Run } from "../../faults/breakable-cluster.ts";
import { ADMIN, type Place, SERVER_IMAGE } from "../place.ts";
import { ownProject } from "../project.ts";
import { isThere, thingsIn } from "../project-things.ts";
import { FaultProxy } from "../proxy/fault-proxy.ts";
import { idIn, Rest } from "../rest.ts";

const server = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  metadata: z.record(z.string(), z.string()),
});
export type ServerSeen = z.output<typeof server>;

const checkpoint = z.object({
  checkpoint: z.object({
    latest: z.object({
      resources: z.array(z.object({ id: z.string().optional() })),
      pending_operations: z.array(z.unknown()).optional(),
    }),
  }),
});

/** Fields of the stack's config that a test chooses. */
export interface Shape {
  workers: number;
  /** Default: 1. */
  masters?: number;
  /** In YAML's short form. Default: none. */
  services?: string;
  /** Fields beside `name: openstack`, in YAML's short form, further ones or instead of the usual: `createTimeout: 1`. */
  cloud?: string[];
  /** Further fields of the cluster, likewise. */
  cluster?: string[];
}

interface Surroundings {
  proxy: FaultProxy;
  rest: Rest;
  admin: Rest;
  /** What was in the project. */
  before: Record<string, string[]>;
}

/**
 * A cluster whose servers have no machines behind them, in a checkout of its own: everything is the product's own, through
 * the real engine, but that nodes count as ready when their servers are. It reaches the cloud through a proxy.
 */
export class MachinesOnlyCluster {
  readonly checkout = new Checkout("muster-openstack-");
  readonly name = this.checkout.name;
  readonly id = this.checkout.clusterId(this.name, this.name);
  readonly proxy: FaultProxy;
  /** The project's own user, and the cloud's administrator; neither goes through the proxy. */
  readonly rest: Rest;
  readonly admin: Rest;
  readonly #variables: Record<string, string>;
  readonly #before: Record<string, string[]>;
  #pools = { master: 1, worker: 0 };

  private constructor(place: Place, { proxy, rest, admin, before }: Surroundings) {
    this.proxy = proxy;
    this.rest = rest;
    this.admin = admin;
    this.#before = before;
    cpSync(join(import.meta.dirname, "muster-runner"), this.checkout.path("bin/muster-runner"));
    const clouds = join(this.checkout.folder, "clouds.yaml");
    writeFileSync(clouds, proxy.through(readFileSync(place.cloudsFile, "utf8")), { mode: 0o600 });
    this.#variables = { OS_CLIENT_CONFIG_FILE: clouds, MUSTER_TEST_CLOUDS: place.cloudsFile };
  }

  /** @param place A box that is up. */
  static async on(place: Place): Promise<MachinesOnlyCluster> {
    const proxy = new FaultProxy(place.services);
    await proxy.start();
    const [rest, admin] = await Promise.all([ownProject(place), Rest.login(place, ADMIN)]);
    return new MachinesOnlyCluster(place, { proxy, rest, admin, before: await thingsIn(rest) });
  }

  want({ workers, masters = 1, services = "[]", cloud = [], cluster = [] }: Shape): void {
    this.#pools = { master: masters, worker: workers };
    const usual = ["name: openstack", "cloud: box", "image: debian-12", "flavor: small", "antiAffinity: none"];
    const keyOf = (field: string): string => field.replace(/:.*/, "");
    const given = new Set(cloud.map(keyOf));
    const options = [...usual.filter((field) => !given.has(keyOf(field))), ...cloud];
    const fields = [
      `name: ${this.name}`,
      `services: ${services}`,
      "adminNetworks: [203.0.113.0/24]",
      `pools: { master: ${masters}, worker: ${workers} }`,
      ...cluster,
    ];
    this.checkout.writeStack(
      this.name,
      `config:\n  muster:cloud: { ${options.join(", ")} }\n  muster:clusters:\n    - { ${fields.join(", ")} }\n`,
    );
  }

  /** Names of the wanted nodes, sorted. */
  get nodes(): string[] {
    const names = Object.entries(this.#pools).flatMap(([pool, count]) =>
      Array.from({ length: count }, (_, at) => `${this.name}-${pool}-${at + 1}`),
    );
    return names.sort();
  }

  start(...args: string[]): Started {
    return this.checkout.start(args, this.#variables);
  }

  /** `./muster …` of somebody else, who has the same files and the same project of the cloud, but a state folder of his own. */
  byAnother(...args: string[]): Promise<Printed> {
    const state = join(this.checkout.folder, "another", "state");
    return this.checkout.start(args, { ...this.#variables, XDG_STATE_HOME: state }).ended;
  }

  /** `./muster COMMAND …` on its stack. */
  muster(command: string, ...args: string[]): Promise<Printed> {
    return this.start(command, "--stack", this.name, ...args).ended;
  }

  /** Starts an `up`, and counts what the engine tells from now on. */
  startUp(): Run {
    const log = join(this.checkout.state, "engine", "muster", this.name, "engine.log");
    rmSync(log, { force: true });
    const { ended } = this.start("up", "--stack", this.name, "--yes");
    return { ended, timeline: () => ({ engine: engineEvents(log), runner: 0 }) };
  }

  async up(code = 0): Promise<Printed> {
    return expectCode(await this.muster("up", "--yes"), code);
  }

  /** Everything that the cloud calls a server of this cluster, in order of names. */
  async servers(): Promise<ServerSeen[]> {
    const { servers } = await this.rest.get(
      "compute",
      "/servers/detail?limit=1000",
      z.object({ servers: z.array(server) }),
    );
    return servers
      .filter(isThere)
      .filter(({ name, metadata }) => metadata[TAG.cluster] === this.id || name.startsWith(`${this.name}-`))
      .map((one) => ({ ...one, name: one.metadata[TAG.node] ?? one.name }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Servers of a name, whoever made them. */
  async serversCalled(name: string): Promise<ServerSeen[]> {
    const shape = z.object({ servers: z.array(server) });
    return (await this.rest.get("compute", `/servers/detail?name=^${name}$`, shape)).servers;
  }

  /** A server that a person makes in the cluster's network; its id. */
  async makeByHand(name: string): Promise<string> {
    const [image, flavor, network] = await Promise.all([
      this.rest.named("image", "/images", "images", SERVER_IMAGE),
      this.rest.named("compute", "/flavors", "flavors", "small"),
      this.rest.named("network", `/networks?name=${this.id}`, "networks", this.id),
    ]);
    const wish = { name, imageRef: image, flavorRef: flavor, networks: [{ uuid: network }] };
    return (await this.rest.post("compute", "/servers", idIn("server"), { server: wish })).server.id;
  }

  /** Where the engine keeps what it made. */
  get stateFile(): string {
    return join(this.checkout.state, "backend", ".pulumi", "stacks", "muster", `${this.name}.json`);
  }

  /** As many servers as wanted, each once, all known to a state that loads; and the next `up` has nothing to do. */
  async expectWhole(): Promise<void> {
    const servers = await this.servers();
    assert.deepEqual(
      servers.map(({ name, status }) => `${name} ${status}`),
      this.nodes.map((name) => `${name} ACTIVE`),
    );
    const { latest } = checkpoint.parse(JSON.parse(readFileSync(this.stateFile, "utf8"))).checkpoint;
    assert.deepEqual(latest.pending_operations ?? [], []);
    const known = new Set(latest.resources.map(({ id }) => id));
    assert.deepEqual(
      servers.filter(({ id }) => !known.has(id)),
      [],
      "servers that the engine does not know",
    );
    this.proxy.calls.clear();
    const { stdout, stderr } = await this.up();
    assert.match(stdout + stderr, /nothing to do/);
    assert.equal(this.changesAsked(), 0);
  }

  /** How often services were asked to change anything. */
  changesAsked = (): number => this.proxy.calls.number(/^(POST|PUT|DELETE) \/(compute|network|volume)/);

  /** How the last run ended. */
  summary = (): RunSummary =>
    JSON.parse(readFileSync(this.checkout.clusterPath(this.name, this.name, "last.json"), "utf8")) as RunSummary;

  /** Id of the one hypervisor's service. */
  async computeService(): Promise<string> {
    const shape = z.object({ services: z.array(z.object({ id: z.string() })) });
    const { services } = await this.admin.get("compute", "/os-services?binary=nova-compute", shape);
    assert.equal(services.length, 1);
    return services[0]?.id ?? "";
  }

  /** `down`, and nothing of it is left in the project. */
  async expectGone(): Promise<void> {
    this.proxy.rules.clear();
    expectCode(await this.muster("down", "--yes"), 0);
    assert.deepEqual(await thingsIn(this.rest), this.#before);
  }

  async remove(): Promise<void> {
    this.proxy.rules.clear();
    try {
      await this.muster("down", "--yes", "--delete-data");
    } finally {
      await this.proxy.stop();
      await this.checkout.remove();
    }
  }
}
