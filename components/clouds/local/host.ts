import { existsSync, mkdirSync } from "node:fs";
import { artifactFolder, stateId } from "../../../contract/folders.ts";
import { type HostWish, outsideResolvers, runArguments } from "./host-arguments.ts";
import { imageName } from "./image-name.ts";
import { readIf, readMachine } from "./machine.ts";
import { left } from "./network.ts";
import type { Parameters } from "./parameters.ts";
import { podman, PodmanError, podmanList } from "./podman.ts";
import { TAG } from "../tags.ts";
import { foreign } from "./tags.ts";
import { inOwnTurn } from "../own-turn.ts";
import { replaceLostVolume } from "./volume.ts";

/** A container as podman lists it. */
export interface PodmanContainer {
  Id: string;
  Names: string[];
  Image: string;
  State: string;
  Pid: number;
  /** Seconds since the epoch. */
  StartedAt: number;
  Labels?: Record<string, string> | null;
  Networks?: string[] | null;
}

/** Seconds that a host's services get to stop before it is removed. */
const STOP_SECONDS = "20";

/** The container with exactly this name. */
export async function findHost(name: string): Promise<PodmanContainer | undefined> {
  const pattern = `^${name.replaceAll(".", "\\.")}$`;
  const rows = await podmanList<PodmanContainer>(["ps", "--all", "--filter", `name=${pattern}`]);
  return rows.find((row) => row.Names.includes(name));
}

/** Containers that carry our tags. */
export const listHosts = (): Promise<PodmanContainer[]> =>
  podmanList(["ps", "--all", "--filter", `label=${TAG.cluster}`]);

/** By podman's word, and by the machine's: podman does not hear of the end of a host whose monitor was killed too. */
export const isRunning = (host: PodmanContainer): boolean =>
  host.State === "running" && existsSync(`/proc/${host.Pid}`);

export const generationOf = (host: PodmanContainer): number => Number(host.Labels?.[TAG.generation] ?? 0);

/**
 * Brings a host to its wanted generation: nothing to do when it runs; started when it was stopped; made again when it is
 * of an older generation or missing. Its data volume is never touched. A host of a newer generation is kept.
 */
export async function ensureHost(given: Parameters): Promise<object> {
  const wish = wishOf(given);
  return await inOwnTurn(wish.name, async () => {
    const found = await findHost(wish.name);
    if (found) {
      const reason = foreign(found.Labels, wish);
      if (reason) {
        const isOurs = found.Labels?.[TAG.cluster] !== undefined;
        const next = isOurs ? 'remove it with "muster sweep", or choose another name' : "rename or remove it";
        throw new Error(`a container ${wish.name} is there already, but ${reason}; ${next}`);
      }
      if (stillGood(found, wish) && (await running(found, wish))) return describe(wish, found.Id, generationOf(found));
      say(wish, `made again as generation ${wish.generation}`);
      await remove(wish.name);
    }
    if (wish.volume !== "" && (await replaceLostVolume(given)))
      say(wish, `its data volume ${wish.volume} was gone: there is an empty one now`);
    const id = await make(wish);
    return describe(wish, id, wish.generation);
  });
}

/** Stops a host's services and starts it again: as a reboot is to a machine. */
export async function restartHost(name: string): Promise<object> {
  return await inOwnTurn(name, async () => {
    const found = await findHost(name);
    if (found?.Labels?.[TAG.state] !== stateId()) throw new Error(`${name} is no host of this state folder's`);
    await podman(["restart", "--time", STOP_SECONDS, name]);
    return { name, restarted: true };
  });
}

/** Removes a host; gone already, or somebody else's, is fine. Its services are stopped first. */
export async function deleteHost(given: Parameters): Promise<object> {
  const name = given.name("HOST");
  const owner = { clusterId: given.text("CLUSTER_ID"), uid: given.optional("UID") };
  return await inOwnTurn(name, async () => {
    const found = await findHost(name);
    if (!found) return { name, removed: false };
    const reason = foreign(found.Labels, owner);
    if (reason) return left("host", name, reason);
    await remove(name);
    return { name, removed: true };
  });
}

/** Takes a container away, running or not, by name or id; its volumes stay. */
export async function remove(nameOrId: string): Promise<void> {
  const within = (seconds: string) => podman(["rm", "--force", "--ignore", "--time", seconds, nameOrId]);
  try {
    await within(STOP_SECONDS);
  } catch (error) {
    if (!(error instanceof PodmanError)) throw error;
    // Told to stop while it boots, a host does not hear it; podman kills it then, but may not wait until it has ended.
    await within("0");
  }
}

const stillGood = (found: PodmanContainer, wish: HostWish): boolean =>
  generationOf(found) >= wish.generation && found.Labels?.[TAG.address] === wish.address;

/** Starts a host that is not running; false when it cannot be started as it is. */
async function running(found: PodmanContainer, wish: HostWish): Promise<boolean> {
  if (isRunning(found)) return true;
  if (found.State === "running") {
    say(wish, "has ended, and its monitor with it");
    return false;
  }
  try {
    await podman([found.State === "paused" ? "unpause" : "start", wish.name]);
    say(wish, `was ${found.State}, started again`);
    return true;
  } catch (error) {
    if (!(error instanceof PodmanError)) throw error;
    say(wish, `was ${found.State} and could not be started: ${error.message}`);
    return false;
  }
}

async function make(wish: HostWish): Promise<string> {
  mkdirSync(wish.artifacts, { recursive: true, mode: 0o755 });
  const facts = await readMachine();
  try {
    return (await podman(runArguments(wish, facts))).trim();
  } catch (error) {
    if (!(error instanceof PodmanError)) throw error;
    const { reserve } = await remedy(error, wish);
    return (await podman(runArguments(wish, facts, { reserve }))).trim();
  }
}

/** Takes away what kept a host from being made, if that is possible. */
async function remedy(error: PodmanError, wish: HostWish): Promise<{ reserve: boolean }> {
  if (/image not known|no such image/i.test(error.stderr)) {
    await bringImage(wish);
    return { reserve: true };
  }
  // What podman made but could not start is of no use to anybody.
  await removeLeftover(wish.name);
  // A podman that was killed while it started a container keeps the address reserved for what is no more.
  if (/already allocated/.test(error.stderr)) return { reserve: false };
  if (/already in use/.test(error.stderr)) return { reserve: true };
  throw error;
}

async function bringImage({ image, bakedWith }: HostWish): Promise<void> {
  if (image === imageName()) {
    await (await import("./image.ts")).ensureImage();
    return;
  }
  if (bakedWith === "") throw new Error(`there is no image ${image} on this machine any more`);
  const [{ bake }, { localImages }, { readVersions }] = await Promise.all([
    import("../../images/bake.ts"),
    import("./images.ts"),
    import("../../images/recipe.ts"),
  ]);
  const versions = readVersions(bakedWith);
  await bake(await localImages.baker(versions), versions);
}

/** An interrupted `podman run` can leave storage, or a container that was never started, under the name. */
async function removeLeftover(name: string): Promise<void> {
  await remove(name);
  await podman(["rm", "--force", "--storage", name]).catch(() => undefined);
}

function wishOf(given: Parameters): HostWish {
  return {
    name: given.name("HOST"),
    node: given.name("NODE"),
    fqdn: given.name("FQDN"),
    state: stateId(),
    clusterId: given.text("CLUSTER_ID"),
    uid: given.text("UID"),
    kind: given.text("KIND"),
    pool: given.text("POOL"),
    ordinal: given.count("ORDINAL"),
    roles: given.optional("ROLES"),
    address: given.text("ADDRESS"),
    network: given.name("NETWORK"),
    volume: given.optional("VOLUME"),
    memory: given.count("MEMORY"),
    cpus: given.count("CPUS"),
    generation: given.count("GENERATION"),
    loginUser: given.text("LOGIN_USER"),
    userCa: given.text("USER_CA"),
    resolvers: given.optional("RESOLVERS") || machineResolvers().join(" "),
    artifacts: artifactFolder(),
    image: given.optional("IMAGE") || imageName(),
    bakedWith: given.optional("BAKED_WITH"),
  };
}

/** Where the machine itself asks; behind a local stub resolver, whom the stub asks. */
export const machineResolvers = (): string[] =>
  outsideResolvers(readIf("/etc/resolv.conf"), readIf("/run/systemd/resolve/resolv.conf"));

const describe = (wish: HostWish, id: string, generation: number): object => ({ id, name: wish.name, generation });

const say = (wish: HostWish, text: string): void => void process.stderr.write(`${wish.node}: ${text}\n`);
