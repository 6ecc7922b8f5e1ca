import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const home = join(import.meta.dirname, "../../..");

/** What a program here may say. */
const SOURCES = ["{cli,components,plan,runner}/**/*.ts", "roles/*/{checks,templates}/**/*", "tools/*.sh"];
/** Others' own words: Nova's, the Terraform provider's, the compiler's. */
const FOREIGN = ["No valid host was found", "Exceeded maximum number of retries", "Users not using", "signal: killed"];
/** What stands for something else in an example: gaps, numbers, states, the two spaces of a mistake, names of nodes. */
const EXAMPLE = /…|\d+|\b[A-Z]{4,}\b|: |; | {2}found | {2}|\/clouds\.yaml/;
const LEAST = 5;

/** The messages of a page's table: what stands as code in the first cells. */
function messagesOf(page: string): string[] {
  const [, table = ""] = page.split("## When something is wrong");
  const cells = table.split("\n").flatMap((line) => /^\| (.*?[^\\]) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code ?? []));
}

describe("the messages that OpenStack's page explains", () => {
  const messages = messagesOf(readFileSync(join(home, "docs/openstack.md"), "utf8"));
  const files = globSync(SOURCES, { cwd: home, withFileTypes: true }).filter((entry) => entry.isFile());
  const sources = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");

  it("are still said by somebody, word for word", () => {
    assert.ok(messages.length > 12, messages.join("\n"));
    const ours = messages.filter((message) => !FOREIGN.some((words) => message.includes(words)));
    const lost = ours.flatMap((message) =>
      message.split(EXAMPLE).filter((part) => part.length >= LEAST && !sources.includes(part)),
    );
    assert.deepEqual(lost, []);
  });
});
