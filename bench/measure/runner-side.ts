import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { canonicalJson } from "../../contract/canonical-json.ts";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { Job } from "../../contract/job.ts";
import { jobSha } from "../../plan/job.ts";
import { programs } from "../../test/hosts/muster-local.ts";
import { type Account, accounted } from "./accounted.ts";
import type { Bundle } from "../../runner/bundle/index.ts";

export interface RunnerOptions {
  identity: ClusterIdentity;
  bundle: Bundle;
  /** `XDG_STATE_HOME`. */
  state: string;
  begun?: (pid: number) => void;
}

/** One run of `muster-runner ready` with a given bundle, and what it cost. @throws when the cluster is not ready. */
export async function runReady(job: Job, options: RunnerOptions): Promise<Account> {
  const { identity, bundle, state, begun } = options;
  const sha = jobSha(job);
  const file = join(state, "muster/clusters", job.cluster.id, "jobs", `${sha}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, canonicalJson(job));
  const input = JSON.stringify({ job: sha, attempt: 1, nonce: "n", clusterId: job.cluster.id, identity });
  const env = { ...programs(), XDG_STATE_HOME: state, FAKE_BUNDLE: bundle.path, FAKE_BUNDLE_SHA: bundle.sha };
  const program = join(import.meta.dirname, "../../test/runner/start-ready.ts");
  const argv = [process.execPath, "--disable-warning=ExperimentalWarning", program];
  return accounted(argv, { env, input, ...(begun === undefined ? {} : { begun }) });
}
