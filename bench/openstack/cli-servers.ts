import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { userData } from "../../components/clouds/openstack/user-data.ts";
import { outsideOf, bastionOf } from "../../components/clouds/openstack/outside.ts";
import { bootstrapHostKey } from "../../contract/ssh-key.ts";
import type { Job } from "../../contract/job.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { jobOf } from "../../plan/job.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { newIdentity } from "../../runner/identity.ts";
import { Inside } from "../../test/hosts/inside.ts";
import type { Place } from "../../test/openstack/place.ts";
import type { Login } from "../../test/openstack/rest.ts";
import { type Account, accounted } from "../measure/accounted.ts";
import { operatorKey, type Pushed } from "../push/push-side.ts";
import { cliScript, FOLDER } from "./cli-side.ts";

const SUBNET = "10.79.0.0/24";
const READY_SECONDS = 600;
const QUIET = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=5"];

/** The same servers as a cluster without services has, made by OpenStack's command line and configured by nobody. */
export class CliServers implements Pushed {
  readonly identity = newIdentity();
  readonly plan: ClusterPlan;
  readonly #place: Place;
  readonly #folder = mkdtempSync(join(tmpdir(), "muster-cli-"));
  readonly #key = operatorKey(this, this.#folder);
  #address = "";

  constructor(place: Place, workers: number) {
    this.#place = place;
    const pools = { master: 1, worker: workers };
    const args = { pools, services: [], subnet: SUBNET, adminNetworks: [`${place.gateway}/32`] };
    this.plan = planCluster(specFromArgs("cli", args), { project: "bench", stack: "cli", cloud: "openstack" });
  }

  /** From nothing until every server lets its operator in. */
  async make({ user, password, project }: Login): Promise<Account> {
    const box = new Inside(this.#place.container);
    for (const { name, fqdn } of this.plan.nodes) {
      const { identity, plan } = this;
      const hostKey = bootstrapHostKey(identity.seed, name, 1);
      const boot = { name, fqdn, loginUser: plan.spec.loginUser, userCa: identity.userCa.public, hostKey };
      await box.write(`${FOLDER}/${name}`, userData({ ...boot, keyPair: false }));
    }
    await box.write(`${FOLDER}/make`, cliScript(this.plan));
    const env = {
      ...{ OS_AUTH_URL: this.#place.services.identity, OS_IDENTITY_API_VERSION: "3", OS_REGION_NAME: "RegionOne" },
      ...{ OS_USERNAME: user, OS_PASSWORD: password, OS_PROJECT_NAME: project },
      ...{ OS_USER_DOMAIN_NAME: "Default", OS_PROJECT_DOMAIN_NAME: "Default" },
      // It is next to the services, whatever way this machine has to the world.
      no_proxy: "*",
    };
    const made = await accounted(await box.command(["/bin/sh", `${FOLDER}/make`]), { env });
    this.#address = (await box.sh(`cat ${FOLDER}/address`)).trim();
    const until = Date.now() + READY_SECONDS * 1000;
    const begun = Date.now();
    await Promise.all(this.plan.nodes.map(({ name }) => this.#answers(name, until)));
    return { ...made, seconds: made.seconds + (Date.now() - begun) / 1000 };
  }

  job = (bundle: string): Job => {
    const outside = outsideOf(this.plan, { floatingIps: {} });
    const targets = this.plan.nodes.map((node) => {
      const bastion = bastionOf(outside, node);
      const address = bastion === undefined ? this.#address : node.address;
      const ssh = { address, port: 22, user: this.plan.spec.loginUser, hostKey: { kind: "derived" as const } };
      return [node.name, bastion === undefined ? ssh : { ...ssh, bastion }] as const;
    });
    const sshTargets = Object.fromEntries(targets);
    return jobOf(this.plan, { formatted: [], operatorSources: [], generations: {}, bundle, sshTargets });
  };

  inside = (node: string): ReturnType<Pushed["inside"]> => ({
    sh: async (line) => (await this.#ssh(node, ["sudo", "sh", "-c", `'${line}'`])).stdout,
    write: async (path, content) => {
      await this.#ssh(node, ["sudo", "sh", "-c", `'mkdir -p "$(dirname ${path})" && cat >${path}'`], content);
    },
  });

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(node: string, until: number): Promise<void> {
    for (;;) {
      try {
        await this.#ssh(node, ["true"]);
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
      }
    }
  }

  #ssh(name: string, command: readonly string[], input = "") {
    const options = ["-i", this.#key, ...QUIET.flatMap((option) => ["-o", option])];
    const { nodes } = this.job("none");
    const { address, user, bastion } = nodes.find((node) => node.name === name)?.ssh ?? { address: "", user: "" };
    const hop = `ssh ${options.join(" ")} -W %h:%p ${user}@${this.#address}`;
    const way = bastion === undefined ? [] : ["-o", `ProxyCommand=${hop}`];
    return execa("ssh", [...options, ...way, `${user}@${address}`, ...command], { input, timeout: 60_000 });
  }
}
