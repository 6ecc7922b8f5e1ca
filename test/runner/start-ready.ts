import { ready } from "../../runner/commands/ready.ts";
import { readyInput } from "../../runner/commands/ready-input.ts";

/** `muster-runner ready` with the bundle, and for every artifact the folder, that the environment names. */
const parts: Buffer[] = [];
for await (const part of process.stdin) parts.push(part as Buffer);
const input = readyInput.parse(JSON.parse(Buffer.concat(parts).toString("utf8")));
const { FAKE_BUNDLE: path = "", FAKE_BUNDLE_SHA: sha = "", FAKE_ARTIFACT: folder = "" } = process.env;
const code = await ready(input, {
  artifact: () => Promise.resolve({ path: folder }),
  bundle: () => Promise.resolve({ sha, path }),
});
process.exit(code);
