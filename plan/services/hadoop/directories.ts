import type { ServiceContext } from "../../service.ts";

/** A folder that must exist in HDFS. Made with these owners and this mode when missing; an existing one keeps its contents. */
export interface HdfsDirectory {
  path: string;
  owner: string;
  group: string;
  /** Octal, as `chmod` takes it. */
  mode: string;
  /** Holds only what jobs leave behind: nobody misses it. */
  scratch?: true;
}

/** Folders that people and everything in HDFS expect: scratch space, homes. */
export function commonDirectories(context: ServiceContext): HdfsDirectory[] {
  const people = [context.spec.loginUser, ...context.spec.users.map((user) => user.name)];
  const home = (name: string): HdfsDirectory => ({ path: `/user/${name}`, owner: name, group: name, mode: "0700" });
  return [
    { path: "/", owner: "hdfs", group: "hadoop", mode: "0755" },
    { path: "/tmp", owner: "hdfs", group: "hadoop", mode: "1777", scratch: true },
    { path: "/user", owner: "hdfs", group: "hadoop", mode: "0755" },
    ...[...new Set(people)].map(home),
  ];
}

/** Where finished jobs put their history, and where the JobHistoryServer moves it. */
export const historyPath = "/mr-history";

/** Aggregated logs of YARN's containers. */
export const containerLogs: HdfsDirectory = {
  path: "/yarn-logs",
  owner: "yarn",
  group: "hadoop",
  mode: "1777",
  scratch: true,
};

export const historyDirectories: HdfsDirectory[] = [
  { path: historyPath, owner: "mapred", group: "hadoop", mode: "0755", scratch: true },
  { path: `${historyPath}/tmp`, owner: "mapred", group: "hadoop", mode: "1777" },
  { path: `${historyPath}/done`, owner: "mapred", group: "hadoop", mode: "0770" },
];
