/** What a node says of itself when it is asked first. */
export interface Hello {
  /** Another one after each start of its system. */
  boot: string;
  /** The node's clock, seconds since the epoch. */
  time: number;
  bundles: string[];
  /** Artifacts that it has whole, whoever put them there. */
  artifacts: string[];
  /** Contents of the user's own steps that it has whole. */
  own: string[];
  /** Bytes that it has of artifacts whose transfer was cut off. */
  begun: Record<string, number>;
  applied: Applied | null;
  enrolled: { generation: number } | null;
  /** systemd's word (`active`, `failed`, …) by daemon. */
  daemons: Record<string, string>;
  /** What tells of daemons that were brought up here before; empty on a new machine. */
  started: string[];
  /** Services whose store was formatted on this node. */
  formatted: string[];
  hostKey: string | null;
  hostCertificate: string | null;
}

/** By what a node was configured last: content hashes, and the formatted services that its view names. */
export interface Applied {
  bundle: string;
  view: string;
  secrets: string;
  generation: number;
  formatted: string[];
}

/** Nothing on the node serves anybody yet. A change that was cut off leaves a node that serves, but by no known inputs. */
export const isNewNode = ({ applied, started }: Hello): boolean => applied === null && started.length === 0;

/** Daemons that do not run, with systemd's word: `hdfs-datanode is failed`. */
export function idleDaemons(daemons: Record<string, string>): string[] {
  return Object.entries(daemons)
    .filter(([, state]) => state !== "active" && state !== "reloading")
    .map(([name, state]) => `${name} is ${state}`);
}
