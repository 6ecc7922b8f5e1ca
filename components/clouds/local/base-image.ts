import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RELEASE } from "./image-name.ts";
import { aptOptions, machineSources } from "./machine-apt.ts";
import { imageExists, podman, PodmanError } from "./podman.ts";
import { asRoot, run } from "../../process.ts";

const OFFICIAL = `debian:${RELEASE}`;
const OWN = `localhost/muster/base:${RELEASE}`;

/** A registry that is there answers the first bytes within seconds; the image itself is 50 MB. */
const PULL_SECONDS = 60;
const BOOTSTRAP_SECONDS = 900;

/** A plain Debian to build on: the official image where a registry can be reached, else made from packages. Its name. */
export async function ensureBase(): Promise<string> {
  if (await imageExists(OWN)) return OWN;
  process.stderr.write(`image: fetching ${OFFICIAL}\n`);
  try {
    return (await podman(["pull", "--quiet", OFFICIAL], { timeout: PULL_SECONDS, interruptible: true })).trim();
  } catch (error) {
    if (!(error instanceof PodmanError)) throw error;
    process.stderr.write(`image: no image registry can be reached; making Debian ${RELEASE} from packages instead\n`);
    await bootstrap();
    return OWN;
  }
}

async function bootstrap(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "muster-base-"));
  const archive = join(folder, "base.tar");
  try {
    const options = join(folder, "apt.conf");
    writeFileSync(options, await aptOptions(), { mode: 0o600 });
    const sources = machineSources(RELEASE).map(({ name, text }) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    // certificates: the sources may be https. Without sources mmdebstrap knows Debian's own mirror.
    const argv = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", `--aptopt=${options}`];
    const made = await run(asRoot([...argv, RELEASE, archive, ...sources]), {
      timeout: BOOTSTRAP_SECONDS,
      interruptible: true,
    });
    if (made.code === 127 || !existsSync(archive))
      throw new Error(`mmdebstrap cannot make Debian ${RELEASE}: ${made.stderr.trim()}`);
    if (made.code !== 0) throw new Error(`mmdebstrap ended with code ${made.code}: ${made.stderr.trim()}`);
    await podman(["import", "--quiet", archive, OWN], { timeout: BOOTSTRAP_SECONDS, interruptible: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
