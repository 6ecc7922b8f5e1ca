import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const library = join(import.meta.dirname, "../../../roles/objectstores/templates/programs/opt/objectstores/libexec");

const PROGRAM = `
import json, sys
sys.path.insert(0, ${JSON.stringify(library)})
sys.dont_write_bytecode = True
import stores
bucket = {"url": "s3a://lab", "endpoint": "http://10.0.0.1:9000", "credentials": "lab"}
print(stores.meaning(json.loads(sys.argv[1]), bucket))
`;

const meaning = (said: string): string =>
  execFileSync("python3", ["-I", "-c", PROGRAM, JSON.stringify(said)])
    .toString()
    .trim();

/** What the shell of files printed, as it was seen; ids shortened. */
const SEEN = {
  signature:
    "log4j:WARN Please initialize\nls: s3a://lab/: listObjects() on s3a://lab/: software.amazon.awssdk.services.s3.model.S3Exception: The request signature we calculated does not match the signature you provided. (Service: S3, Status Code: 403, Request ID: 07):SignatureDoesNotMatch",
  refused:
    "ls: listObjects() on s3a://lab/: software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to 10.0.0.1:9000 [/10.0.0.1] failed: Connection refused: Connection refused",
};

describe("what a bucket's refusal means", () => {
  it("is told for people, with the endpoint and the credentials' name", () => {
    assert.equal(meaning(SEEN.signature), "http://10.0.0.1:9000 does not accept the credentials lab");
    assert.equal(meaning(SEEN.refused), "http://10.0.0.1:9000 does not answer: connection refused");
  });

  it("is the last line where it is not known, without stack or log", () => {
    assert.equal(meaning("2026-01-01 INFO x\nput: odd thing\n\tat java.lang.Thread\n"), "put: odd thing");
    assert.equal(meaning(""), "it failed without a word");
  });
});
