import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const filters = join(import.meta.dirname, "../../../roles/plugins/filter");
const PROGRAM = `
import json, sys
sys.path.insert(0, sys.argv[1])
import nfs_mounts
print(json.dumps(nfs_mounts.nfs_mounts(*json.loads(sys.argv[2]))))
`;
const server = { name: "lab-storage-1", fqdn: "lab-storage-1.lab.internal", address: "10.9.0.8", port: 2049 };
const exported = { path: "/projects/my-lab", source: "/data/nfs/shared/projects/my-lab", id: 7 };

/** Path → content of what a node gets that reads by the kernel, serves, or asks by libnfs. */
function filesOf(client: "kernel" | "local" | "libnfs"): Record<string, string | { unit: string; files?: string[] }> {
  const argv = ["-IB", "-c", PROGRAM, filters, JSON.stringify([[exported], client, server])];
  return JSON.parse(execFileSync("python3", argv, { encoding: "utf8" })) as ReturnType<typeof filesOf>;
}

function textOf(files: ReturnType<typeof filesOf>, path: string): string {
  const content = files[path];
  assert.ok(typeof content === "string", path);
  return content;
}

// As `systemd-escape --path --suffix=mount` prints it.
const unit = "projects-my\\x2dlab";
const mount = `etc/systemd/system/${unit}.mount`;

describe("mounts of shared folders", () => {
  it("by the kernel are made when somebody looks, wait for the server for ever, and keep nobody else waiting", () => {
    const files = filesOf("kernel");
    const automount = `etc/systemd/system/${unit}.automount`;
    assert.deepEqual(Object.keys(files).sort(), ["etc/muster/daemons/nfs-at-7.json", automount, mount]);
    const lines = (path: string) => textOf(files, path).split("\n");
    const wanted = ["What=10.9.0.8:/data/nfs/shared/projects/my-lab", "Where=/projects/my-lab", "Type=nfs"];
    for (const line of [...wanted, "TimeoutSec=30", "LazyUnmount=yes", "ForceUnmount=yes"])
      assert.ok(lines(mount).includes(line), line);
    const options =
      lines(mount)
        .find((line) => line.startsWith("Options="))
        ?.slice(8)
        .split(",") ?? [];
    for (const option of ["vers=4", "proto=tcp", "hard", "port=2049", "nosuid", "nodev", "_netdev"])
      assert.ok(options.includes(option), `${option} in ${options.join()}`);
    assert.ok(lines(automount).includes("TimeoutIdleSec=600"));
    assert.deepEqual(files["etc/muster/daemons/nfs-at-7.json"], {
      unit: `${unit}.automount`,
      files: [`/${mount}`],
      order: 16,
    });
  });

  it("are the server's own folders on the server, and none where the kernel knows no NFS", () => {
    const files = filesOf("local");
    assert.deepEqual(Object.keys(files).sort(), ["etc/muster/daemons/nfs-at-7.json", mount]);
    assert.match(textOf(files, mount), /^What=\/data\/nfs\/shared\/projects\/my-lab$/m);
    assert.match(textOf(files, mount), /^Options=bind,nosuid,nodev$/m);
    assert.deepEqual(filesOf("libnfs"), {});
  });
});
