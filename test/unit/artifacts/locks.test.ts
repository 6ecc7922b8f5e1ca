import assert from "node:assert/strict";
import { artifactId, jarName, lockedVersions, lockOf } from "../../../artifacts/locks.ts";

describe("lock files", () => {
  for (const from of ["maven", "tarball"] as const) {
    it(`there is one for Hadoop 3.4.2 from ${from}, found by the id it gives`, () => {
      const id = artifactId("hadoop", "3.4.2", from);
      assert.match(id, /^hadoop-3\.4\.2-[0-9a-f]{12}$/);
      assert.equal(lockOf(id).from, from);
      assert.deepEqual(lockedVersions("hadoop", from), ["3.4.2"]);
    });
  }

  it("names every jar once, with what HDFS, YARN and MapReduce cannot do without", () => {
    const lock = lockOf(artifactId("hadoop", "3.4.2", "maven"));
    assert.ok(lock.from === "maven");
    const names = lock.jars.map((jar) => jarName(jar.coordinates));
    assert.equal(new Set(names).size, names.length);
    for (const part of ["hdfs", "yarn-server-timelineservice", "mapreduce-examples", "distcp", "streaming", "archives"])
      assert.ok(names.includes(`hadoop-${part}-3.4.2.jar`), part);
  });

  it("refuse versions and ids that nobody locked", () => {
    assert.throws(() => artifactId("hadoop", "1.0.0", "maven"), /ENOENT/);
    assert.throws(() => lockOf("hadoop-3.4.2-000000000000"), /no lock file/);
  });

  it("jars with a classifier are named as Maven names them", () => {
    assert.equal(
      jarName("io.netty:netty-transport-native-epoll:4.1.1.Final:linux-x86_64"),
      "netty-transport-native-epoll-4.1.1.Final-linux-x86_64.jar",
    );
  });
});
