import assert from "node:assert/strict";
import { movedStores } from "../../components/stores.ts";
import type { ClusterConfigInput } from "../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { whereabouts } from "../unit/plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;

const planOf = (args: Args) => planCluster(specFromArgs("dev", { subnet: "10.9.0.0/24", ...args }), whereabouts);

describe("stores that would be elsewhere", () => {
  const before = planOf({ pools: { head: { roles: ["master"] }, worker: 2 } }).nodes;
  const found = (args: Args, formatted = ["hdfs"]) => movedStores(planOf(args), before, formatted, "c[0]");

  it("are refused by where the data is, when other pools take the NameNode over", () => {
    const others: Args["pools"][] = [
      { master: 1, worker: 2 },
      { another: { roles: ["master" as const] }, head: { roles: ["master" as const] }, worker: 2 },
    ];
    for (const pools of others) {
      const [mistake, ...more] = found({ pools });
      assert.deepEqual(more, []);
      assert.equal(mistake?.path, "c[0].pools");
      assert.match(mistake.found, /^namenode on dev-(master|another)-1$/);
      assert.match(mistake.allowed, /its data is on dev-head-1 .*muster down --delete-data/);
    }
  });

  it("are refused when their service is turned off", () => {
    const [mistake] = found({ pools: { head: { roles: ["master"] }, worker: 2 }, services: [] });
    assert.deepEqual([mistake?.path, mistake?.found], ["c[0].services.hdfs", "no namenode any more"]);
  });

  it("are none while the NameNode stays, whatever else moves, or while nothing was formatted", () => {
    const master = { roles: ["master" as const] };
    assert.deepEqual(found({ pools: { head: master, later: { ...master, count: 2 }, worker: 1 } }), []);
    assert.deepEqual(found({ pools: { head: { ...master, count: 3 }, worker: 4 } }), []);
    assert.deepEqual(found({ pools: { master: 1, worker: 2 } }, []), []);
  });
});
