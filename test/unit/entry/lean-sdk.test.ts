import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

const lean = new URL("../../../components/sdk/lean.ts", import.meta.url).href;

/** What a program prints that is loaded after the SDK was made lean, or not. */
const printed = (program: string, ...before: string[]): string =>
  execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", ...before, "--eval", program], {
    cwd: new URL("../../..", import.meta.url),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

const loaded = `require("@pulumi/pulumi");
const files = Object.keys(require.cache);
console.log(["typescript", "@npmcli/arborist"].filter((name) => files.some((file) => file.includes("/node_modules/" + name + "/lib/"))).join());`;

describe("the Pulumi SDK", function () {
  this.timeout(60_000);

  it("is loaded without what only serializing functions needs", () => {
    assert.equal(printed(loaded, `--import=${lean}`), "");
    assert.equal(printed(loaded), "typescript,@npmcli/arborist");
  });

  it("serializes functions all the same", () => {
    const program = `require("@pulumi/pulumi").runtime.serializeFunction(() => 41 + 1).then(({ text }) => console.log(text));`;
    assert.match(printed(program, `--import=${lean}`), /41 \+ 1/);
  });
});
