/**
 * What one node knows of its cluster: `/etc/muster/cluster.json` on the node, the only input of the roles besides
 * `/etc/muster/secrets.json`. A pure function of the plan; the runner adds `cluster.uid` and `trust`.
 */
export interface NodeView {
  format: 1;
  cluster: {
    name: string;
    /** Random, made once by Identity; also HDFS's cluster id (`CID-<uid>`). */
    uid: string;
    kind: string;
    /** DNS domain of the nodes: `<cluster>.internal`. */
    domain: string;
    /** CIDR. */
    subnet: string;
    /** Services whose store was formatted by any earlier run: never format again, refuse if it looks empty. */
    formatted: string[];
  };
  node: NodeSelf;
  /** Every node that carries the `master` role, the node itself included. Always present, everywhere. */
  masters: Member[];
  /** All nodes; only on nodes that manage members (DNS on masters, NameNode's include list, …). */
  members?: Member[];
  /** Resolvers outside the cluster, used when no master answers. */
  resolvers: string[];
  /** The administrator's login user on every node. */
  loginUser: string;
  users: UserView[];
  trust: { hostCa: string; userCa: string };
  firewall: NodeFirewall;
  versions: { hadoop: string; java: number };
  /** Artifact name → id; a node finds it under `/srv/muster/artifacts/<id>/`. */
  artifacts: Record<string, string>;
  /** Ansible roles to apply, in order. */
  apply: string[];
  /** Names of the secrets that its services share with their kind on other nodes, e.g. `spark.authenticate`, sorted. */
  secrets: string[];
  /** Names of what the user gave as secrets and its services need, sorted; none: not there. */
  credentials?: string[];
  /** Each service's settings for this node, by service name; the shape is the service's own. */
  services: Record<string, Record<string, unknown>>;
  /** The user's own steps on this node, in order; none: not there. */
  own?: OwnStep[];
}

/** One of the user's own steps. Run again when anything in here changes. */
export interface OwnStep {
  /** Unique in its cluster. */
  name: string;
  /** Before the built-in roles, or after what they set up runs. */
  when: "before" | "after";
  kind: OwnStepKind;
  /** As the user's config names it: a path, or the packages. For people. */
  source: string;
  /** Hash of its files, which are below `/opt/muster/own/<content>/`. */
  content?: string;
  /** What in there is run: a playbook, a script; a role's name. */
  entry?: string;
  /** Variables of a role or playbook. */
  vars?: Record<string, unknown>;
  /** Of a script. */
  args?: string[];
  /** Whose script it is. */
  user?: string;
  timeoutSeconds?: number;
  /** Where files go: a path, a folder where they come from one. */
  to?: string;
  owner?: string;
  group?: string;
  mode?: string;
  /** Names, `name=version`, or files in the content. */
  packages?: string[];
}

export type OwnStepKind = "role" | "playbook" | "script" | "file" | "packages";

export interface Member {
  /** `<cluster>-<pool>-<ordinal>`, also the short host name. */
  name: string;
  fqdn: string;
  /** Planned IPv4 address. */
  address: string;
  pool: string;
  /** Role tags. */
  roles: string[];
  /** Daemons placed on it, e.g. `namenode`. */
  daemons: string[];
}

export interface NodeSelf extends Member {
  ordinal: number;
  /** Role tags and daemon names: the Ansible groups of this node. */
  groups: string[];
  memory: NodeMemory;
  cpus: number;
  /** Has a data volume at `/data`, without which no daemon that keeps data may start. */
  stateful: boolean;
}

/** All in MiB. */
export interface NodeMemory {
  host: number;
  /** Left to the operating system. */
  reserved: number;
  /** Daemon → Java heap and the whole process. */
  daemons: Record<string, { heap: number; total: number }>;
  /** What is left for containers of jobs (YARN, Spark). */
  available: number;
}

export interface UserView {
  name: string;
  uid: number;
  sshKeys: string[];
  sudo: boolean;
}

/** Host firewall: everything else that comes in is dropped. Loopback, established traffic and ICMP echo are always accepted. */
export interface NodeFirewall {
  /** Sources whose packets are judged by `operator` rules only (local cloud: the bridge's gateway). */
  operatorSources: string[];
  operator: FirewallAccept[];
  accept: FirewallAccept[];
}

export interface FirewallAccept {
  name: string;
  protocol: "tcp" | "udp";
  /** `[first, last]`, inclusive. */
  ports: [number, number];
  /** CIDR. */
  source: string;
}
