import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Bundle, buildBundle } from "../../runner/bundle/index.ts";

/** Starts nothing, and takes the daemons' manifests away, so that nobody misses them. */
const ACTIVATE = `#!/bin/sh
while [ "$1" != --events ]; do shift; done
rm -rf /etc/muster/daemons
echo '{"state":"done","changed":0}' >>"$2"
`;

/** Gives `work` the real bundle, but for `bin/activate`: how long Hadoop's daemons take to start is no matter of either way. */
export async function withUnstartedBundle<Result>(work: (bundle: Bundle) => Promise<Result>): Promise<Result> {
  const { sha, path } = await buildBundle();
  const folder = mkdtempSync(join(tmpdir(), "muster-bench-"));
  try {
    const content = join(folder, "content");
    await execa("mkdir", [content]);
    await execa("tar", ["-xzf", path, "-C", content]);
    writeFileSync(join(content, "bin/activate"), ACTIVATE);
    chmodSync(join(content, "bin/activate"), 0o755);
    const archive = join(folder, "bundle.tar.gz");
    await execa("tar", ["-czf", archive, "-C", content, "."]);
    return await work({ sha, path: archive });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
