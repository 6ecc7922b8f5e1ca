import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineName } from "../../components/clouds/local/host-key.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { type KeyReading, keyReading } from "../../contract/key-reading.ts";
import { certify, forever } from "../../runner/ssh/certificate.ts";
import { ed25519KeyPair } from "../../contract/ssh-key.ts";
import { end, type Ended } from "../hosts/muster-local.ts";
import { type HostWish, TestHosts } from "../hosts/test-hosts.ts";

const ca = ed25519KeyPair("test-ca");
const key = ed25519KeyPair("test");

/** A cluster of hosts made by `muster-local` alone: workers by ordinal, and a user with a key. */
export class Bench {
  readonly hosts = new TestHosts("local", { userCa: ca.public, loginUser: "tester" });

  /** A network, and the user's key with its certificate. */
  async open(): Promise<void> {
    await this.hosts.open();
    const request = { kind: "user" as const, publicKey: key.public, keyId: "test", principals: ["tester"] };
    const certificate = certify({ ...request, validAfter: 0n, validBefore: forever }, ca.private);
    writeFileSync(this.#key, key.private, { mode: 0o600 });
    writeFileSync(`${this.#key}-cert.pub`, `${certificate}\n`);
  }

  close = (): Promise<void> => this.hosts.close();

  get network(): string {
    return this.hosts.clusterId;
  }
  node = (ordinal: number): string => `a-worker-${ordinal}`;
  host = (ordinal: number): string => this.hosts.host(this.node(ordinal));
  volume = (ordinal: number): string => this.hosts.volume(this.node(ordinal));
  address = (ordinal: number): string => this.hosts.address(10 + ordinal);

  /** `muster-local` with a host's parameters. */
  run(ordinal: number, words: string[], other: Record<string, string> = {}): Promise<Ended> {
    return this.hosts.run(words, { ...this.hosts.parameters(this.#wish(ordinal)), ...other });
  }

  /** What a successful run printed. */
  ask(ordinal: number, words: string, other: Record<string, string> = {}): ReturnType<TestHosts["ask"]> {
    return this.hosts.ask(words, { ...this.hosts.parameters(this.#wish(ordinal)), ...other });
  }

  /** The host's key, once it has one. */
  hostKey = (ordinal: number, generation = 1): Promise<string> =>
    eventually(async () => {
      const reading = await this.readKey(ordinal, generation);
      assert.ok("keys" in reading, JSON.stringify(reading));
      return reading.keys.join("\n");
    });

  /** What is known of the host's key now. */
  async readKey(ordinal: number, generation = 1): Promise<KeyReading> {
    const { code, stdout, stderr } = await this.run(ordinal, [
      "host-keys",
      machineName(this.host(ordinal), generation),
    ]);
    assert.equal(code, 0, stderr);
    return keyReading.parse(JSON.parse(stdout));
  }

  /** A command on a host by its pinned key and the user's certificate. */
  async ssh(ordinal: number, command: string, generation = 1): Promise<string> {
    const known = join(this.hosts.folder, `known-${ordinal}`);
    writeFileSync(known, `${this.address(ordinal)} ${await this.hostKey(ordinal, generation)}\n`);
    const options = [`UserKnownHostsFile=${known}`, "GlobalKnownHostsFile=none", "BatchMode=yes", "ConnectTimeout=5"];
    const args = ["-F", "none", ...options.flatMap((option) => ["-o", option]), "-i", this.#key];
    return await eventually(async () => {
      const { code, stdout, stderr } = await end("ssh", [...args, `tester@${this.address(ordinal)}`, command]);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    });
  }

  podman = (...args: string[]): Promise<string> => podman(args);

  get #key(): string {
    return join(this.hosts.folder, "key");
  }

  #wish = (ordinal: number): HostWish => ({
    ...{ name: this.node(ordinal), fqdn: `${this.node(ordinal)}.a.internal`, address: this.address(ordinal) },
    ...{ pool: "worker", ordinal, roles: ["worker"], memory: 256, cpus: 1, stateful: true },
  });
}

/** The first success within 30 seconds; the last failure otherwise. */
export async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (const until = Date.now() + 30_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
