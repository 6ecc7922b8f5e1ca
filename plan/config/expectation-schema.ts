import { z } from "zod";
import { flag, pattern, PLACE, text, userName, wholeNumber } from "./fields.ts";

/** The user's own check. */
export const expectation = z.strictObject({
  name: text("allowed: a short text, unique among expectations").describe("What it shows, unique."),
  command: text("allowed: a shell command").describe("Shell command to run."),
  on: text(PLACE)
    .optional()
    .describe(
      "Where: every node with this role tag or of this pool, the node of this name, or `all`. Default: master; all in plain pools.",
    ),
  user: userName().optional().describe("As which user. Default: the login user."),
  text: text("allowed: a text that must occur in the output")
    .optional()
    .describe("Text that must occur in the output. Default: anything."),
  matches: pattern().optional().describe("Regular expression that a line of the output must match. Default: anything."),
  exitCode: wholeNumber(0, 255).default(0).describe("Wanted exit code. Default 0."),
  timeout: wholeNumber(1, 3600).default(60).describe("Deadline in seconds. Default 60."),
  required: flag().default(true).describe("Failure means failed; with false it means degraded. Default true."),
});
