/** The box cannot be made here: its packages, or the means to install them, cannot be had. */
export class BoxUnavailable extends Error {
  override readonly name = "BoxUnavailable";
}

/** What apt and mmdebstrap say when a source of packages does not answer or does not have one. */
const SIGNS = [
  /Unable to locate package (\S+)/,
  /Package '?(\S+)'? has no installation candidate/,
  /Failed to fetch (\S+)/,
  /Could not resolve '?([^'\s]+)/,
  /Could not connect to (\S+)/,
  /mmdebstrap cannot make (.*)/,
];

/** Does what installs packages; where none can be had, that is no failure of what is installed. */
export async function tellingUnavailable<Result>(install: () => Promise<Result>): Promise<Result> {
  try {
    return await install();
  } catch (error) {
    const { message, stderr = "" } = error as Error & { stderr?: string };
    const said = `${stderr}\n${message}`;
    const sign = SIGNS.map((pattern) => pattern.exec(said)?.[0]).find((found) => found !== undefined);
    if (sign === undefined) throw new Error(`${message}\n${stderr.trim().split("\n").slice(-30).join("\n")}`);
    throw new BoxUnavailable(`OpenStack's packages cannot be had here: ${sign.trim()}`, { cause: error });
  }
}
