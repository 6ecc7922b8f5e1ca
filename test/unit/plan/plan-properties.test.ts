import assert from "node:assert/strict";
import fc from "fast-check";
import { Netmask } from "netmask";
import { readClusters, specFromArgs } from "../../../plan/config/read.ts";
import { jobOf, jobSha } from "../../../plan/job.ts";
import { UserMistakes } from "../../../plan/mistake.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { daemonsIn } from "../../../plan/service-context.ts";
import { services } from "../../../plan/services/index.ts";
import { fakes } from "./fake-services.ts";
import { fakePlan, jobExtras, whereabouts } from "./fixtures.ts";
import { anything, goodArgs, spoiltArgs } from "./random-configs.ts";

const addresses = (plan: { nodes: { name: string; address: string }[] }) =>
  new Map(plan.nodes.map((node) => [node.name, node.address]));
const reversed = (record: object) => Object.fromEntries(Object.entries(record).reverse());

describe("properties of every plan", () => {
  it("gives each node an address of its own inside the subnet, never the network's, gateway's or broadcast's", () => {
    fc.assert(
      fc.property(goodArgs, (args) => {
        const { network, nodes } = fakePlan("dev", args);
        const subnet = new Netmask(network.subnet);
        assert.equal(new Set(nodes.map((node) => node.address)).size, nodes.length);
        for (const { address } of nodes) {
          assert.ok(subnet.contains(address));
          assert.ok(![subnet.base, network.gateway, subnet.broadcast].includes(address));
        }
      }),
    );
  });

  it("moves nobody and renames nobody when a pool grows", () => {
    fc.assert(
      fc.property(goodArgs, fc.nat(), fc.integer({ min: 1, max: 100 }), (args, which, more) => {
        const before = addresses(fakePlan("dev", args));
        const names = Object.keys(args.pools);
        const name = names[which % names.length] ?? "worker";
        const grown = { ...args.pools, [name]: { ...args.pools[name], count: (args.pools[name]?.count ?? 0) + more } };
        const after = addresses(fakePlan("dev", { ...args, pools: grown }));
        assert.equal(after.size, before.size + more);
        for (const [node, address] of before) assert.equal(after.get(node), address);
      }),
    );
  });

  it("moves nobody and renames nobody when a worker is left out", () => {
    fc.assert(
      fc.property(goodArgs, fc.nat(), (args, which) => {
        const worker = { ...args.pools["worker"], count: (args.pools["worker"]?.count ?? 0) + 1 };
        const leaver = 1 + (which % worker.count);
        const before = addresses(fakePlan("dev", { ...args, pools: { ...args.pools, worker } }));
        const without = [`dev-worker-${leaver}`];
        const after = addresses(fakePlan("dev", { ...args, pools: { ...args.pools, worker: { ...worker, without } } }));
        before.delete(`dev-worker-${leaver}`);
        assert.deepEqual(after, before);
      }),
    );
  });

  it("does not depend on the order in which pools and users are written", () => {
    fc.assert(
      fc.property(goodArgs, (args) => {
        const swapped = {
          ...args,
          pools: reversed(args.pools),
          users: [...(args.users ?? [])].reverse(),
        } as typeof args;
        const [one, other] = [fakePlan("dev", args), fakePlan("dev", swapped)];
        assert.equal(jobSha(jobOf(one, jobExtras(one), fakes)), jobSha(jobOf(other, jobExtras(other), fakes)));
      }),
    );
  });

  it("is the same for the same spec, and JSON all through", () => {
    fc.assert(
      fc.property(goodArgs, (args) => {
        const plan = fakePlan("dev", args);
        assert.deepEqual(plan, fakePlan("dev", args));
        const job = jobOf(plan, jobExtras(plan), fakes);
        assert.deepEqual(JSON.parse(JSON.stringify(job)), job);
      }),
    );
  });

  it("shares out no more memory than a host has", () => {
    fc.assert(
      fc.property(goodArgs, (args) => {
        for (const { memory, size } of fakePlan("dev", args).nodes) {
          const daemons = Object.values(memory.daemons).reduce((sum, { total }) => sum + total, 0);
          assert.equal(memory.reserved + daemons + memory.available, size.memory);
          assert.ok(memory.available >= 0 && memory.reserved > 0);
        }
      }),
    );
  });

  it("places each daemon: `one` exactly once, `all` on every node of its role", () => {
    fc.assert(
      fc.property(goodArgs, (args) => {
        const { nodes, spec } = fakePlan("dev", args);
        for (const name of Object.keys(spec.services)) {
          const definition = fakes[name];
          assert.ok(definition);
          for (const [daemon, { on, instances }] of daemonsIn(definition, spec)) {
            const carriers = nodes.filter((node) => node.daemons.includes(daemon));
            const candidates = nodes.filter((node) => on === "all" || node.roles.includes(on));
            assert.ok(carriers.every((node) => candidates.includes(node)));
            assert.equal(carriers.length, instances === "one" ? 1 : candidates.length);
          }
        }
      }),
    );
  });

  it("changes, for a new worker, only its own view and those of masters and nodes that manage members", () => {
    fc.assert(
      fc.property(goodArgs, (args) => {
        const worker = args.pools["worker"];
        const grown = { ...args.pools, worker: { ...worker, count: (worker?.count ?? 0) + 1 } };
        const [before, after] = [fakePlan("dev", args), fakePlan("dev", { ...args, pools: grown })];
        const extras = jobExtras(before);
        for (const node of before.nodes) {
          const then = JSON.stringify(nodeView(before, node, extras, fakes));
          const same = after.nodes.find((other) => other.name === node.name);
          assert.ok(same);
          const now = JSON.stringify(nodeView(after, same, extras, fakes));
          const manages =
            node.roles.includes("master") || node.daemons.some((daemon) => ["index", "manager"].includes(daemon));
          assert.equal(now !== then, manages, node.name);
        }
      }),
    );
  });
});

describe("a new worker among many, with the real services", () => {
  it("changes no other worker's and no client's view", () => {
    const planOf = (workers: number) =>
      planCluster(specFromArgs("dev", { pools: { master: 2, worker: workers, client: 1 } }), whereabouts);
    const [before, after] = [planOf(20), planOf(21)];
    const changed = before.nodes.filter((node, at) => {
      const same = after.nodes.find((other) => other.name === before.nodes[at]?.name);
      assert.ok(same);
      const extras = jobExtras(before);
      return JSON.stringify(nodeView(before, node, extras)) !== JSON.stringify(nodeView(after, same, extras));
    });
    assert.deepEqual(
      changed.map((node) => node.name),
      ["dev-master-1", "dev-master-2"],
    );
  });
});

describe("any config at all", () => {
  const survive = (raw: unknown, registry: typeof fakes): "planned" | "refused" => {
    try {
      for (const spec of readClusters(raw, "c", { registry })) planCluster(spec, whereabouts, registry);
      return "planned";
    } catch (error) {
      if (error instanceof UserMistakes) {
        assert.ok(
          error.mistakes.length > 0 &&
            error.mistakes.every((m) => m.path.startsWith("c") && m.found !== "" && m.allowed !== ""),
        );
        return "refused";
      }
      throw error;
    }
  };

  it("is planned or refused as a user's mistake, never anything else", () => {
    for (const registry of [fakes, services]) {
      fc.assert(
        fc.property(anything, (raw) => void survive([raw], registry)),
        { numRuns: 300 },
      );
      const seen = { planned: 0, refused: 0 };
      fc.assert(
        fc.property(spoiltArgs, (raw) => {
          seen[survive([raw], registry)] += 1;
        }),
        { numRuns: 300 },
      );
      // A generator that made only good or only bad configs would show nothing.
      assert.ok(seen.planned > 0 && seen.refused > 100, JSON.stringify(seen));
    }
  });
});
