import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ensureImage } from "../../components/clouds/local/image.ts";
import { hostFlags } from "../../components/clouds/local/machine-needs.ts";
import { readMachine } from "../../components/clouds/local/machine.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { Inside } from "../hosts/inside.ts";
import { asWgQuick } from "../hosts/wg-quick.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { CloudUser } from "./cloud-user.ts";
import { bringUp, COLD, must, WARM } from "./command.ts";
import { placeOf } from "./place.ts";

const MINUTE = 60_000;
const NAME = "vpn";
const SUBNET = "10.81.0.0/24";
const [MASTER, WORKER] = ["10.81.0.16", "10.81.0.17"];
const place = placeOf(NAME);

/** The person's machine, in the network that the cloud's addresses outside are in; and where that one is not let in. */
const operatorName = `${place.container}-operator`;
const [allowed, elsewhere] = [`${place.prefix}.251`, `${place.prefix}.252`];

/** What real servers have, and libvirt's containers have not: the device by which `wireguard-go` works. */
const giveTun = (server: string): string => `set -eu
for domain in $(virsh -q -c lxc:/// list --name); do
  virsh -q -c lxc:/// dumpxml "$domain" | grep -q '<nova:name>${server}</nova:name>' || continue
  init=$(pgrep -o -P "$(virsh -q -c lxc:/// domid "$domain")")
  group="/sys/fs/cgroup/devices$(sed -n 's/^[0-9]*:devices:\\(\\/machine\\/[^/]*\\).*/\\1/p' "/proc/$init/cgroup")"
  find "$group" -name devices.allow | while read -r allow; do echo 'c 10:200 rwm' >"$allow"; done
  nsenter --target "$init" --mount sh -c 'mkdir -p /dev/net && mknod -m 0600 /dev/net/tun c 10 200'
  echo given
done`;

describe("a VPN into a cluster on OpenStack", function () {
  this.timeout(15 * MINUTE);
  eachNeedsTheOneBefore(this);
  const box = new Inside(place.container);
  let checkout: CloudUser;
  let operator: Inside;

  before(async function () {
    this.timeout(COLD * 1000);
    checkout = new CloudUser(place);
    await bringUp(this, "--name", NAME);
    await removeOperator();
    const network = ["--network", place.container, "--ip", allowed];
    const rights = [
      "--cap-add",
      "NET_ADMIN,NET_RAW,MKNOD",
      "--device",
      "/dev/net/tun",
      ...hostFlags(await readMachine()),
    ];
    const what = ["--entrypoint", "sleep", await ensureImage(), "infinity"];
    await podman(["run", "--detach", "--pull=never", "--name", operatorName, ...network, ...rights, ...what]);
    operator = new Inside(operatorName);
  });
  after(async function () {
    this.timeout(WARM * 1000 + 10 * MINUTE);
    await checkout.remove(checkout.name);
    await removeOperator();
    await must("down", "--name", NAME);
  });

  const removeOperator = (): Promise<string> => podman(["rm", "--force", "--ignore", "--time", "0", operatorName]);
  const answers = async (address: string): Promise<boolean> =>
    (await operator.run(["ping", "-c", "1", "-W", "5", "-s", "1300", "-M", "do", address])).code === 0;

  it("comes up on the bastion, and its check passes", async () => {
    checkout.writeStack(
      checkout.name,
      `config:
  muster:cloud: { name: openstack, image: debian-12, dataVolumes: false }
  muster:clusters:
    - name: ${checkout.name}
      subnet: ${SUBNET}
      adminNetworks: [${place.gateway}/32, ${allowed}/32]
      services: [vpn]
      pools:
        master: { count: 1, memory: 512 MiB }
        worker: { count: 1, memory: 512 MiB }
`,
    );
    let over = false;
    const running = checkout.up().finally(() => (over = true));
    while (!over && !(await box.run(["sh", "-c", giveTun(`${checkout.name}-master-1`)])).stdout.includes("given"))
      await pause(500);
    const { stdout } = await running;
    assert.match(stdout, /is ready: 2 of 2 nodes/);
    const { stdout: told } = await checkout.onStack("verify", "--json");
    assert.match(told, /vpn: tunnel/);
    assert.match(told, /UDP 51820, one peer, leads to 10\.81\.0\.0\/24/);
  });

  it("leads whoever has the file through the floating IP to every node", async () => {
    assert.deepEqual([await answers(MASTER), await answers(WORKER)], [false, false]);
    const file = checkout.clusterPath(checkout.name, checkout.name, "vpn", `${checkout.name}.conf`);
    await operator.write("/root/lab.conf", readFileSync(file, "utf8"));
    await operator.sh(`${asWgQuick("/root/lab.conf")} ip route add ${SUBNET} dev lab`);
    assert.deepEqual([await answers(MASTER), await answers(WORKER)], [true, true]);
  });

  it("hears nobody who comes from elsewhere, though he has the file", async () => {
    const comeFrom = (address: string): Promise<string> =>
      operator.sh(`set -eu
        ip address flush dev eth0 && ip address add ${address}/24 dev eth0
        wg set lab peer "$(wg show lab peers)" remove && wg setconf lab /root/lab.wg && wg set lab fwmark 1`);
    await comeFrom(elsewhere);
    assert.equal(await answers(MASTER), false);
    await comeFrom(allowed);
    assert.equal(await answers(MASTER), true);
  });
});
