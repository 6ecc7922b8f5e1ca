import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Mocha's usual lines for people, and the counts for whoever adds up several runs: in the file COUNTS_FILE names. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env["COUNTS_FILE"];
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      if (file !== undefined)
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
}
