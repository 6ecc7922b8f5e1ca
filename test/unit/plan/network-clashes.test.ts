import assert from "node:assert/strict";
import { networkClashes } from "../../../plan/network-clashes.ts";
import { subnetsOverlap } from "../../../plan/addressing.ts";
import { fakePlan } from "./fixtures.ts";

describe("clashes of networks", () => {
  const one = fakePlan("one", { subnet: "10.1.0.0/20" });
  const two = fakePlan("two", { subnet: "10.1.8.0/24" });
  const byDefault = fakePlan("dev");

  it("are none between networks that do not touch", () => {
    assert.deepEqual(networkClashes([one, byDefault], [{ subnet: "192.168.0.0/16", owner: "eth0" }]), []);
  });

  it("between clusters are told once, with a free network that really is one", () => {
    const [clash, ...others] = networkClashes([one, two]);
    assert.deepEqual(others, []);
    assert.deepEqual([clash?.path, clash?.found], ["two.subnet", "10.1.8.0/24"]);
    assert.match(clash?.allowed ?? "", /^overlaps 10\.1\.0\.0\/20 of cluster one; free: 10\./);
  });

  it("with a route of the machine name the route, also for a subnet chosen by default", () => {
    const taken = { subnet: "10.160.0.0/12", owner: "route by tun0" };
    const rest = { subnet: "10.176.0.0/13", owner: "route by tun1" };
    const other = { subnet: "10.188.0.0/16", owner: "route by tun2" };
    const [clash] = networkClashes([byDefault], [taken, rest, other]);
    assert.equal(clash?.found, "10.188.16.0/20 (by default)");
    const free = /free: (\S+),/.exec(clash?.allowed ?? "")?.[1] ?? "";
    assert.ok(
      [taken, rest, other].every(({ subnet }) => !subnetsOverlap(subnet, free)),
      free,
    );
  });
});
