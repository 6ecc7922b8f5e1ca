import type { Mistake } from "./mistake.ts";
import type { WantedVersions } from "./service.ts";
import type { ClusterSpec } from "./spec.ts";

/** Versions that work together, and how far that is known. */
export interface Combination {
  hadoop: string;
  java: number;
  from: ClusterSpec["hadoopFrom"];
  /** `tested here`: whole clusters are made with it on every change. `as documented`: nobody here has run it. */
  standing: "tested here" | "as documented";
}

/**
 * What works together, of what the roles can install. Hadoop's wiki ("Hadoop Java Versions") also names Java 8 and 11
 * for 3.3 and 3.4, but neither Debian 12 nor 13 packages them. Newer Hadoop (3.4.3, 3.5.0) lacks artifacts on Maven
 * Central that the layout needs.
 */
export const COMBINATIONS: readonly Combination[] = [
  { hadoop: "3.4.2", java: 17, from: "maven", standing: "tested here" },
  { hadoop: "3.4.2", java: 17, from: "tarball", standing: "as documented" },
];

/** What is wrong with the wanted versions; paths relative to the cluster. */
export function versionMistakes({ hadoop, java, hadoopFrom: from }: WantedVersions): Mistake[] {
  const fits = (c: Combination, parts: Partial<Combination>) =>
    (parts.hadoop ?? c.hadoop) === c.hadoop && (parts.java ?? c.java) === c.java && (parts.from ?? c.from) === c.from;
  if (COMBINATIONS.some((c) => fits(c, { hadoop, java, from }))) return [];
  if (!COMBINATIONS.some((c) => c.hadoop === hadoop)) {
    return [
      {
        path: "versions.hadoop",
        found: JSON.stringify(hadoop),
        allowed: `allowed: ${list(COMBINATIONS.map((c) => c.hadoop))}`,
      },
    ];
  }
  const javas = COMBINATIONS.filter((c) => fits(c, { hadoop })).map((c) => String(c.java));
  if (!javas.includes(String(java))) {
    return [{ path: "versions.java", found: String(java), allowed: `allowed with Hadoop ${hadoop}: ${list(javas)}` }];
  }
  const sources = COMBINATIONS.filter((c) => fits(c, { hadoop, java })).map((c) => c.from);
  return [
    { path: "hadoopFrom", found: from, allowed: `allowed with Hadoop ${hadoop} on Java ${java}: ${list(sources)}` },
  ];
}

const list = (values: string[]): string => [...new Set(values)].join(", ");
