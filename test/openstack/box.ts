import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { inTurnOfAll } from "../../components/clouds/local/turn.ts";
import { Inside } from "../hosts/inside.ts";
import { offerEverything } from "./cloud.ts";
import { look, removeContainer, startContainer } from "./container.ts";
import { ensureBoxImage, ensureServerDisk } from "./images.ts";
import { BOX, boxFolder, cloudsFile } from "./place.ts";
import { ensureProject, otherProjects } from "./project.ts";
import { Rest } from "./rest.ts";
import { askServices, waitForServices } from "./services.ts";

/** Tells what is being done, and how long it took. */
export type Tell = (line: string) => void;

/** Starts the box, or completes one whose start was cut off; one that runs is left as it is. */
export const up = (tell: Tell): Promise<void> =>
  inTurnOfAll("openstack-box", async () => {
    const begun = Date.now();
    const step = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
      const at = Date.now();
      const result = await work();
      tell(`${what} (${((Date.now() - at) / 1000).toFixed(1)} s)`);
      return result;
    };
    // What has to be made is made side by side; the disk may take longer than the services' start.
    const disk = ensureServerDisk();
    disk.catch(() => undefined);
    if ((await look()) !== "running") {
      const image = await step("image of the box is here", ensureBoxImage);
      await step("container runs", () => startContainer(image));
    }
    const admin = await step("services answer", () => whileServicesStart(waitForServices));
    await step("flavors, image and external network are there", () => offerEverything(admin, () => disk));
    await step("project and credentials are there", () => ensureProject(admin));
    tell(
      `the box is up (${((Date.now() - begun) / 1000).toFixed(1)} s); export OS_CLIENT_CONFIG_FILE=${cloudsFile()} OS_CLOUD=box`,
    );
  });

/**
 * Takes everything away: the box, its network, the credentials. The images stay cached.
 * @param everybodys also when other state folders have projects in it
 */
export const down = ({ everybodys = false } = {}): Promise<void> =>
  inTurnOfAll("openstack-box", async () => {
    const admin = everybodys || (await look()) !== "running" ? undefined : await askServices();
    const others = admin instanceof Rest ? await otherProjects(admin) : [];
    if (others.length > 0)
      throw new Error(`others use it (projects ${others.join(", ")}); to take it away all the same: down --everybodys`);
    await removeContainer();
    rmSync(boxFolder(), { recursive: true, force: true });
  });

/** How the box stands, in one line. */
export async function status(): Promise<{ up: boolean; text: string }> {
  const found = await look();
  if (found !== "running") return { up: false, text: found === "absent" ? "down" : "stopped; up makes a new one" };
  const answer = await askServices();
  return typeof answer === "string" ? { up: false, text: answer } : { up: true, text: "up" };
}

/** A start that fails leaves the services' own words behind. */
async function whileServicesStart(wait: () => Promise<Rest>): Promise<Rest> {
  try {
    return await wait();
  } catch (error) {
    const inside = new Inside(BOX);
    const { stdout } = await inside.run(["journalctl", "--no-pager", "--boot"]);
    const failed = await inside.run(["systemctl", "--failed", "--plain", "--no-legend"]);
    const file = join(boxFolder(), "journal.log");
    writeAtomically(file, stdout);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nfailed units:\n${failed.stdout || "none"}\nthe whole journal: ${file}`);
  }
}
