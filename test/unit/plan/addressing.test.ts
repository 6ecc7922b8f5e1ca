import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressOf,
  canonicalSubnet,
  DEFAULT_RANGE,
  defaultSubnet,
  freeSubnet,
  gatewayOf,
  isPrivate,
} from "../../../plan/addressing.ts";
import { largestOrdinal, movedNodes, prefixFor, slotsOf, subnetsOverlap } from "../../../plan/addressing.ts";

describe("addressing", () => {
  it("keeps default subnets for ever: changing them would move clusters that exist", () => {
    assert.equal(defaultSubnet("muster", "dev", "dev"), "10.188.16.0/20");
    assert.equal(defaultSubnet("muster", "dev", "other"), "10.183.144.0/20");
    assert.equal(defaultSubnet("muster", "test", "dev"), "10.176.16.0/20");
  });

  it("spreads default subnets over the whole range", () => {
    const subnets = Array.from({ length: 1000 }, (_, at) => defaultSubnet("p", "s", `c${at}`));
    assert.ok(new Set(subnets).size > 400);
    assert.ok(
      subnets.every(
        (subnet) => subnetsOverlap(subnet, DEFAULT_RANGE) && canonicalSubnet(subnet) === subnet && isPrivate(subnet),
      ),
    );
  });

  it("keeps slots for ever", () => {
    const slots = slotsOf([
      { name: "storage" },
      { name: "client" },
      { name: "slave" },
      { name: "gpu" },
      { name: "worker" },
      { name: "master" },
    ]);
    assert.deepEqual(Object.fromEntries(slots), { master: 0, worker: 1, client: 2, storage: 3, gpu: 5, slave: 12 });
    // A role tag that came later: pools of that name keep the slot that they had before.
    assert.equal(slotsOf([{ name: "monitor" }, { name: "worker" }]).get("monitor"), 7);
  });

  it("gives every pool a slot of its own, whatever the order of writing", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(names, fc.nat(), (pools, turn) => {
        const at = turn % pools.length;
        const slots = slotsOf(pools.map((name) => ({ name })));
        assert.equal(new Set(slots.values()).size, pools.length);
        assert.ok([...slots.values()].every((slot) => slot >= 0 && slot < 16));
        const turned = [...pools.slice(at), ...pools.slice(0, at)].map((name) => ({ name }));
        assert.deepEqual(slotsOf(turned), slots);
      }),
    );
  });

  it("never moves pools named like a role, whatever else there is", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 12 }), (others) => {
        const slots = slotsOf([...others.filter((name) => name !== "worker"), "worker"].map((name) => ({ name })));
        assert.equal(slots.get("worker"), 1);
      }),
    );
  });

  it("counts rows of 16 from the subnet's base", () => {
    assert.equal(gatewayOf("10.160.16.0/20"), "10.160.16.1");
    assert.equal(addressOf("10.160.16.0/20", 0, 1), "10.160.16.16");
    assert.equal(addressOf("10.160.16.0/20", 1, 1), "10.160.16.17");
    assert.equal(addressOf("10.160.16.0/20", 1, 16), "10.160.17.1");
    assert.equal(addressOf("10.160.16.0/20", 15, 254), "10.160.31.239");
  });

  it("knows exactly how many nodes fit", () => {
    assert.deepEqual(
      [largestOrdinal("10.0.0.0/20", 0), largestOrdinal("10.0.0.0/20", 14), largestOrdinal("10.0.0.0/20", 15)],
      [255, 255, 254],
    );
    assert.deepEqual(
      [largestOrdinal("10.0.0.0/27", 0), largestOrdinal("10.0.0.0/27", 15), largestOrdinal("10.0.0.0/32", 0)],
      [1, 0, 0],
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 1, max: 4000 }), (slot, ordinal) => {
        const prefix = prefixFor(slot, ordinal);
        assert.ok(largestOrdinal(`10.0.0.0/${prefix}`, slot) >= ordinal);
        assert.ok(largestOrdinal(`10.0.0.0/${prefix + 1}`, slot) < ordinal);
      }),
    );
  });

  it("names a free subnet that touches none of the taken ones, or none when all are taken", () => {
    const own = defaultSubnet("muster", "dev", "dev");
    assert.notEqual(freeSubnet([own], "muster/dev/dev"), own);
    assert.equal(freeSubnet([], "muster/dev/dev"), own);
    assert.ok(subnetsOverlap(freeSubnet(["10.160.0.0/12"]) ?? "", "10.176.0.0/12"));
    assert.equal(freeSubnet(["10.0.0.0/8"]), undefined);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 24 - 1 }), { maxLength: 20 }), (hosts) => {
        const taken = hosts.map((host) => `10.${host >> 16}.${(host >> 8) & 255}.0/24`);
        const free = freeSubnet(taken);
        assert.ok(free !== undefined && !taken.some((cidr) => subnetsOverlap(cidr, free)));
      }),
    );
  });

  it("shows nodes that a new plan would move, and only those", () => {
    const planned = [
      { name: "a", address: "10.0.0.1" },
      { name: "b", address: "10.0.0.2" },
      { name: "new", address: "10.0.0.3" },
    ];
    const observed = [
      { name: "a", address: "10.0.0.1" },
      { name: "b", address: "10.0.0.9" },
      { name: "gone", address: "10.0.0.4" },
    ];
    assert.deepEqual(movedNodes(planned, observed), [{ name: "b", planned: "10.0.0.2", observed: "10.0.0.9" }]);
  });
});
