import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Inside } from "../hosts/inside.ts";
import { until } from "../runner/until.ts";
import { box, COLD, must, skipUnavailable, WARM } from "./command.ts";
import { attachedDisks } from "./disks.ts";
import { look } from "./container.ts";
import { placeOf } from "./place.ts";
import { ownProject } from "./project.ts";
import { Rest } from "./rest.ts";
import { askServices } from "./services.ts";
import { TestServer } from "./server.ts";
import { boxId, tracesOf } from "./traces.ts";

const place = placeOf();

describe("OpenStack on this machine", function () {
  this.timeout(WARM * 1000);
  let rest: Rest;
  let server: TestServer;
  let id: string;

  before(async function () {
    this.timeout(COLD * 1000);
    await must("down");
    const started = box("up");
    let ended = false;
    const end = started.finally(() => (ended = true));
    // Killed while its services start: the worst moment, for everything is half there.
    while (!ended && (await look(place)) !== "running") await pause(500);
    if (started.pid !== undefined && !ended) process.kill(-started.pid, "SIGKILL");
    skipUnavailable(this, await end);
    await must("up");
    rest = await ownProject(place);
    server = new TestServer(rest);
    id = await boxId(place);
  });

  after(async function () {
    this.timeout(WARM * 1000);
    await must("down");
  });

  it("is up, though an earlier start was killed, and starting it again is nothing", async () => {
    assert.ok((await askServices(place)) instanceof Rest);
    const seconds = await must("up");
    assert.ok(seconds < 10, `${seconds} s`);
    assert.equal(await boxId(place), id);
  });

  it("makes a server that answers SSH at its floating IP", async () => {
    await server.make();
    assert.equal(await server.ssh("hostname && systemd-detect-virt"), "box-test\nlxc-libvirt");
  });

  it("gives servers names and packages", async () => {
    await server.ssh("sudo apt-get -q -o APT::Update::Error-Mode=any update");
  });

  it("lets through what a rule opens, and nothing else", async () => {
    await server.ssh("sudo systemd-run --quiet nc -lk 8080");
    assert.equal(await server.answers(8080), false);
    const rule = await server.open(8080);
    await until("the rule opens", () => server.answers(8080));
    await server.close(rule);
    await until("the rule is gone", async () => !(await server.answers(8080)));
    assert.equal(await server.answers(22), true);
  });

  it("has the quotas that it is told", async () => {
    await must("quota", "instances=1", "port=20");
    const second = new TestServer(rest, "second");
    try {
      await assert.rejects(second.make(), /Quota exceeded for instances/);
    } finally {
      await second.delete();
    }
    await must("quota", "instances=-1", "port=-1");
  });

  it("keeps nothing of a server that is deleted", async () => {
    assert.equal(attachedDisks(place).length, 1);
    await server.delete();
    const lists = { networks: "network", ports: "network", routers: "network", floatingips: "network" } as const;
    for (const [list, service] of Object.entries(lists)) {
      const path = `/${list}?project_id=${rest.projectId}`;
      const rows = await rest.get(service, path, z.object({ [list]: z.array(z.unknown()) }));
      assert.deepEqual(rows[list], [], list);
    }
    const inside = new Inside(place.container);
    await until("the disk is let go", () => attachedDisks(place).length === 0);
    assert.equal((await inside.sh("virsh -c lxc:/// list --all --name")).trim(), "");
    await until("routers are gone", async () => (await inside.sh("ip netns list")).trim() === "", 60);
  });

  it("leaves nothing on the machine when it goes, not even with a server in it", async () => {
    const kept = new TestServer(rest, "kept");
    try {
      await kept.make();
      const { listeners, ...others } = await tracesOf(place, id);
      assert.deepEqual(listeners, [], "nothing of it listens on the machine, not even while it is up");
      for (const [kind, found] of Object.entries(others)) assert.notDeepEqual(found, [], `no ${kind} to see`);
      await must("down");
    } finally {
      kept.forget();
    }
    for (const [kind, found] of Object.entries(await tracesOf(place, id))) assert.deepEqual(found, [], kind);
  });
});
