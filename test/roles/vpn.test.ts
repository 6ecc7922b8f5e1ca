import assert from "node:assert/strict";
import { tunnelConfig } from "../../runner/vpn/operator-config.ts";
import { Inside } from "../hosts/inside.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { asWgQuick } from "../hosts/wg-quick.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { check, duePlan, nothingDue, runStep } from "./node.ts";
import { SingleNode } from "./single-node.ts";

/** Last number of the operator's address. */
const OPERATOR = 12;

/** The operator's machine, a second host, with a way to chosen addresses only. */
const CONNECT = `${asWgQuick("/root/lab.conf")}
ip route replace default dev lab table 100
ip rule add not fwmark 1 to BASTION table 100
ip rule add to INSIDE table 100`;

/** Asks one server for a name's address, from the tunnel's own. */
const RESOLVE = `
import socket, sys
server, name = sys.argv[1:]
labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.settimeout(10)
asking.bind(("100.64.0.1", 0))
asking.sendto(b"\\0\\1\\1\\0\\0\\1" + bytes(6) + labels + b"\\0\\0\\1\\0\\1", (server, 53))
print(socket.inet_ntoa(asking.recv(512)[-4:]))
`;

/** A network that the node reaches and the tunnel does not lead to. */
const elsewhere = "198.51.100.2";
const ELSEWHERE = `set -eu
unshare --net sleep 300 >/dev/null 2>&1 &
until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link add out type veth peer name back
ip link set back netns $!
ip address add 198.51.100.1/24 dev out && ip link set out up
nsenter --target $! --net sh -c 'ip address add ${elsewhere}/24 dev back && ip link set back up'
ping -c 1 -W 5 ${elsewhere}`;

describe("the way into a cluster's network by WireGuard", function () {
  this.timeout(300_000);
  const cluster = new SingleNode(["vpn"]);
  const maker = new HostMaker("roles-vpn", cluster.owner);
  let host: TestHost;
  let operator: Inside;
  /** The machine's own address in the network: to the bastion just another one there. */
  let inside: string;

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start((hosts) => {
      cluster.adminNetworks = [`${hosts.address(OPERATOR)}/32`];
      return cluster.wishIn(hosts.subnet);
    });
    operator = await maker.another("t-operator-1", OPERATOR);
    inside = host.subnet.replace(/0\/\d+$/, "1");
    const { view, secrets } = cluster.inputs();
    await host.write("/etc/muster/cluster.json", JSON.stringify(view));
    await host.run(["/bin/sh", "-c", "umask 077; cat >/etc/muster/secrets.json"], JSON.stringify(secrets));
  });
  after(() => maker.remove());

  const says = (): Promise<{ ok: boolean; detail: string }> => check(host, "vpn/tunnel");

  it("is prepared with its keys shown to root alone, and comes up", async () => {
    const first = await runStep(host, "prepare");
    assert.equal(first.last?.state, "done", first.last?.text);
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    assert.equal(await host.sh("stat -c '%a %U' /etc/muster/vpn.conf"), "600 root");
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 0, last?.text);
    assert.deepEqual(await duePlan(host), nothingDue);
    assert.deepEqual(await says(), { ok: true, detail: `UDP 51820, one peer, leads to ${host.subnet}` });
  });

  it("leads whoever has the operator's file to the node itself and on to others, and no further", async () => {
    const file = tunnelConfig(cluster.job(), cluster.seed);
    await operator.write("/root/lab.conf", file ?? "");
    await operator.sh(CONNECT.replace("BASTION", host.address).replace("INSIDE", inside));
    const answers = async (address: string): Promise<boolean> =>
      (await operator.run(["ping", "-c", "1", "-W", "3", "-s", "1300", "-M", "do", address])).code === 0;
    assert.deepEqual([await answers(host.address), await answers(inside)], [true, true]);
    const sent = await host.sh("wg show muster transfer");
    assert.ok(Number(sent.split("\t")[2]) > 2 * 1300, sent);
    // Open to the cluster, hence by the tunnel: names, for one.
    const { fqdn } = cluster.inputs().view.node;
    const told = await operator.run(["python3", "-c", RESOLVE, host.address, fqdn]);
    assert.equal(told.stdout, host.address, told.stderr);
    assert.match(await host.sh("wg show muster latest-handshakes"), /\t[1-9]\d+$/);
    // Where the operator's own file does not lead, another one could: the node does not.
    await host.sh(ELSEWHERE);
    await operator.sh(
      `wg set lab peer "$(wg show lab peers)" allowed-ips 0.0.0.0/0 && ip rule add to ${elsewhere} table 100`,
    );
    assert.deepEqual([await answers(inside), await answers(elsewhere)], [true, false]);
  });

  it("says what is missing when it is damaged, and comes back when it dies", async () => {
    await host.sh("nft delete table ip muster_vpn");
    assert.match((await says()).detail, /^the rules of the tunnel are not loaded/);
    await host.sh("systemctl stop muster-vpn");
    assert.match((await says()).detail, /^WireGuard does not run: /);
    assert.deepEqual((await duePlan(host)).start, ["wireguard"]);
    assert.equal((await runStep(host, "activate")).code, 0);
    assert.ok((await says()).ok);
  });
});
