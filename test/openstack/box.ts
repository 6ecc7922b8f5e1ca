import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { inTurnOfAll } from "../../components/clouds/local/turn.ts";
import { Inside } from "../hosts/inside.ts";
import { offerEverything } from "./cloud.ts";
import { hasFakeCompute, look, removeContainer, startContainer } from "./container.ts";
import { emptyDisk, ensureBoxImage, ensureServerDisk } from "./images.ts";
import type { Place } from "./place.ts";
import { ensureProject, otherProjects } from "./project.ts";
import { Rest } from "./rest.ts";
import { askServices, waitForServices } from "./services.ts";

/** Tells what is being done, and how long it took. */
export type Tell = (line: string) => void;

/**
 * Starts the box, or completes one whose start was cut off; one that runs is left as it is.
 * @param fakeCompute its servers are Nova's own pretence: hundreds of them, with no machine behind any
 */
export const up = (place: Place, tell: Tell, { fakeCompute = false } = {}): Promise<void> =>
  inTurnOfAll(place.container, async () => {
    const begun = Date.now();
    const step = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
      const at = Date.now();
      const result = await work();
      tell(`${what} (${((Date.now() - at) / 1000).toFixed(1)} s)`);
      return result;
    };
    // What has to be made is made side by side; the disk may take longer than the services' start.
    const disk = fakeCompute ? emptyDisk(place) : ensureServerDisk();
    disk.catch(() => undefined);
    if ((await look(place)) !== "running") {
      const image = await step("image of the box is here", ensureBoxImage);
      await step("container runs", () => startContainer(place, { image, fakeCompute }));
    } else if ((await hasFakeCompute(place)) !== fakeCompute)
      throw new Error(
        `${place.container} runs ${fakeCompute ? "without" : "with"} --fake-compute: give another --name`,
      );
    const admin = await step("services answer", () => whileServicesStart(place));
    await step("flavors, image and external network are there", () => offerEverything(place, admin, () => disk));
    await step("project and credentials are there", () => ensureProject(place, admin));
    tell(
      `the box is up (${((Date.now() - begun) / 1000).toFixed(1)} s); export OS_CLIENT_CONFIG_FILE=${place.cloudsFile} OS_CLOUD=box`,
    );
  });

/**
 * Takes everything away: the box, its network, the credentials. The images stay cached.
 * @param everybodys also when other state folders have projects in it
 */
export const down = (place: Place, { everybodys = false } = {}): Promise<void> =>
  inTurnOfAll(place.container, async () => {
    const admin = everybodys || (await look(place)) !== "running" ? undefined : await askServices(place);
    const others = admin instanceof Rest ? await otherProjects(admin) : [];
    if (others.length > 0)
      throw new Error(`others use it (projects ${others.join(", ")}); to take it away all the same: down --everybodys`);
    await removeContainer(place);
    rmSync(place.folder, { recursive: true, force: true });
  });

/** How the box stands, in one line. */
export async function status(place: Place): Promise<{ up: boolean; text: string }> {
  const found = await look(place);
  if (found !== "running") return { up: false, text: found === "absent" ? "down" : "stopped; up makes a new one" };
  const answer = await askServices(place);
  return typeof answer === "string" ? { up: false, text: answer } : { up: true, text: "up" };
}

/** A start that fails leaves the services' own words behind. */
async function whileServicesStart(place: Place): Promise<Rest> {
  try {
    return await waitForServices(place);
  } catch (error) {
    const inside = new Inside(place.container);
    const { stdout } = await inside.run(["journalctl", "--no-pager", "--boot"]);
    const failed = await inside.run(["systemctl", "--failed", "--plain", "--no-legend"]);
    const file = join(place.folder, "journal.log");
    writeAtomically(file, stdout);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nfailed units:\n${failed.stdout || "none"}\nthe whole journal: ${file}`);
  }
}
