import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureImage } from "../../components/clouds/local/image.ts";
import { PROJECT } from "../../components/images/content.ts";
import { takeReadings } from "../../components/clouds/local/readings.ts";
import { localSweeper } from "../../components/clouds/local/sweeper.ts";
import { hostName, networkName, volumeName } from "../../components/clouds/local/tags.ts";
import { inOwnTurn } from "../../components/clouds/own-turn.ts";
import { cacheFolder } from "../../contract/folders.ts";
import { freeSubnet, gatewayOf } from "../../plan/addressing.ts";
import { type Ended, musterLocal } from "./muster-local.ts";

/** Whose hosts they are, and who may log in. */
export interface Owner {
  /** Public key of the user CA. */
  userCa: string;
  /** Default: `muster`. */
  loginUser?: string;
  /** Default: `uid-1`. */
  uid?: string;
  /** State home (`XDG_STATE_HOME`) of the programs. Default: a folder of the test's own. */
  state?: string;
}

/** One host as wanted; sizes as in plans. */
export interface HostWish {
  name: string;
  fqdn: string;
  address: string;
  pool: string;
  ordinal: number;
  roles: string[];
  /** MiB. */
  memory: number;
  cpus: number;
  /** Whether it gets a data volume. */
  stateful: boolean;
}

/** Of this checkout, always the same for the same test: so that a run knows what a killed one left. */
export const clusterIdOf = (test: string): string =>
  `test.${createHash("sha256").update(PROJECT).digest("hex").slice(0, 8)}.${test}`;

/** Seconds for an image that has to be made first, or for another run of the same test to end. */
export const openSeconds = 1200;

/** A test's own cluster of hosts on this machine, made by `muster-local`: a network, hosts, their volumes. */
export class TestHosts {
  readonly clusterId: string;
  /** Made by {@link open}, gone after {@link close}. */
  readonly folder: string;
  /** CIDR that nobody else uses. */
  subnet = "";
  readonly #owner: Required<Owner>;
  #release: (() => void) | undefined;
  #held: Promise<void> = Promise.resolve();

  /** @param test name of the file or the tier, e.g. `runner` */
  constructor(test: string, owner: Owner) {
    this.clusterId = clusterIdOf(test);
    this.folder = join(cacheFolder(), "tests", this.clusterId);
    this.#owner = { loginUser: "muster", uid: "uid-1", state: this.folder, ...owner };
  }

  /** Image, an empty folder and a network; what an earlier run left is removed first. One run of a test at a time. */
  async open(): Promise<void> {
    await this.#lock();
    await this.#removeAll();
    mkdirSync(this.folder, { recursive: true, mode: 0o755 });
    await ensureImage();
    const { routes, networks } = await takeReadings();
    const taken = [...routes, ...networks.flatMap((other) => other.subnets ?? [])].map((other) => other.subnet);
    const free = freeSubnet(
      taken.filter((subnet) => !subnet.includes(":")),
      this.clusterId,
    );
    assert.ok(free, "no subnet is free");
    this.subnet = free.replace(/\/\d+$/, "/24");
    await this.ask("network ensure");
  }

  /** Removes everything that was made, through the same door that `muster sweep` uses. */
  async close(): Promise<void> {
    try {
      await this.#removeAll();
    } finally {
      this.#release?.();
      await this.#held;
    }
  }

  /** What there is on this machine of this cluster. */
  things = async () =>
    (await localSweeper.list({ everybodys: true })).filter((thing) => thing.clusterId === this.clusterId);

  /** An address by its last number; 1 is the gateway's. */
  address = (number: number): string => gatewayOf(this.subnet).replace(/\d+$/, String(number));
  /** Podman's name of a node's host. */
  host = (node: string): string => hostName(this.clusterId, node);
  volume = (node: string): string => volumeName(this.clusterId, node);

  /** A host with its volume; made again when it is of an older generation. */
  async make(wish: HostWish, generation = 1): Promise<void> {
    const parameters = { ...this.parameters(wish), GENERATION: String(generation) };
    if (wish.stateful) await this.ask("volume ensure", parameters);
    await this.ask("host ensure", parameters);
  }

  /** What `muster-local` reads for one host of generation 1. */
  parameters(wish: HostWish): Record<string, string> {
    return {
      VOLUME: wish.stateful ? this.volume(wish.name) : "",
      HOST: this.host(wish.name),
      NODE: wish.name,
      FQDN: wish.fqdn,
      KIND: "hadoop",
      POOL: wish.pool,
      ORDINAL: String(wish.ordinal),
      ROLES: wish.roles.join(","),
      ADDRESS: wish.address,
      MEMORY: String(wish.memory),
      CPUS: String(wish.cpus),
      GENERATION: "1",
      REVIVAL: "0",
    };
  }

  /** `muster-local`, whatever its exit code. */
  run(words: string[], parameters: Record<string, string> = {}): Promise<Ended> {
    const { userCa, loginUser, uid, state } = this.#owner;
    return musterLocal(words, {
      ...{ XDG_STATE_HOME: state, CLUSTER_ID: this.clusterId, UID: uid, USER_CA: userCa, LOGIN_USER: loginUser },
      ...{ NETWORK: networkName(this.clusterId), SUBNET: this.subnet, GATEWAY: gatewayOf(this.subnet) },
      ...parameters,
    });
  }

  /** What a successful run printed. */
  async ask(words: string, parameters: Record<string, string> = {}): Promise<{ id?: string; generation?: number }> {
    const { code, stdout, stderr } = await this.run(words.split(" "), parameters);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as { id?: string; generation?: number };
  }

  async #lock(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const untilReleased = (): Promise<void> =>
        new Promise<void>((release) => {
          this.#release = release;
          resolve();
        });
      this.#held = inOwnTurn(this.clusterId, untilReleased).catch(reject);
    });
  }

  async #removeAll(): Promise<void> {
    const things = await this.things();
    // Volumes and networks can go once no host uses them.
    for (const kind of ["machine", "volume", "network"]) {
      await Promise.all(things.filter((thing) => thing.kind === kind).map((thing) => localSweeper.remove(thing)));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
