import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { CloudUser } from "./cloud-user.ts";
import { bringUp, COLD, must, WARM } from "./command.ts";
import { placeOf } from "./place.ts";
import { ownProject } from "./project.ts";
import { serversOf, thingsIn } from "./project-things.ts";
import { Rest } from "./rest.ts";

const MINUTE = 60_000;
const NAME = "bad";
const place = placeOf(NAME);
const ports = z.object({ ports: z.array(z.object({ id: z.string() })) });

/** Servers without services: what counts is whether they come. */
describe("servers that fail on OpenStack", function () {
  this.timeout(15 * MINUTE);
  eachNeedsTheOneBefore(this);
  const inside = new Inside(place.container);
  let checkout: CloudUser;
  let rest: Rest;
  let empty: Record<string, string[]>;

  const node = (which: string): string => `${checkout.name}-${which}`;
  const writeStack = (workers: number): void =>
    checkout.writeStack(
      checkout.name,
      `config:
  muster:cloud: { name: openstack, image: debian-12, dataVolumes: false }
  muster:clusters:
    - name: ${checkout.name}
      adminNetworks: [${place.gateway}/32]
      services: []
      deadlines: { machine: 240 }
      pools:
        master: { count: 1, memory: 512 MiB }
        worker: { count: ${workers}, memory: 512 MiB, minReady: 1 }
`,
    );
  /** From now on so many starts of a server fail. */
  const refuse = (server: string, times: number): Promise<void> =>
    inside.write(`/run/refused-starts/${server}`, String(times));
  const refusalsLeft = async (server: string): Promise<number> =>
    Number(await inside.sh(`cat /run/refused-starts/${server}`));
  const servers = async (): Promise<string[]> => Object.keys(await serversOf(rest)).sort();
  /** Cuts a server off as soon as it is there. */
  const cutOff = async (server: string, ended: () => boolean): Promise<string> => {
    while (!ended()) {
      const { [server]: id } = await serversOf(rest);
      const found = id === undefined ? { ports: [] } : await rest.get("network", `/ports?device_id=${id}`, ports);
      const [port] = found.ports;
      if (id !== undefined && port !== undefined) {
        await rest.put("network", `/ports/${port.id}`, { port: { admin_state_up: false } });
        return id;
      }
      await pause(200);
    }
    throw new Error(`${server} never came`);
  };

  before(async function () {
    this.timeout(COLD * 1000);
    checkout = new CloudUser(place);
    await bringUp(this, "--name", NAME);
    rest = await ownProject(place);
    empty = await thingsIn(rest);
  });
  after(async function () {
    this.timeout(WARM * 1000 + 10 * MINUTE);
    await checkout.remove(checkout.name);
    await must("down", "--name", NAME);
  });

  it("are made again in the same run", async () => {
    await refuse(node("worker-1"), 1);
    writeStack(1);
    const { stdout, stderr } = await checkout.up();
    assert.match(stderr, new RegExp(`making ${node("worker-1")} again \\(try 2 of 3\\)`));
    assert.match(stdout, /is ready: 2 of 2 nodes/);
    assert.deepEqual(await servers(), [node("master-1"), node("worker-1")]);
  });

  it("are made again when they run, but never answer", async () => {
    writeStack(2);
    let over = false;
    const running = checkout.up().finally(() => (over = true));
    const silent = await cutOff(node("worker-2"), () => over);
    const { stdout, stderr } = await running;
    assert.match(stderr, new RegExp(`making ${node("worker-2")} again \\(try 2 of 3\\)`));
    assert.match(stdout, /is ready: 3 of 3 nodes/);
    const { [node("worker-2")]: made } = await serversOf(rest);
    assert.ok(made !== undefined && made !== silent);
  });

  it("count as failed after three tries, with Nova's reason, and the others are ready", async () => {
    await refuse(node("worker-3"), 9);
    writeStack(3);
    const { stdout } = await checkout.up(3);
    assert.equal(await refusalsLeft(node("worker-3")), 6);
    assert.match(stdout, /is degraded: 3 of 4 nodes/);
    assert.match(stdout, new RegExp(`${node("worker-3")}.*machine: .*Exceeded maximum number of retries`));
    const { state, nodes } = await checkout.status();
    assert.equal(state, "degraded");
    assert.match(
      nodes.find(({ name }) => name === node("worker-3"))?.reason ?? "",
      /Exceeded maximum number of retries/,
    );
  });

  it("are healed by the next up", async () => {
    await refuse(node("worker-3"), 0);
    const { stdout } = await checkout.up();
    assert.match(stdout, /is ready: 4 of 4 nodes/);
    assert.deepEqual(await servers(), ["master-1", "worker-1", "worker-2", "worker-3"].map(node));
  });

  it("leave nothing when the cluster goes", async () => {
    await checkout.onStack("down", "--yes");
    assert.deepEqual(await thingsIn(rest), empty);
  });
});
