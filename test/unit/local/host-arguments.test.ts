import assert from "node:assert/strict";
import { type HostWish, outsideResolvers, runArguments } from "../../../components/clouds/local/host-arguments.ts";
import type { MachineFacts } from "../../../components/clouds/local/machine-needs.ts";

const usual: MachineFacts = {
  cgroup2: true,
  systemd: true,
  mayRaiseLimits: true,
  openFiles: 1,
  processes: 1,
  pidMax: 1,
  apparmor: false,
  selinux: false,
  fuse: false,
};

const wish: HostWish = {
  name: "p.s.dev.dev-worker-1",
  node: "dev-worker-1",
  fqdn: "dev-worker-1.dev.internal",
  state: "s1",
  clusterId: "p.s.dev",
  uid: "u1",
  kind: "hadoop",
  pool: "worker",
  ordinal: 1,
  roles: "worker,client",
  address: "10.1.0.17",
  network: "p.s.dev",
  volume: "p.s.dev.dev-worker-1-data",
  memory: 1024,
  cpus: 2,
  generation: 3,
  loginUser: "admin",
  userCa: "ssh-ed25519 AAAA user-ca",
  resolvers: "192.0.2.53",
  artifacts: "/state/artifacts",
  image: "image:1",
  bakedWith: "",
};

const values = (args: readonly string[], flag: string): string[] =>
  args.flatMap((arg, at) => (arg === flag ? [args[at + 1] ?? ""] : []));

describe("a host's container", () => {
  const args = runArguments(wish, usual);

  it("is made and started in one step, from an image that is here", () => {
    assert.deepEqual(args.slice(0, 3), ["run", "--detach", "--pull=never"]);
    assert.equal(args.at(-1), "image:1");
  });

  it("carries who it is", () => {
    assert.deepEqual(values(args, "--label"), [
      "muster.state=s1",
      "muster.cluster=p.s.dev",
      "muster.uid=u1",
      "muster.kind=hadoop",
      "muster.node=dev-worker-1",
      "muster.pool=worker",
      "muster.ordinal=1",
      "muster.roles=worker,client",
      "muster.generation=3",
      "muster.address=10.1.0.17",
    ]);
  });

  it("has its planned address, its memory without swap, its share of the CPUs, its folders", () => {
    assert.deepEqual(values(args, "--ip"), ["10.1.0.17"]);
    assert.deepEqual(values(args, "--mac-address"), ["02:4d:0a:01:00:11"]);
    assert.deepEqual([...values(args, "--memory"), ...values(args, "--memory-swap")], ["1024m", "1024m"]);
    assert.deepEqual(values(args, "--cpu-shares"), ["2048"]);
    assert.deepEqual(values(args, "--volume"), [
      "/state/artifacts:/srv/muster/artifacts:ro",
      "p.s.dev.dev-worker-1-data:/data",
    ]);
  });

  it("is not privileged: no clock, no modules, podman's seccomp profile", () => {
    const text = args.join(" ");
    assert.doesNotMatch(text, /--privileged|seccomp|unmask|SYS_TIME|SYS_MODULE|SYS_RAWIO|SYS_RESOURCE/);
  });

  it("learns at its first boot how to be reached, and nothing secret", () => {
    assert.deepEqual(values(args, "--env"), [
      "MUSTER_FQDN=dev-worker-1.dev.internal",
      "MUSTER_ADDRESS=10.1.0.17",
      "MUSTER_LOGIN_USER=admin",
      "MUSTER_USER_CA=ssh-ed25519 AAAA user-ca",
      "MUSTER_RESOLVERS=192.0.2.53",
    ]);
    assert.ok(args.includes("--http-proxy=false"));
  });

  it("needs neither volume nor reserved address", () => {
    const bare = runArguments({ ...wish, volume: "" }, usual, { reserve: false });
    assert.equal(values(bare, "--volume").length, 1);
    assert.deepEqual(values(bare, "--ip"), []);
  });
});

describe("resolvers for a container", () => {
  const table: [string, string[], string[]][] = [
    [
      "the machine's own",
      ["nameserver 192.0.2.1\n# nameserver 192.0.2.9\nnameserver 192.0.2.2\n"],
      ["192.0.2.1", "192.0.2.2"],
    ],
    ["those behind a stub", ["nameserver 127.0.0.53\n", "nameserver 192.0.2.1\n"], ["192.0.2.1"]],
    ["no loopback, no link-local", ["nameserver ::1\nnameserver fe80::1%eth0\nnameserver 192.0.2.3\n"], ["192.0.2.3"]],
    ["none", ["nameserver 127.0.0.1\n", ""], []],
  ];
  for (const [name, texts, found] of table)
    it(`are ${name}`, () => assert.deepEqual(outsideResolvers(...texts), found));
});
