import { registerHooks } from "node:module";

/**
 * Loaded before the Pulumi SDK, this keeps two packages out of memory that the SDK loads at its start and needs only for
 * serializing functions, which nothing here does: together 60 MiB and 0.4 s of a processor, in the command line and in
 * every run of the program. Whoever does need them gets them at the first access.
 */
const DEFERRED: ReadonlyMap<string, string> = new Map(
  [
    ["typescript", "typescript"],
    ["@npmcli/arborist", "arborist"],
  ].map(([name = "", file = ""]) => [name, new URL(`deferred/${file}.cjs`, import.meta.url).href]),
);

registerHooks({
  resolve: (specifier, context, next) => {
    const url = context.parentURL?.includes("/@pulumi/pulumi/") === true ? DEFERRED.get(specifier) : undefined;
    return url === undefined ? next(specifier, context) : { url, format: "commonjs", shortCircuit: true };
  },
});

// A language host of old does not hear the project's `typescript: false`, and has the whole compiler loaded.
process.env["PULUMI_NODEJS_TYPESCRIPT"] = "false";
