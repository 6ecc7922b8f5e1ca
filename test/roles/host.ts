import { randomInt, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { execa } from "execa";
import { runArguments } from "../../components/clouds/local/host-arguments.ts";
import { ensureImage } from "../../components/clouds/local/image.ts";
import { readMachine } from "../../components/clouds/local/machine.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { asRoot } from "../../components/clouds/local/process.ts";
import { buildBundle } from "../../runner/bundle/index.ts";

export const userCa = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOCZJRGBSS4jTRpbjNR2M0gEGzcRV3MAvK9cyWaSlbH user-ca";

/** A host as local clusters get it, without a cluster; programs run in it as root, through its namespaces. */
export interface TestHost {
  address: string;
  /** CIDR. */
  subnet: string;
  /** Runs a program to its end; never throws for an exit code. */
  run(argv: readonly string[], input?: string | Uint8Array): Promise<Outcome>;
  /** What a shell line prints; throws when it fails. */
  sh(line: string): Promise<string>;
  write(path: string, content: string): Promise<void>;
  /** Stops and starts it, as a reboot does. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const runSeconds = 240;
const bootSeconds = 60;

/** From the image named by MUSTER_TEST_IMAGE, else from the one of local clusters, which is made if missing. */
export async function startTestHost(): Promise<TestHost> {
  const image = process.env.MUSTER_TEST_IMAGE ?? (await ensureImage());
  const name = `muster-roles-test-${randomUUID().slice(0, 8)}`;
  const prefix = `10.213.${randomInt(1, 255)}`;
  const [subnet, address] = [`${prefix}.0/24`, `${prefix}.11`];
  const artifacts = await mkdtemp(join(tmpdir(), "muster-roles-test-"));
  const wish = {
    ...{ name, network: name, clusterId: name, uid: name, kind: "hadoop", pool: "master", ordinal: 1, roles: "master" },
    ...{ node: "t-master-1", fqdn: "t-master-1.t.internal", address, volume: "", memory: 1024, cpus: 1, generation: 1 },
    ...{ loginUser: "muster", userCa, resolvers: `${prefix}.1`, artifacts },
  };
  const remove = async (): Promise<void> => {
    await podman(["rm", "--force", "--ignore", "--time", "5", name]);
    await podman(["network", "rm", "--force", name]);
    await rm(artifacts, { recursive: true, force: true });
  };
  await podman(["network", "create", "--subnet", subnet, "--gateway", `${prefix}.1`, name]);
  try {
    await podman(runArguments(wish, image, await readMachine()));
    const host = { address, subnet, remove, ...(await entered(name)) };
    await bundled(host);
    return host;
  } catch (error) {
    await remove();
    throw error;
  }
}

async function entered(name: string): Promise<Pick<TestHost, "run" | "sh" | "write" | "restart">> {
  let namespaces = await namespacesOf(name);
  const run = async (argv: readonly string[], input: string | Uint8Array = ""): Promise<Outcome> => {
    const [program = "", ...args] = asRoot(["nsenter", ...namespaces, "--", ...argv]);
    const { exitCode, stdout, stderr } = await execa(program, args, {
      input,
      reject: false,
      timeout: runSeconds * 1000,
    });
    return { code: exitCode ?? 128, stdout, stderr };
  };
  const sh = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await run(["/bin/sh", "-c", line]);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${stdout}\n${stderr}`);
    return stdout;
  };
  const write = async (path: string, content: string): Promise<void> => {
    const { code, stderr } = await run(["/bin/sh", "-c", 'mkdir -p "${0%/*}" && cat >"$0"', path], content);
    if (code !== 0) throw new Error(stderr);
  };
  const booted = async (): Promise<void> => {
    const until = Date.now() + bootSeconds * 1000;
    // The first process may not listen yet; asked with --wait it would say so and be gone.
    while (!/^(running|degraded)/.test((await run(["systemctl", "is-system-running"])).stdout)) {
      if (Date.now() > until) throw new Error(`${name} did not boot within ${bootSeconds} s`);
      await setTimeout(200);
    }
  };
  const restart = async (): Promise<void> => {
    await podman(["restart", "--time", "20", name]);
    namespaces = await namespacesOf(name);
    await booted();
  };
  await booted();
  return { run, sh, write, restart };
}

/** `podman exec` finds no way into hosts whose systemd manages a control group tree of version 1. */
async function namespacesOf(name: string): Promise<string[]> {
  const pid = (await podman(["inspect", "--format", "{{.State.Pid}}", name])).trim();
  return ["--target", pid, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
}

async function bundled(host: Pick<TestHost, "run" | "sh">): Promise<void> {
  const { sha, path } = await buildBundle();
  const unpack = `mkdir -p /opt/muster/bundles/${sha} && tar -xz -C /opt/muster/bundles/${sha} && ln -sfn bundles/${sha} /opt/muster/current`;
  const { code, stderr } = await host.run(["/bin/sh", "-c", unpack], await readFile(path));
  if (code !== 0) throw new Error(stderr);
}
