// Makes artifacts/hadoop-<version>-maven.lock.json anew: `node tools/lock/maven-lock.ts 3.4.2`. Needs Maven; takes about a minute.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

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

const dependency = (artifact: string, version: string): string =>
  `<dependency><groupId>org.apache.hadoop</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

async function copyDependencies(folder: string, dependencies: string): Promise<string[]> {
  const project = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>muster</groupId><artifactId>layout</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies}</dependencies></project>`;
  writeFileSync(join(folder, "pom.xml"), project);
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
  const flags = ["-DincludeScope=runtime", "-DoutputDirectory=jars", "-Dmdep.useRepositoryLayout=true"];
  await execa("mvn", ["-B", "-q", `-Dmaven.repo.local=${folder}/repository`, goal, ...flags], {
    cwd: folder,
    stdio: "inherit",
  });
  return readdirSync(join(folder, "jars"), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".jar"));
}

/** `org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar` → its entry in the lock. */
function entry(folder: string, path: string) {
  const parts = path.split("/");
  const [version, artifact] = [parts.at(-2) ?? "", parts.at(-3) ?? ""];
  const classifier = (parts.at(-1) ?? "").slice(artifact.length + version.length + 1, -".jar".length).replace(/^-/, "");
  const coordinates = [parts.slice(0, -3).join("."), artifact, version, classifier].filter(Boolean).join(":");
  const bytes = readFileSync(join(folder, "jars", path));
  const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
  return { coordinates, size: bytes.length, sha256: hash("sha256"), sha512: hash("sha512") };
}

const version = process.argv[2] ?? "3.4.2";
const folder = mkdtempSync(join(tmpdir(), "muster-lock-"));
try {
  const own = await copyDependencies(folder, wanted.map((name) => dependency(`hadoop-${name}`, version)).join(""));
  const jars = own
    .filter((path) => !unused.test(path.split("/").at(-1) ?? ""))
    .map((path) => entry(folder, path))
    .sort((a, b) => (a.coordinates < b.coordinates ? -1 : 1));
  const all = await copyDependencies(folder, dependency(pages, version));
  const jar = all.find((path) => path.includes(`/${pages}/`));
  if (!jar) throw new Error(`${pages} ${version} was not fetched`);
  const unpack = [{ ...entry(folder, jar), prefix: "webapps/", to: "web/webapps" }];
  const lock = { name: "hadoop", version, from: "maven", jars, unpack };
  const target = join(import.meta.dirname, "../../artifacts", `hadoop-${version}-maven.lock.json`);
  writeFileSync(target, `${JSON.stringify(lock, null, 1)}\n`);
  console.log(`${target}: ${jars.length} jars, ${jars.reduce((sum, each) => sum + each.size, 0)} bytes`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
