import { HadoopUnderTest } from "./hadoop/cluster.ts";
import { emptiedVolumes, interruptedFormat, lostVolumes, rebuiltHosts } from "./hadoop/lost-data.ts";
import { changedConfiguration, decommission, refusals } from "./hadoop/changes.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";

const MINUTE = 60_000;
const isFull = process.env["MUSTER_FULL"] !== undefined;

/** One cluster, many faults: each needs the cluster that the one before left. */
describe("what HDFS holds", function () {
  this.timeout(20 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new HadoopUnderTest();
  before(() => cluster.write());
  after(() => cluster.remove());

  interruptedFormat(cluster);
  lostVolumes(cluster);
  if (isFull) emptiedVolumes(cluster);
  if (isFull) rebuiltHosts(cluster);
  changedConfiguration(cluster, isFull);
  decommission(cluster, isFull);
  refusals(cluster);
});
