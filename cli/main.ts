// First of all: what is imported later must not bring the whole SDK along.
import "../components/sdk/lean.ts";
import { Command, CommanderError } from "commander";
import { outliveReaders } from "./closed-pipe.ts";
import { exit, explain } from "./exit.ts";
import { fullDisks } from "./full-disk.ts";
import { type CommonOptions, tell, withCommonOptions } from "./options.ts";
import type { BenchOptions } from "./bench.ts";
import type { ImageOptions } from "./commands/image.ts";
import type { JobsOptions } from "./commands/jobs.ts";
import type { RunOptions } from "./commands/run.ts";
import type { SubmitOptions } from "./commands/submit.ts";
import type { SweepOptions } from "./commands/sweep.ts";
import type { UpOptions } from "./commands/up.ts";

outliveReaders();

const program = new Command("muster")
  .description("Brings verified data clusters up with one command, on this machine or a cloud.")
  .usage("COMMAND [options]")
  .showSuggestionAfterError()
  .showHelpAfterError("(see: ./muster help COMMAND)")
  .configureHelp({ sortSubcommands: false })
  .enablePositionalOptions()
  .option("-V, --version", "print the versions of Muster and of its engine")
  .exitOverride()
  .addHelpText("after", "\nExit codes: 0 ready, 3 degraded, 2 a mistake in config or command line, 1 anything else.");

let chosen: CommonOptions = { stack: "dev", verbose: 0 };

/** A command whose module is loaded when it runs. */
function add(usage: string, description: string, above: Command = program): Command {
  return withCommonOptions(above.command(usage).description(description)).hook("preAction", (_, action) => {
    chosen = action.opts();
  });
}

function finish(code: number): void {
  process.exitCode = code;
  const full = code === exit.failed ? fullDisks() : undefined;
  if (full !== undefined) tell(full);
}

/** `--version` anywhere before the command: whoever asks for it wants nothing else. */
const asksForVersion = (words: readonly string[]): boolean => {
  const command = words.findIndex((word) => !word.startsWith("-"));
  return words.slice(0, command < 0 ? words.length : command).some((word) => word === "-V" || word === "--version");
};

add("up", "bring the stack's clusters to what its file says, and verify them")
  .option("--check", "look at every node and verify even if nothing changed")
  .option("--no-wait", "do not wait for another run on the same stack")
  .action(async (options: UpOptions) => finish(await (await import("./commands/up.ts")).up(options)));

add("preview", "show what up would do")
  .option("--json", "as one JSON object")
  .action(async (options: CommonOptions) => finish(await (await import("./commands/preview.ts")).preview(options)));

add("down", "take the stack's clusters away")
  .option("--delete-data", "agree to losing what they hold")
  .action(async (options: CommonOptions) => finish(await (await import("./commands/down.ts")).down(options)));

add("status", "how the stack's clusters stand, without touching a node")
  .option("--json", "as JSON")
  .action(async (options: CommonOptions) => finish(await (await import("./commands/status.ts")).status(options)));

add("list", "every cluster of every stack")
  .option("--json", "as JSON")
  .action(async (options: CommonOptions) => finish(await (await import("./commands/status.ts")).list(options)));

add("ssh [node] [command...]", "log in to a node, or run a command there: ssh NODE -- CMD")
  .option("--tunnel", "open the web pages of all services on local ports")
  .action(async (node: string | undefined, command: string[], options: CommonOptions) =>
    finish(await (await import("./commands/ssh.ts")).ssh(node, command, options)),
  );

add("run [command...]", "run a command where users work, or on every node of a role: run --on ROLE -- CMD")
  .option("--on <role>", "role, pool, daemon, node or `all`")
  .option(
    "--script <file>",
    "make a script (`-`: what comes in) a step of the cluster: it runs on these nodes, and on later ones",
  )
  .action(async (command: string[], options: RunOptions & { script?: string }) => {
    const { script } = options;
    if (script === undefined) finish(await (await import("./commands/run.ts")).run(command, options));
    else finish(await (await import("./commands/run-script.ts")).runScript(command, { ...options, script }));
  });

add("submit [command...]", "run a command as a job and bring its output, logs and figures here: submit -- CMD")
  .option("--on <role>", "role, pool, daemon or node whose first one it runs on; else where users work")
  .option("--name <name>", "what it is called; else its program")
  .option("--user <name>", "whose job it is; else the administrator's")
  .option(
    "-f, --file <path>",
    "a file or folder that it needs; may be repeated",
    (path: string, before: string[] = []) => [...before, path],
  )
  .option("--out <folder>", "the folder it comes home to; else one of its id's name")
  .option("--timeout <seconds>", "end it after so long")
  .option("--detach", "do not wait for it")
  .option("--attach <job>", "follow one that was submitted before, by id or name, and bring it home")
  .option("--cancel-on-interrupt", "Ctrl-C ends it, instead of leaving it alone")
  .action(async (command: string[], options: SubmitOptions) =>
    finish(await (await import("./commands/submit.ts")).submit(command, options)),
  );

add("jobs", "the jobs that were submitted, or the end of one")
  .option("--json", "as JSON")
  .option("--kill <job>", "end one, by id or name, with what it has in the cluster")
  .action(async (options: JobsOptions) => finish(await (await import("./commands/jobs.ts")).jobs(options)));

add("copy <paths...>", "copy files to or from nodes: copy data.csv worker-1:/tmp/").action(
  async (paths: string[], options: CommonOptions) =>
    finish(await (await import("./commands/copy.ts")).copy(paths, options)),
);

add("verify", "check a cluster as it is; changes nothing")
  .option("--json", "as one JSON object")
  .action(async (options: CommonOptions) => finish(await (await import("./commands/verify.ts")).verify(options)));

add("repair [nodes...]", "look at every node and mend it; named nodes get a new machine and keep their data")
  .option("--no-wait", "do not wait for another run on the same stack")
  .action(async (nodes: string[], options: UpOptions) =>
    finish(await (await import("./commands/repair.ts")).repair(nodes, options)),
  );

add("lock", "find anew which packages services.python.requirements come to, and write it down beside them").action(
  async (options: CommonOptions) => finish(await (await import("./commands/lock.ts")).lock(options)),
);

add("logs [node]", "what the latest run did on a node")
  .option("--run <name>", "an earlier run")
  .option("-f, --follow", "go on as lines come")
  .option("-n, --lines <count>", "only the last lines")
  .option("--journal <unit>", "a systemd unit's journal on the node instead")
  .action(async (node: string | undefined, options: CommonOptions) =>
    finish(await (await import("./commands/logs.ts")).logs(node, options)),
  );

add("doctor", "look at the toolchain, this machine, and what earlier runs left")
  .option("--json", "as JSON")
  .action(async (options: CommonOptions) => finish(await (await import("./commands/doctor.ts")).doctor(options)));

const image = program.command("image").description("images in which everything is installed: image build, list or rm");

add("build", "bake the image that the stack's clusters are made of with `image: baked`", image).action(
  async (options: ImageOptions) => finish(await (await import("./commands/image.ts")).buildImages(options)),
);

add("list", "the baked images of the stack's cloud, and who uses them", image)
  .option("--json", "as JSON")
  .action(async (options: ImageOptions) => finish(await (await import("./commands/image.ts")).listImages(options)));

add("rm <images...>", "remove baked images that nobody uses", image).action(
  async (names: string[], options: ImageOptions) =>
    finish(await (await import("./commands/image.ts")).removeImages(names, options)),
);

add("sweep", "find, and with --yes remove, what carries our tags but no stack knows")
  .option("--everybodys", "also what another state folder made: another user's, or one that was deleted")
  .action(async (options: SweepOptions) => finish(await (await import("./commands/sweep.ts")).sweep(options)));

add(
  "test [tiers...]",
  "run the tests: check, unit, component, plugin, runner, roles, light, local, e2e, faults, or all",
)
  .option("--full", "also what takes long")
  .option("--coverage", "measure coverage")
  .action(async (tiers: string[], options: CommonOptions) =>
    finish(await (await import("./test.ts")).test(tiers, options)),
  );

add("bench [names...]", "measure speed and memory: life, spark, memory, profile, grow, fan-out, push, or all")
  .option("--runs <count>", "how often, where once is not all that can be afforded")
  .action(async (names: string[], options: BenchOptions) =>
    finish(await (await import("./bench.ts")).bench(names, options)),
  );

// The entry answers it, before any of this runs; it stands here so that help knows it.
add("env", 'print the environment for plain pulumi: eval "$(./muster env)"').action(() => {
  throw new CommanderError(exit.mistake, "muster.env", "start it as ./muster env");
});

try {
  if (asksForVersion(process.argv.slice(2)))
    process.stdout.write(await (await import("./commands/version.ts")).versions());
  else await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has told it already; help and version are no errors.
    finish(error.exitCode === 0 ? exit.ready : exit.mistake);
  } else {
    const { text, code } = explain(error, `Pulumi.${chosen.stack}.yaml`, chosen.verbose > 0);
    process.stderr.write(`${text}\n`);
    finish(code);
  }
}
