import assert from "node:assert/strict";
import { writeAtomically } from "../../../contract/atomic-file.ts";
import { canonicalJson, contentHash } from "../../../contract/canonical-json.ts";
import { clusterFolder } from "../../../contract/folders.ts";
import { readJob, writeAddresses } from "../../../runner/record/job-file.ts";
import { withStateFolder } from "../../mock/state-folder.ts";
import { givenJob } from "../cli/given.ts";

const { id } = givenJob.cluster;

describe("a job", () => {
  withStateFolder();
  const sha = contentHash(givenJob);
  beforeEach(() => writeAtomically(`${clusterFolder(id)}/jobs/${sha}.json`, canonicalJson(givenJob)));

  const addresses = (): string[] => readJob(id, sha).nodes.map((node) => node.ssh.address);
  const planned = givenJob.nodes.map((node) => node.ssh.address);

  it("is read as it was planned", () => assert.deepEqual(addresses(), planned));

  it("is read with the addresses that were given out later, and keeps its name", () => {
    writeAddresses(id, { "dev-master-1": "192.0.2.7", "dev-worker-9": "192.0.2.8" });
    assert.deepEqual(addresses(), ["192.0.2.7", ...planned.slice(1)]);
    assert.equal(readJob(id, sha).nodes[0]?.view.node.address, planned[0]);
    writeAddresses(id, {});
    assert.deepEqual(addresses(), planned);
  });

  it("is refused when it is not what its name says", () => {
    writeAtomically(`${clusterFolder(id)}/jobs/${sha}.json`, canonicalJson({ ...givenJob, bundle: "other" }));
    assert.throws(() => readJob(id, sha), /is damaged/);
  });
});
