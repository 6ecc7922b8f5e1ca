import type { Mistake } from "../../mistake.ts";
import type { WantedVersions } from "../../service.ts";
import type { Combination } from "../../versions.ts";

/** A version of Spark with the Javas and Pythons it works with. */
interface SparkSupport {
  spark: string;
  java: readonly { version: number; standing: Combination["standing"] }[];
  /** From the first to the last, e.g. `[11, 14]` for 3.11 … 3.14. */
  python: readonly [first: number, last: number];
}

/** Spark's own word: its release notes (Java 17 or 21 since 4.0) and what its Python package says it runs on. */
const SUPPORT: readonly SparkSupport[] = [
  {
    spark: "4.3.0",
    java: [
      { version: 17, standing: "tested here" },
      { version: 21, standing: "as documented" },
    ],
    python: [11, 14],
  },
];

export const newestSpark = "4.3.0";

/** Minor versions of Python 3 that a Spark works with. */
export const pythonsOf = (spark: string): readonly [first: number, last: number] =>
  SUPPORT.find((each) => each.spark === spark)?.python ?? [0, 0];

/** What is wrong with the versions of Spark, Java and Python together; paths relative to the cluster. */
export function sparkVersionMistakes(
  { java }: WantedVersions,
  { version, python }: { version: string; python?: string | undefined },
): Mistake[] {
  const support = SUPPORT.find((each) => each.spark === version);
  if (support === undefined) {
    const allowed = `allowed: ${SUPPORT.map((each) => each.spark).join(", ")}`;
    return [{ path: "services.spark.version", found: JSON.stringify(version), allowed }];
  }
  const mistakes: Mistake[] = [];
  const javas = support.java.map((each) => each.version);
  if (!javas.includes(java))
    mistakes.push({
      path: "versions.java",
      found: String(java),
      allowed: `allowed with Spark ${version}: ${javas.join(", ")}`,
    });
  const [first, last] = support.python;
  const minor = Number(python?.split(".")[1] ?? first);
  if (minor < first || minor > last)
    mistakes.push({
      path: "services.spark.python",
      found: JSON.stringify(python),
      allowed: `allowed with Spark ${version}: 3.${first} … 3.${last}`,
    });
  return mistakes;
}
