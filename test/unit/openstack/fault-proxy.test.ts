import assert from "node:assert/strict";
import { OpenStackApi } from "../../../components/clouds/openstack/api/client.ts";
import { findCredentials } from "../../../components/clouds/openstack/credentials.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";
import { callOf } from "../../openstack/proxy/calls.ts";
import { FaultProxy } from "../../openstack/proxy/fault-proxy.ts";
import type { Rule } from "../../openstack/proxy/rules.ts";

const ID = "0b7f1c1e-3a52-4c36-9d0c-7a3a4d0f2b11";
const SERVERS = /^\/cloud\/compute\/v2.1\/servers/;

describe("a proxy that harms a cloud's answers", () => {
  const cloud = new FakeOpenStack();
  let proxy: FaultProxy;
  let api: OpenStackApi;
  before(() => cloud.start());
  after(() => cloud.stop());
  beforeEach(async () => {
    proxy = new FaultProxy({ cloud: cloud.root });
    await proxy.start();
    cloud.asked.length = 0;
    cloud.things["servers"] = [{ id: ID, name: "one", status: "ACTIVE", metadata: {}, tags: ["muster"] }];
    const settings = { ...cloud.environment, OS_AUTH_URL: proxy.through(`${cloud.root}/identity`) };
    api = new OpenStackApi(findCredentials({}, settings), { first: 1, inUse: 1, tries: 2, deadline: 2000 });
  });
  afterEach(() => proxy.stop());

  const harm = (rule: Partial<Rule>): void => proxy.rules.add({ path: SERVERS, ...rule });
  const names = async (): Promise<string[]> => (await api.servers("muster")).map(({ name }) => name);
  const arrived = (): number => cloud.asked.filter((line) => line.includes("/servers/detail")).length;

  it("lets everything through, leads the catalogue through itself, and counts", async () => {
    assert.deepEqual(await names(), ["one"]);
    assert.deepEqual(proxy.calls.table, [
      ["POST /cloud/identity/v3/auth/tokens", 1],
      ["GET /cloud/compute/v2.1/servers/detail", 1],
    ]);
  });

  it("knows a thing's path without its id", () => {
    const path = `/compute/v2.1/servers/${ID}/tags?all=1`;
    assert.equal(callOf({ method: "GET", path }), "GET /compute/v2.1/servers/{id}/tags");
  });

  it("answers in the service's stead, from the wanted request on and so often", async () => {
    harm({ from: 2, times: 2, fate: { answer: { status: 503, headers: { "retry-after": "0" } } } });
    assert.deepEqual(await names(), ["one"]);
    await assert.rejects(names(), /503/);
    assert.equal(arrived(), 1);
    assert.equal(proxy.rules.harmed, 2);
    assert.deepEqual(await names(), ["one"]);
  });

  it("cuts before the service hears of it", async () => {
    harm({ times: 2, fate: { cut: "before" } });
    await assert.rejects(names(), /no answer/);
    assert.equal(arrived(), 0);
  });

  it("cuts when the service has done it", async () => {
    harm({ method: "DELETE", fate: { cut: "after" } });
    await api.remove("compute", `/servers/${ID}`, "server one");
    assert.deepEqual(await names(), []);
    assert.equal(cloud.asked.filter((line) => line.startsWith("DELETE")).length, 2);
  });

  it("says nothing at all", async () => {
    harm({ times: 2, fate: { hang: true } });
    await assert.rejects(names(), /no answer from .* within 2 s/);
  });

  it("takes longer", async () => {
    harm({ delay: 300 });
    const begun = Date.now();
    assert.deepEqual(await names(), ["one"]);
    assert.ok(Date.now() - begun >= 300);
  });

  it("leaves other methods and bodies alone", async () => {
    harm({ method: "POST", fate: { cut: "before" } });
    harm({ body: /worker-2/, fate: { cut: "before" } });
    assert.deepEqual(await names(), ["one"]);
    assert.equal(proxy.rules.harmed, 0);
  });
});
