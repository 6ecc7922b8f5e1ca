import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { podman } from "../../components/clouds/local/podman.ts";
import { asRoot } from "../../components/process.ts";
import type { Ended } from "./muster-local.ts";

const runSeconds = 240;
const bootSeconds = 60;

/**
 * The inside of a host, as root and without its sshd: through its namespaces, because `podman exec` finds no way into
 * hosts whose systemd manages a control group tree of version 1.
 */
export class Inside {
  readonly #name: string;
  #namespaces: Promise<string[]> | undefined;

  /** @param name podman's name of a running host */
  constructor(name: string) {
    this.#name = name;
  }

  /** The command that, given here, is carried out inside. */
  async command(argv: readonly string[]): Promise<string[]> {
    this.#namespaces ??= namespacesOf(this.#name);
    return asRoot(["nsenter", ...(await this.#namespaces), "--", ...argv]);
  }

  /** Runs a program to its end; never throws for an exit code. */
  async run(argv: readonly string[], input: string | Uint8Array = ""): Promise<Ended> {
    const [program = "", ...args] = await this.command(argv);
    const options = { input, reject: false, timeout: runSeconds * 1000 } as const;
    const { exitCode, stdout, stderr } = await execa(program, args, options);
    return { code: exitCode ?? 128, stdout, stderr };
  }

  /** What a shell line prints; throws when it fails. */
  async sh(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(["/bin/sh", "-c", line]);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async write(path: string, content: string): Promise<void> {
    const { code, stderr } = await this.run(["/bin/sh", "-c", 'mkdir -p "${0%/*}" && cat >"$0"', path], content);
    if (code !== 0) throw new Error(stderr);
  }

  /** Until systemd says that it has started everything. */
  async booted(): Promise<void> {
    const until = Date.now() + bootSeconds * 1000;
    // The first process may not listen yet; asked with --wait it would say so and be gone.
    while (!/^(running|degraded)/.test((await this.run(["systemctl", "is-system-running"])).stdout)) {
      if (Date.now() > until) throw new Error(`${this.#name} did not boot within ${bootSeconds} s`);
      await pause(200);
    }
  }

  /** Stops and starts the host, as a reboot does. */
  async restart(): Promise<void> {
    await podman(["restart", "--time", "20", this.#name]);
    this.#namespaces = undefined;
    await this.booted();
  }
}

async function namespacesOf(name: string): Promise<string[]> {
  const pid = (await podman(["inspect", "--format", "{{.State.Pid}}", name])).trim();
  return ["--target", pid, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
}
