import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const library = join(import.meta.dirname, "../../../roles/spark/templates/programs/opt/spark/libexec");

/** Submits a job whose command ends as told, one after the other; prints what came of it and how often it ran. */
const PROGRAM = `
import json, sys, types
sys.path.insert(0, ${JSON.stringify(library)})
sys.dont_write_bytecode = True
import spark_http, spark_job
spark_http.view = lambda: {"loginUser": "muster"}
ends, runs = json.loads(sys.argv[1]), []
def run(argv, **_):
    runs.append(argv)
    code, stdout, stderr = ends[len(runs) - 1]
    return types.SimpleNamespace(returncode=code, stdout=stdout, stderr=stderr)
spark_job.subprocess = types.SimpleNamespace(run=run, DEVNULL=None)
job = spark_job.submit("pi.py", ["one", "two"], "5")
print(json.dumps({"found": job.found, "failure": job.failure, "before": job.before, "runs": len(runs)}))
`;

type End = [code: number, stdout: string, stderr: string];
interface Outcome {
  found: object;
  failure: string;
  before: string;
  runs: number;
}

const submitted = (...ends: End[]): Outcome =>
  JSON.parse(
    execFileSync("python3", ["-I", "-c", PROGRAM, JSON.stringify(ends)], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim(),
  ) as Outcome;

describe("a job that a check submits", () => {
  const well: End = [0, 'words\n{"pi": 3.1}\n', ""];
  const race: End = [1, "", "ERROR Error initializing SparkContext.\njava.util.ConcurrentModificationException\n"];

  it("is what its program prints last", () => {
    assert.deepEqual(submitted(well), { found: { pi: 3.1 }, failure: "", before: "", runs: 1 });
  });

  it("is submitted once more, and says so, when Spark's own threads got in each other's way", () => {
    const { before, ...job } = submitted(race, well);
    assert.deepEqual(job, { found: { pi: 3.1 }, failure: "", runs: 2 });
    assert.match(before, /second try, the first: exit code 1 .*ConcurrentModificationException/);
    assert.match(submitted(race, race).failure, /ConcurrentModificationException/);
  });

  it("fails at once for any other reason, told in its own words", () => {
    const { failure, runs } = submitted([1, "", "INFO starting\nERROR no room: Exception in thread\n"]);
    assert.match(failure, /^exit code 1 after 0\.0 s as muster: ERROR no room/);
    assert.equal(runs, 1);
  });
});
