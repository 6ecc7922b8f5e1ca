import assert from "node:assert/strict";
import {
  engineFlags,
  hardLimit,
  hasSysResource,
  hostFlags,
  type MachineFacts,
} from "../../../components/clouds/local/machine-needs.ts";

const usual: MachineFacts = {
  cgroup2: true,
  systemd: true,
  mayRaiseLimits: true,
  openFiles: 1_048_576,
  processes: 96_365,
  pidMax: 4_194_304,
  apparmor: false,
  selinux: false,
  fuse: false,
};

describe("flags of podman", () => {
  const engine: [string, Partial<MachineFacts>, string][] = [
    ["none on a usual machine", {}, ""],
    ["runc on version 1 or hybrid cgroups", { cgroup2: false }, "--runtime runc"],
    ["no systemd, no journal", { systemd: false }, "--cgroup-manager cgroupfs --events-backend file"],
  ];
  for (const [name, facts, flags] of engine) {
    it(`for the engine: ${name}`, () => assert.equal(engineFlags({ ...usual, ...facts }).join(" "), flags));
  }

  const limited = { mayRaiseLimits: false, openFiles: 20_000 };
  const host: [string, Partial<MachineFacts>, string][] = [
    ["none on a usual machine", {}, ""],
    [
      "root's own limits where it may not raise them",
      limited,
      "--ulimit nofile=20000:20000 --ulimit nproc=96365:96365",
    ],
    [
      "never more processes than there are numbers for",
      { ...limited, pidMax: 32_768 },
      "--ulimit nofile=20000:20000 --ulimit nproc=32768:32768",
    ],
    ["no AppArmor profile", { apparmor: true }, "--security-opt apparmor=unconfined"],
    ["no SELinux label", { selinux: true }, "--security-opt label=disable"],
    ["mounts by programs, where the kernel has them", { fuse: true }, "--device /dev/fuse"],
  ];
  for (const [name, facts, flags] of host) {
    it(`for a host: ${name}`, () => assert.equal(hostFlags({ ...usual, ...facts }).join(" "), flags));
  }
});

describe("what root may", () => {
  it("is read from the capabilities", () => {
    assert.equal(hasSysResource("Name:\tnode\nCapEff:\t000001ffffffffff\n"), true);
    assert.equal(hasSysResource("Name:\tnode\nCapEff:\t000001fffeffffff\n"), false);
    assert.equal(hasSysResource(""), false);
  });

  it("is read from the hard limits", () => {
    const limits = [
      "Limit                     Soft Limit           Hard Limit           Units     ",
      "Max processes             unlimited            unlimited            processes ",
      "Max open files            1024                 20000                files     ",
    ].join("\n");
    assert.equal(hardLimit(limits, "Max open files"), 20_000);
    assert.equal(hardLimit(limits, "Max processes"), 1_048_576);
  });
});
