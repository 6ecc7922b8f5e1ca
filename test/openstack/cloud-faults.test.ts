import assert from "node:assert/strict";
import { type Printed } from "../e2e/checkout.ts";
import { endOf } from "../faults/breakable-cluster.ts";
import { Inside } from "../hosts/inside.ts";
import { until } from "../runner/until.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { ensureFakeBox, place, setQuota } from "./machines-only/box.ts";
import { MachinesOnlyCluster } from "./machines-only/cluster.ts";
import type { Rule } from "./proxy/rules.ts";

const MINUTE = 60_000;

/** Requests by what they are for. */
const LOOK = { method: "GET", path: /^\/compute\/v2.1\/servers\/[0-9a-f-]{36}$/ } as const;
const LOGIN = { method: "POST", path: /auth\/tokens$/ } as const;
const create = (worker?: number): Pick<Rule, "method" | "path"> & { body?: RegExp } => ({
  method: "POST",
  path: /^\/compute\/v2.1\/servers$/,
  ...(worker === undefined ? {} : { body: new RegExp(`"[a-z0-9]+-worker-${worker}"`) }),
});
const removal = (id: string) => ({ method: "DELETE", path: new RegExp(`/servers/${id}`) }) as const;

/** A refusal in the form that the services have for them. */
const refusal = (status: number, message: string, headers: Record<string, string> = {}): Rule["fate"] => ({
  answer: { status, headers, body: { error: { code: status, message } } },
});

const textOf = ({ stdout, stderr }: Printed): string => stdout + stderr;

describe("a bad day of the cloud", function () {
  this.timeout(15 * MINUTE);
  eachNeedsTheOneBefore(this);
  const inside = new Inside(place.container);
  let cluster: MachinesOnlyCluster;

  before(async function () {
    this.timeout(25 * MINUTE);
    await ensureFakeBox(this);
    cluster = await MachinesOnlyCluster.on(place);
    cluster.want({ workers: 1 });
    await cluster.up();
  });
  after(() => cluster?.remove());

  /** An `up` to so many workers while something is wrong; ends in bounded time. */
  async function up(workers: number, rules: Rule[], cloud: string[] = []): Promise<Printed> {
    cluster.want({ workers, cloud });
    cluster.proxy.calls.clear();
    cluster.proxy.rules.clear();
    for (const rule of rules) cluster.proxy.rules.add(rule);
    const { ended } = cluster.start("up", "--stack", cluster.name, "--yes");
    const printed = await endOf({ ended }, 8 * MINUTE);
    cluster.proxy.rules.clear();
    return printed;
  }

  const creates = (): number => cluster.proxy.calls.number(/^POST \/compute\/v2.1\/servers$/);
  const idOf = async (end: string): Promise<string> => {
    const found = (await cluster.servers()).find(({ name }) => name.endsWith(end));
    assert.ok(found, `no ${end}`);
    return found.id;
  };

  /** A plain `up` brings about what was wanted. */
  async function expectHealed(): Promise<Printed> {
    const printed = await cluster.up();
    await cluster.expectWhole();
    return printed;
  }

  it("rides over what passes: too many requests, broken looks, one that hangs, an expired token", async () => {
    const printed = await up(6, [
      { ...create(2), times: 2, fate: refusal(429, "slow down", { "retry-after": "2" }) },
      { ...create(3), times: 2, fate: refusal(429, "slow down") },
      { ...create(4), fate: refusal(401, "The token has expired.") },
      { ...LOOK, from: 4, times: 2, fate: refusal(503, "out of order") },
      { ...LOOK, from: 6, times: 2, fate: refusal(502, "bad gateway") },
      { ...LOOK, from: 8, times: 2, fate: { cut: "before" } },
      { ...LOOK, from: 10, fate: { hang: true } },
    ]);
    assert.equal(printed.code, 0, textOf(printed));
    // Each refused one once more, and nothing else.
    assert.equal(creates(), 5 + 2 + 2 + 1);
    await cluster.expectWhole();
  });

  it("names each server that could not be made with the cloud's reason, soon, and keeps those that were", async () => {
    const begun = Date.now();
    const printed = await up(15, [
      { ...create(7), fate: refusal(500, "database gone") },
      { ...create(8), fate: refusal(502, "bad gateway") },
      { ...create(9), fate: refusal(503, "no backend") },
      { ...create(10), fate: { cut: "after" } },
      { ...create(11), times: 10, fate: { cut: "before" } },
      { ...create(12), fate: { hang: true } },
      { ...create(13), fate: refusal(403, "Quota exceeded for instances: Requested 1, but already used 13 of 13") },
      { ...create(14), times: 100, fate: refusal(429, "slow down") },
    ]);
    assert.notEqual(printed.code, 0, textOf(printed));
    const reasons = new Map(cluster.summary().nodes.map(({ name, reason }) => [name.replace(/.*-/, ""), reason ?? ""]));
    // The tenth is there, though nobody heard of it.
    for (const worker of [7, 8, 9, 11, 12, 13, 14])
      assert.match(reasons.get(`${worker}`) ?? "", /^Error creating OpenStack server/, `worker-${worker}`);
    assert.match(reasons.get("12") ?? "", /Client.Timeout|deadline/);
    assert.match(reasons.get("13") ?? "", /Quota exceeded for instances: Requested 1/);
    assert.match(reasons.get("14") ?? "", /Too many requests/);
    assert.match(textOf(printed), /Quota exceeded for instances/);
    // A hung one has 90 s; nothing waits for machines that are known not to come.
    assert.ok(Date.now() - begun < 6 * MINUTE);
    assert.equal(creates(), 8 + 6);
    // The two others were made, and the one whose answer was lost.
    assert.equal((await cluster.servers()).length, 1 + 6 + 1 + 1);
  });

  it("afterwards makes just what is missing, and removes the server of whose making it never heard", async () => {
    const before = await cluster.servers();
    const stray = await idOf("worker-10");
    const { stderr } = await expectHealed();
    assert.match(stderr, /removed machine .*-worker-10 /);
    const after = new Set((await cluster.servers()).map(({ id }) => id));
    assert.deepEqual(
      before.filter(({ id }) => !after.has(id)).map(({ id }) => id),
      [stray],
    );
  });

  it("stops with the service's words where credentials are revoked, and forgets nothing", async () => {
    const revoked = refusal(401, "Could not find Application Credential.");
    const printed = await up(16, [
      { ...create(), times: 100, fate: revoked },
      // The first look and the program's, then the engine's own.
      { ...LOGIN, from: 5, times: 100, fate: revoked },
    ]);
    assert.notEqual(printed.code, 0);
    assert.match(textOf(printed), /Could not find Application Credential/);
    await expectHealed();
  });

  it("refuses what the quota does not allow before anything is made, with numbers", async () => {
    await setQuota("instances=18");
    try {
      const printed = await up(20, []);
      assert.equal(printed.code, 2, textOf(printed));
      assert.match(textOf(printed), /instances.*need 4, have 1 of 18/);
      assert.equal(cluster.changesAsked(), 0);
    } finally {
      await setQuota("instances=-1");
    }
  });

  it("tells in Nova's words that there is no host for a server, and puts another one in its place", async () => {
    let printed: Printed;
    await cluster.admin.put("compute", `/os-services/${await cluster.computeService()}`, { status: "disabled" });
    try {
      printed = await up(17, []);
    } finally {
      await cluster.admin.put("compute", `/os-services/${await cluster.computeService()}`, { status: "enabled" });
    }
    assert.notEqual(printed.code, 0);
    assert.match(textOf(printed), /No valid host was found/);
    const broken = await idOf("worker-17");
    await expectHealed();
    assert.notEqual(await idOf("worker-17"), broken);
  });

  it("gives a server up that is never built, and puts another one in its place", async () => {
    let printed: Printed;
    await inside.sh("systemctl kill --signal=STOP nova-compute");
    try {
      printed = await up(18, [], ["createTimeout: 1"]);
    } finally {
      await inside.sh("systemctl kill --signal=CONT nova-compute");
    }
    assert.notEqual(printed.code, 0);
    assert.match(textOf(printed), /worker-18/);
    await expectHealed();
  });

  it("brings back what people removed and stopped by hand, and leaves what is theirs", async () => {
    const [removed, stopped, renamed] = [await idOf("worker-1"), await idOf("worker-2"), await idOf("worker-3")];
    const extra = await cluster.makeByHand("by-hand");
    try {
      await cluster.rest.delete("compute", `/servers/${removed}`);
      await cluster.rest.tell("compute", `/servers/${stopped}/action`, { "os-stop": null });
      await cluster.rest.put("compute", `/servers/${renamed}`, { server: { name: "renamed" } });
      const status = async (end: string) => (await cluster.servers()).find(({ name }) => name.endsWith(end))?.status;
      await until("the server is gone", async () => (await status("worker-1")) === undefined, 60);
      await until("the server is stopped", async () => (await status("worker-2")) === "SHUTOFF", 60);
      const { stdout } = await cluster.muster("status");
      assert.match(stdout, /worker-1 .*missing/);
      assert.match(stdout, /worker-2 .*stopped/);
      await expectHealed();
      assert.equal(await idOf("worker-2"), stopped);
      assert.equal((await cluster.serversCalled("by-hand")).length, 1);
    } finally {
      await cluster.rest.delete("compute", `/servers/${extra}`);
    }
  });

  it("removes also what is gone already, and where the line breaks or the service is out of order", async () => {
    const ids = await Promise.all([18, 17, 16, 15].map((worker) => idOf(`worker-${worker}`)));
    const [gone = "", cut = "", lost = "", broken = ""] = ids;
    await cluster.rest.delete("compute", `/servers/${gone}`);
    const printed = await up(1, [
      { ...removal(cut), times: 2, fate: { cut: "before" } },
      { ...removal(lost), fate: { cut: "after" } },
      { ...removal(broken), times: 2, fate: refusal(503, "out of order") },
    ]);
    assert.equal(printed.code, 0, textOf(printed));
    await cluster.expectWhole();
  });

  it("leaves the project as it was", () => cluster.expectGone());
});
