import { execa } from "execa";
import { findPython } from "./python.ts";

/** One large wheel on a slow disk, milliseconds. */
const wheelMs = 5 * 60_000;

/** Unpacks wheels, one after the other, into one folder, as they would lie in `site-packages`. */
export async function unpackWheels(wheels: readonly string[], folder: string, signal?: AbortSignal): Promise<void> {
  const python = await findPython();
  const options = { timeout: wheelMs, stdin: "ignore", cancelSignal: signal } as const;
  for (const wheel of wheels) await execa(python, ["-m", "zipfile", "-e", wheel, folder], options);
}
