import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, statSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { asRoot } from "../../components/process.ts";
import { Inside } from "../hosts/inside.ts";
import { Checkout, expectCode, type Printed } from "./checkout.ts";

const MINUTE = 60_000;

/** As short a cluster as there is: hosts without a service. */
const yamlOf = (name: string): string => `config:
  muster:cloud: local
  muster:clusters:
    - name: ${name}
      pools: { master: { count: 1, memory: 512 MiB }, worker: { count: 1, memory: 512 MiB } }
      services: []
`;

describe("a checkout whose paths, modes and environment nobody thought of", function () {
  this.timeout(10 * MINUTE);
  let checkout: Checkout;
  let link = "";

  before(() => {
    checkout = new Checkout("muster e2e Müstèr 日本 it's ");
    checkout.writeStack(checkout.name, yamlOf(checkout.name));
    // As after a clone under umask 077.
    execFileSync("chmod", ["-R", "go=", checkout.folder]);
    link = join(checkout.folder, "a link");
    symlinkSync("muster/muster", link);
  });
  after(() => checkout.remove(checkout.name));

  /** A shell's line under umask 077, from a folder that has nothing to do with the checkout; `$0` is the link to ./muster. */
  function shell(line: string, env: Record<string, string> = {}, under: string[] = []): Printed {
    const { XDG_CACHE_HOME: cache = join(homedir(), ".cache"), PATH = "" } = process.env;
    const places = { XDG_STATE_HOME: join(checkout.folder, "home/state"), XDG_CACHE_HOME: cache };
    const [program = "", ...args] = [...under, "bash", "-o", "pipefail", "-c", `umask 077; ${line}`, link];
    const all = { PATH, NODE_COMPILE_CACHE: join(checkout.folder, "compiled"), ...places, ...env };
    const ended = spawnSync(program, args, { cwd: "/", env: all, encoding: "utf8", timeout: 5 * MINUTE });
    return { code: ended.status ?? -1, stdout: ended.stdout, stderr: ended.stderr };
  }

  const onStack = (command: string): string => `"$0" ${command} --stack ${checkout.name}`;

  it("brings a cluster up, called by a link from elsewhere, without HOME, and with a reader that goes", () => {
    expectCode(shell(`${onStack("up --yes")} | head -n 1`), 0);
    const { state } = JSON.parse(expectCode(shell(onStack("status --json")), 0).stdout) as { state: string };
    assert.equal(state, "ready");
  });

  it("keeps its own to itself, and lets the hosts' users read what is theirs", async () => {
    const { name } = checkout;
    const host = new Inside(`${checkout.clusterId(name, name)}.${name}-worker-1`);
    assert.equal((await host.sh("stat -c %a /etc /usr /srv/muster/artifacts")).trim(), "755\n755\n755");
    assert.equal(statSync(checkout.state).mode & 0o777, 0o700);
    const ssh = checkout.clusterPath(name, name, "ssh");
    for (const file of ["id_ed25519", "config"]) assert.equal(statSync(join(ssh, file)).mode & 0o777, 0o600);
  });

  it("logs in and runs commands there", () => {
    const { stdout } = expectCode(shell(`${onStack("ssh")} ${checkout.name}-worker-1 -- hostname -f`), 0);
    assert.equal(stdout.trim(), `${checkout.name}-worker-1.${checkout.name}.internal`);
    const all = expectCode(shell(`${onStack("run --on all")} -- 'yes | head -c 3000000' | head -n 2 | wc -l`), 0);
    assert.equal(all.stdout.trim(), "2");
  });

  it("means the same when its stack's file was written on Windows, and needs not write to the checkout", () => {
    checkout.writeStack(checkout.name, `\ufeff${yamlOf(checkout.name).replaceAll("\n", "\r\n")}`);
    const project = checkout.path();
    const readOnly = 'mount --bind "$P" "$P" && mount -o remount,bind,ro "$P" && ! touch "$P/x" 2>/dev/null';
    const line = `${readOnly} && ${onStack("up --yes")}`;
    const { stdout } = expectCode(shell(line, { P: project }, asRoot(["unshare", "--mount"])), 0);
    assert.match(stdout, /is unchanged/);
    assert.match(readFileSync(checkout.path(`Pulumi.${checkout.name}.yaml`), "utf8"), /^\ufeffconfig:\r\n/);
  });
});
