import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { Netmask } from "netmask";
import type { Job, JobNode } from "../../../contract/job.ts";
import type { FirewallAccept } from "../../../contract/node-view.ts";
import { podman } from "../../../components/clouds/local/podman.ts";
import { fingerprint } from "../../../contract/ssh-key.ts";
import { Checkout, expectCode } from "../../e2e/checkout.ts";
import { packetRules } from "../../e2e/machine.ts";
import { Inside } from "../../hosts/inside.ts";
import { isLoopback, listeners, told } from "./listeners.ts";
import { type Answer, everyPort, heardOf, type Question, type Range, scan, textOf } from "./scan.ts";
import { Neighbour, Outside, unremembered } from "./strangers.ts";
import { eachNeedsTheOneBefore } from "../../steps.ts";

const MINUTE = 60_000;

/** Who listens on every address of a host, and why. The firewall guards them. */
const everywhere: Record<string, string> = {
  "sshd tcp 0.0.0.0:22": "the way in must not depend on an address that may not be there yet",
  "sshd tcp :::22": "the same",
  "java tcp 0.0.0.0:13562": "MapReduce's shuffle has a setting for its port only",
};

/** Where hosts are often found to have something open. */
const systemPorts: Range[] = [[1, 1023]];

/** What a source gets an answer from, by the rules in the node's view. */
function opened({ view }: JobNode, source: string): FirewallAccept[] {
  const { operatorSources, operator, accept } = view.firewall;
  const isFrom = (cidr: string) => new Netmask(cidr).contains(source);
  const rules = operatorSources.some(isFrom) ? operator : accept;
  return rules.filter((rule) => isFrom(rule.source));
}

/** The same as the numbers of ports. */
const openedTo = (node: JobNode, source: string, protocol: "tcp" | "udp"): string =>
  textOf(opened(node, source).flatMap((rule) => (rule.protocol === protocol ? [rule.ports] : [])));

/** Rules for one port: a daemon's. Others are for whatever jobs may start. */
const ofDaemons = ({ view }: JobNode): FirewallAccept[] =>
  view.firewall.accept.filter(({ ports: [first, last] }) => first === last);

describe("the network of a cluster", function () {
  this.timeout(5 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new Checkout();
  const { name } = checkout;
  const outside = new Outside();
  const [stranger, administrator] = outside.addresses;
  const neighbours = [new Neighbour({ isolated: true }), new Neighbour({ isolated: false })] as const;
  const rulesBefore = packetRules();
  let nodes: JobNode[] = [];
  let [subnet, gateway, bridge] = ["", "", ""];
  const [master, worker, otherWorker] = ["master-1", "worker-1", "worker-2"] as const;
  const node = (which: string): JobNode => {
    const found = nodes.find((one) => one.name === `${name}-${which}`);
    assert.ok(found, which);
    return found;
  };
  const inside = (one: JobNode): Inside => new Inside(`${checkout.clusterId(name, name)}.${one.name}`);
  const namespaceOf = async (which: string): Promise<string> => {
    const container = `${checkout.clusterId(name, name)}.${name}-${which}`;
    return `/proc/${(await podman(["inspect", "--format", "{{.State.Pid}}", container])).trim()}/ns/net`;
  };

  /** A question about every port, or about some of each protocol: those of daemons among them. */
  const question = (address: string, ports: Range[] = everyPort): Question => {
    const known = nodes.flatMap(ofDaemons).map((rule) => rule.ports);
    return { address, tcp: [...ports, ...known], udp: [...systemPorts, ...known], again: known };
  };

  /** Scans nodes and compares what answers with what the plan opens to that source. */
  async function compare(source: string, whom: readonly JobNode[], namespace?: string, from?: string): Promise<void> {
    const questions = whom.map((one): Question => {
      const asked = question(one.view.node.address);
      const again = [...(asked.again ?? []), ...opened(one, source).map((rule) => rule.ports)];
      return { ...asked, again, ...(from === undefined ? {} : { from }) };
    });
    const answers = await scan(questions, namespace);
    const found = Object.fromEntries(whom.map(({ name: at }, index) => [at, summaryOf(answers[index])]));
    const wanted = whom.map((one) => {
      const [tcp, udp] = [openedTo(one, source, "tcp"), openedTo(one, source, "udp")];
      return [one.name, { reached: true, tcp, udp }];
    });
    assert.deepEqual(found, Object.fromEntries(wanted));
  }

  before(async function () {
    this.timeout(20 * MINUTE);
    checkout.writeStack(
      name,
      `config:
  muster:cloud: local
  muster:clusters:
    - name: ${name}
      pools: { master: 1, worker: { count: 2, minReady: 1 } }
      adminNetworks: [${new Netmask(`${administrator}/30`).toString()}]
      verification: { jobs: false }
`,
    );
    await checkout.up();
    const [job = ""] = readdirSync(checkout.clusterPath(name, name, "jobs"));
    ({ nodes } = JSON.parse(readFileSync(checkout.clusterPath(name, name, "jobs", job), "utf8")) as Job);
    subnet = node(master).view.cluster.subnet;
    const [network] = JSON.parse(await podman(["network", "inspect", checkout.clusterId(name, name)])) as {
      network_interface: string;
      subnets: { gateway: string }[];
    }[];
    gateway = network?.subnets[0]?.gateway ?? "";
    bridge = network?.network_interface ?? "";
    await outside.open();
  });

  after(async () => {
    try {
      await Promise.all([outside, ...neighbours].map((place) => place.close()));
    } finally {
      await checkout.remove(name);
    }
  });

  it("answers nobody outside but those whom the config names, and them by SSH only", () =>
    unremembered(subnet, async () => {
      assert.equal(openedTo(node(master), stranger, "tcp"), "");
      assert.equal(openedTo(node(master), administrator, "tcp"), "22");
      await compare(stranger, nodes, outside.namespace, stranger);
      await compare(administrator, [node(master)], outside.namespace, administrator);
    }));

  it("answers the machine it stands on by SSH only", () =>
    unremembered(subnet, async () => {
      assert.equal(openedTo(node(master), gateway, "tcp"), "22");
      await compare(gateway, nodes);
    }));

  it("answers its own nodes as the plan says", () =>
    unremembered(subnet, async () => {
      // One of them asks: whom it asked, it lets answer, and so that one's own questions would get through.
      await compare(node(worker).view.node.address, [node(master), node(otherWorker)], await namespaceOf(worker));
    }));

  it("answers containers on other networks of this machine by nothing, or as the machine whose address they borrow", async () => {
    const [apart, plain] = neighbours;
    const asked = question(node(master).view.node.address);
    const ssh = openedTo(node(master), gateway, "tcp");
    const [nothing] = await scan([asked], await apart.open());
    // What keeps networks apart is podman's, and may be gone for a while when another network comes or goes.
    const heard = summaryOf(nothing);
    assert.deepEqual(heard, { reached: heard.reached, tcp: heard.reached ? ssh : "", udp: "" });
    // Podman gives the gateway's address to what it passes on from there.
    const [asMachine] = await scan([asked], await plain.open());
    assert.deepEqual(summaryOf(asMachine), { reached: true, tcp: ssh, udp: "" });
  });

  it("answers nobody by IPv6", async () => {
    for (const one of nodes) {
      const text = await inside(one).sh("ip -6 -brief address show dev eth0");
      const addresses = [...text.matchAll(/([0-9a-f:]+)\/\d+/g)].map(([, address = ""]) => address);
      for (const address of addresses) {
        assert.match(address, /^fe80:/, `${one.name} has an address that more than its neighbours can reach`);
        const asked = question(address, systemPorts);
        const answers = await scan([{ ...asked, scope: bridge }]);
        if (one !== node(worker))
          answers.push(...(await scan([{ ...asked, scope: "eth0" }], await namespaceOf(worker))));
        for (const answer of answers) {
          assert.deepEqual(summaryOf(answer), { reached: true, tcp: "", udp: "" }, `${one.name} ${address}`);
        }
      }
    }
  });

  it("has daemons that listen on private addresses, each as the plan says", async () => {
    for (const one of nodes) {
      const found = (await listeners(inside(one))).filter(({ address }) => !isLoopback(address));
      const elsewhere = found.filter(({ address }) => address !== one.view.node.address);
      assert.deepEqual(
        elsewhere.map(told).filter((line) => !(line in everywhere)),
        [],
        one.name,
      );
      const ports = (some: { protocol: string; port: number }[]): string[] =>
        [...new Set(some.map(({ protocol, port }) => `${protocol} ${port}`))].sort();
      const planned = ofDaemons(one).map((rule) => ({ protocol: rule.protocol, port: rule.ports[0] }));
      assert.deepEqual(ports(found), ports(planned), one.name);
    }
  });

  it("leaves a host alone that shows another key, names it with both fingerprints, and says what helps", async function () {
    this.timeout(20 * MINUTE);
    const { name: stranger } = node(otherWorker);
    const key = "/etc/ssh/ssh_host_ed25519_key";
    const host = inside(node(otherWorker));
    await host.sh(`rm ${key}*; ssh-keygen -q -t ed25519 -N '' -f ${key}; systemctl restart ssh`);
    const shown = fingerprint(await host.sh(`cat ${key}.pub`));
    const known = readFileSync(checkout.clusterPath(name, name, "ssh", "known_hosts"), "utf8");
    const ca = fingerprint(/@cert-authority \S+ (\S+ \S+)/.exec(known)?.[1] ?? "");
    const { stdout } = expectCode(await checkout.onStack("up", "--yes", "--check"), 3);
    const line = stdout.split("\n").find((text) => text.includes(`✖  ${stranger}`)) ?? "";
    assert.match(line, /failed +machine: wrong host key at/, stdout);
    for (const part of [shown, ca, `"muster repair ${stranger}"`]) assert.ok(line.includes(part), `${line}: ${part}`);
    expectCode(await checkout.onStack("repair", stranger, "--yes"), 0);
  });

  it("takes the test's own rules away again", async () => {
    await outside.close();
    const known = new Set(rulesBefore.split("\n"));
    const left = packetRules()
      .split("\n")
      .filter((line) => !known.has(line) && /muster-scan|198\.51\.100\.|203\.0\.113\./.test(line));
    assert.deepEqual(left, []);
  });
});

const summaryOf = (answer: Answer | undefined) => {
  assert.ok(answer);
  return { reached: answer.reached, tcp: heardOf(answer.tcp), udp: heardOf(answer.udp) };
};
