// Makes artifacts/hadoop-<version>-maven.lock.json anew: `node tools/lock/maven-lock.ts 3.4.2`. Needs Maven; takes about a minute.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyDependencies, entries, entry, writeLock } from "./maven.ts";

/** What a cluster needs of Hadoop; everything else comes as their dependencies. */
const wanted = [
  "common",
  "hdfs",
  "hdfs-client",
  "yarn-server-resourcemanager",
  "yarn-server-nodemanager",
  "yarn-server-timelineservice",
  "yarn-server-web-proxy",
  "yarn-client",
  "mapreduce-client-app",
  "mapreduce-client-hs",
  "mapreduce-client-jobclient",
  "mapreduce-client-shuffle",
  "mapreduce-examples",
  "distcp",
  "streaming",
  "archives",
];

/** The pages of the NameNode and the DataNodes are packed in this jar only. */
const pages = "hadoop-client-minicluster";

/** Jars that come along and are used by nothing here: other platforms, code generators, protocols of Netty, annotations. */
const unused =
  /^(mssql-jdbc-.*|.*-osx-.*|.*-linux-aarch_64.*|.*-linux-riscv64.*|netty-resolver-dns-classes-macos.*|netty-transport-classes-kqueue.*|netty-codec-(haproxy|memcache|mqtt|redis|smtp|socks|stomp|xml)-.*|netty-transport-(rxtx|sctp|udt)-.*|netty-handler-ssl-ocsp-.*|HikariCP-.*|jsch-.*|animal-sniffer.*|checker-qual.*|j2objc.*|codemodel-.*|jsonschema2pojo-.*|javax-websocket-.*|FastInfoset.*|jline-.*|listenablefuture-.*)$/;

const version = process.argv[2] ?? "3.4.2";
const folder = mkdtempSync(join(tmpdir(), "muster-lock-"));
const hadoop = (artifact: string) => ({ coordinates: `org.apache.hadoop:${artifact}:${version}` });
try {
  const own = await copyDependencies(
    folder,
    wanted.map((name) => hadoop(`hadoop-${name}`)),
  );
  const jars = entries(
    folder,
    own.filter((path) => !unused.test(path.split("/").at(-1) ?? "")),
  );
  const all = await copyDependencies(folder, [hadoop(pages)]);
  const jar = all.find((path) => path.includes(`/${pages}/`));
  if (!jar) throw new Error(`${pages} ${version} was not fetched`);
  writeLock({
    name: "hadoop",
    version,
    jars,
    unpack: [{ ...entry(folder, jar), prefix: "webapps/", to: "web/webapps" }],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
