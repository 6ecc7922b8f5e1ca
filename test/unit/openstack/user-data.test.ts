import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type DataPlace, userData } from "../../../components/clouds/openstack/user-data.ts";
import { bootstrapHostKey } from "../../../contract/ssh-key.ts";

interface Content {
  users: unknown[];
  write_files: { path: string; permissions: string; content: string }[];
  runcmd?: string[][];
  [field: string]: unknown;
}

const boot = {
  name: "dev-worker-1",
  fqdn: "dev-worker-1.dev.internal",
  loginUser: "muster",
  userCa: "ssh-ed25519 CA muster-user-ca",
  hostKey: bootstrapHostKey("5eed", "dev-worker-1", 1),
  keyPair: false,
};
const content = (data?: DataPlace, keyPair = false): Content =>
  parse(userData({ ...boot, keyPair, ...(data ? { data } : {}) })) as Content;
const id = "3f1e3c2a-1111-2222-3333-444455556666";

describe("user data", () => {
  it("is cloud-init's, small, and whole after a round trip", () => {
    const text = userData({ ...boot, data: { kind: "volume", id } });
    assert.match(text, /^#cloud-config\n/);
    assert.ok(text.length < 8192, `${text.length}`);
    const { ssh_keys: keys, ...rest } = content();
    assert.deepEqual(keys, { ed25519_private: boot.hostKey.private, ed25519_public: boot.hostKey.public });
    assert.deepEqual(rest, {
      preserve_hostname: false,
      hostname: "dev-worker-1",
      fqdn: "dev-worker-1.dev.internal",
      users: [{ name: "muster", shell: "/bin/bash", sudo: "ALL=(ALL:ALL) NOPASSWD: ALL", lock_passwd: true }],
      disable_root: true,
      ssh_pwauth: false,
      ssh_deletekeys: true,
      ssh_genkeytypes: [],
      ssh: { emit_keys_to_console: false },
      no_ssh_fingerprints: true,
      write_files: [
        { path: "/etc/ssh/muster_user_ca.pub", permissions: "0644", content: "ssh-ed25519 CA muster-user-ca\n" },
        {
          path: "/etc/ssh/sshd_config.d/10-muster.conf",
          permissions: "0644",
          content: "TrustedUserCAKeys /etc/ssh/muster_user_ca.pub\n",
        },
      ],
    });
  });

  it("lets the image's own user in only where there is a key pair", () => {
    assert.equal(content().users.length, 1);
    assert.equal(content(undefined, true).users[0], "default");
  });

  it("starts the mount of the data without waiting for a volume that is not attached yet", () => {
    const { runcmd = [], write_files: files } = content({ kind: "volume", id });
    assert.deepEqual(runcmd.at(-1), ["systemctl", "enable", "--now", "--no-block", "muster-data.service"]);
    const unit = files.find(({ path }) => path.endsWith("muster-data.service"))?.content ?? "";
    assert.match(unit, /ExecStart=\/usr\/local\/lib\/muster\/mount-data\nRestart=on-failure/);
    assert.equal(files.find(({ path }) => path.endsWith("mount-data"))?.permissions, "0755");
  });
});

describe("the mount of a data volume", () => {
  let folder = "";
  const at = (name: string): string => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-test-"));
    mkdirSync(at("bin"));
    mkdirSync(at("by-id"));
    writeFileSync(at("fstab"), "");
    writeFileSync(at("log"), "");
    tool("mountpoint", "exit 1");
    for (const name of ["mkfs.ext4", "mount", "systemctl", "mkdir"]) tool(name, "exit 0");
    tool("readlink", `echo /dev/vdx`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A stand-in that notes its call. */
  const tool = (name: string, body: string): void => {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\necho "${name} $*" >>${at("log")}\n${body}\n`);
    chmodSync(at(`bin/${name}`), 0o755);
  };
  /** What `blkid` finds: 0 a file system, 2 nothing, 8 something ambiguous. */
  const blkid = (code: number): void =>
    tool("blkid", `case "$*" in *UUID*) echo 1234 ;; *) exit $(cat ${at("found")}) ;; esac`) ??
    writeFileSync(at("found"), String(code));
  const run = (links: string[]) => {
    for (const link of links) writeFileSync(at(`by-id/${link}`), "");
    const program = content({ kind: "volume", id }).write_files.find(({ path }) => path.endsWith("mount-data"));
    const text = (program?.content ?? "")
      .replaceAll("/dev/disk/by-id", at("by-id"))
      .replaceAll("/etc/fstab", at("fstab"))
      .replace("[ ! -b ", "[ ! -e ");
    const ended = spawnSync("/bin/sh", ["-c", text], { env: { PATH: `${at("bin")}:/usr/bin:/bin` }, timeout: 10_000 });
    const log = readFileSync(at("log"), "utf8").split("\n");
    const did = (name: string): boolean => log.some((line) => line.startsWith(`${name} `));
    return { code: ended.status, stderr: ended.stderr.toString(), did, fstab: readFileSync(at("fstab"), "utf8") };
  };
  const attached = `virtio-${id.slice(0, 20)}`;

  it("makes a file system on a disk with nothing on it, and mounts it at every boot", () => {
    blkid(2);
    const { code, did, fstab, stderr } = run([attached]);
    assert.equal(code, 0, stderr);
    assert.ok(did("mkfs.ext4") && did("mount"));
    assert.match(fstab, /^UUID=1234 \/data ext4 defaults,nofail,\S+ 0 2\n$/);
  });

  it("never makes one where there is anything", () => {
    blkid(0);
    const known = run([attached]);
    assert.equal(known.code, 0, known.stderr);
    assert.ok(!known.did("mkfs.ext4") && known.did("mount"));
    blkid(8);
    const unclear = run([attached]);
    assert.equal(unclear.code, 1);
    assert.ok(!unclear.did("mkfs.ext4"));
  });

  it("waits for its own volume, whatever other disks there are", () => {
    blkid(2);
    const { code, did, stderr } = run(["virtio-aaaaaaaa-1111-2222-3", `${attached}-part1`]);
    assert.equal(code, 1);
    assert.match(stderr, /is not attached yet/);
    assert.ok(!did("mkfs.ext4") && !did("mount"));
  });

  it("finds it by the name that SCSI disks have, too", () => {
    blkid(0);
    assert.equal(run([`scsi-0QEMU_QEMU_HARDDISK_${id}`]).code, 0);
  });

  it("does nothing where it is done", () => {
    tool("mountpoint", "exit 0");
    const { code, did } = run([]);
    assert.equal(code, 0);
    assert.ok(!did("mount"));
    assert.ok(existsSync(at("fstab")));
  });
});
