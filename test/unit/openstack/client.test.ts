import assert from "node:assert/strict";
import { OpenStackApi } from "../../../components/clouds/openstack/api/client.ts";
import { findCredentials } from "../../../components/clouds/openstack/credentials.ts";
import { UserMistakes } from "../../../plan/mistake.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";

/** Waits of a test, not of a cloud. */
const quick = { first: 5, inUse: 5 };

describe("asking an OpenStack", () => {
  let cloud: FakeOpenStack;
  beforeEach(async () => {
    cloud = new FakeOpenStack();
    await cloud.start();
  });
  afterEach(() => cloud.stop());
  const api = (more: NodeJS.ProcessEnv = {}, patience = {}): OpenStackApi =>
    new OpenStackApi(findCredentials({}, { ...cloud.environment, ...more }), { ...quick, ...patience });
  const count = (part: string): number => cloud.asked.filter((line) => line.includes(part)).length;
  const networks = (total: number): void => {
    cloud.things["networks"] = Array.from({ length: total }, (_, at) => ({ id: `n${at}`, name: `net${at}` }));
  };

  it("takes one token for everything", async () => {
    const client = api();
    await Promise.all([client.networks(), client.flavors(), client.computeLimits()]);
    assert.equal(count("auth/tokens"), 1);
  });

  it("finds each service's version, whether the catalogue has it or not", async () => {
    const client = api();
    await Promise.all([client.networks(), client.images(), client.volumes(), client.flavors()]);
    assert.deepEqual(cloud.asked.slice(1).sort(), [
      "GET /compute/v2.1/flavors/detail",
      "GET /image/v2/images?status=active&sort=created_at%3Adesc",
      "GET /network/v2.0/networks",
      "GET /volume/v3/0123456789abcdef0123456789abcdef/volumes/detail",
    ]);
  });

  it("reads all pages, whatever host their links name", async () => {
    cloud.page = 2;
    networks(5);
    cloud.things["images"] = ["a", "b", "c"].map((id) => ({ id, status: "active", created_at: "2030" }));
    assert.equal((await api().networks()).length, 5);
    assert.deepEqual(
      (await api().images()).map(({ id }) => id),
      ["a", "b", "c"],
    );
    assert.equal(count("/networks"), 3);
  });

  it("asks for servers by tag", async () => {
    cloud.things["servers"] = [
      { id: "1", name: "ours", status: "ACTIVE", tags: ["muster"] },
      { id: "2", name: "theirs", status: "ACTIVE", tags: [] },
    ];
    assert.deepEqual(
      (await api().servers("muster")).map(({ name }) => name),
      ["ours"],
    );
    assert.match(cloud.asked.at(-1) ?? "", /servers\/detail\?tags=muster$/);
  });

  it("asks once for the reason of each failed server that the list tells none of, unless it is gone", async () => {
    const failed = (id: string, fault?: { message: string }) => ({
      ...{ id, name: id, status: "ERROR", tags: ["muster"] },
      ...(fault === undefined ? {} : { fault }),
    });
    const told = { message: "No valid host was found." };
    cloud.things["servers"] = [failed("listed", { message: "no disk" }), failed("buried"), failed("gone")];
    cloud.faults.push(
      { on: "GET /compute/v2.1/servers/buried", status: 200, body: { server: failed("buried", told) } },
      { on: "GET /compute/v2.1/servers/gone", status: 404, times: 2 },
    );
    for (let look = 1; look <= 2; look += 1)
      assert.deepEqual(
        (await api().servers("muster")).map(({ fault }) => fault?.message),
        ["no disk", "No valid host was found.", undefined],
      );
    assert.equal(count("servers/buried"), 1);
    assert.equal(count("servers/listed"), 0);
  });

  it("logs in again, once, when the token has expired", async () => {
    const client = api();
    await client.networks();
    cloud.tokens.clear();
    await client.networks();
    assert.equal(count("auth/tokens"), 2);
    cloud.tokens.clear();
    cloud.password = "changed";
    await assert.rejects(client.networks(), /refused by 127\.0\.0\.1:\d+ with 401.*check the credentials/s);
    assert.equal(count("auth/tokens"), 3);
  });

  it("waits as long as it is told when there are too many requests", async () => {
    cloud.faults.push({ on: "/networks", status: 429, headers: { "Retry-After": "0.3" }, times: 2 });
    const startedAt = Date.now();
    await api().networks();
    assert.ok(Date.now() - startedAt >= 590, `${Date.now() - startedAt} ms`);
    assert.equal(count("/networks"), 3);
  });

  it("does not wait for longer than a person would", async () => {
    cloud.faults.push({ on: "/networks", status: 429, headers: { "Retry-After": "3600" }, times: 9 });
    await assert.rejects(api().networks(), /list of networks: refused by .* with 429/);
    assert.equal(count("/networks"), 1);
  });

  it("goes on after a cut connection and a broken service, a bounded number of times", async () => {
    cloud.faults.push({ on: "/networks" }, { on: "/networks", status: 503 }, { on: "/networks", status: 502 });
    await api().networks();
    assert.equal(count("/networks"), 4);
    cloud.faults.push({ on: "/flavors", status: 500, times: 99 });
    await assert.rejects(api().flavors(), /with 500/);
    assert.equal(count("/flavors"), 4);
  });

  it("ends each try by its deadline and says who did not answer", async () => {
    cloud.faults.push({ on: "/networks", status: 200, delay: 5000, times: 99 });
    const startedAt = Date.now();
    const asked = api({}, { deadline: 100, tries: 2 }).networks();
    await assert.rejects(asked, /reading the list of networks: no answer from 127\.0\.0\.1:\d+ within 0\.1 s/);
    assert.ok(Date.now() - startedAt < 3000);
  });

  it("repeats each service's own reason, in one line", async () => {
    const refusals: [unknown, RegExp][] = [
      [{ forbidden: { code: 403, message: "Quota exceeded\n for instances" } }, /403: Quota exceeded for instances$/],
      [{ NeutronError: { type: "X", message: "No more IPs", detail: "" } }, /403: No more IPs$/],
      [{ message: "glance says no" }, /403: glance says no$/],
      ["<html>", /403: Forbidden$/],
    ];
    for (const [body, expected] of refusals) {
      cloud.faults.push({ on: "/networks", status: 403, body });
      await assert.rejects(api().networks(), expected);
    }
  });

  it("refuses an answer that it does not understand, and says where", async () => {
    cloud.things["flavors"] = [{ id: "1", name: "f", vcpus: "many", ram: 1, disk: 1 }];
    await assert.rejects(api().flavors(), /list of flavors: .* unknown form at flavors\.0\.vcpus/);
  });

  it("tells a wrong password, a wrong region and a missing service as what they are", async () => {
    await assert.rejects(api({ OS_PASSWORD: "wrong" }).networks(), (error: unknown) => {
      assert.ok(error instanceof UserMistakes);
      assert.match(error.message, /logging in with the OS_\* variables.*check the credentials/);
      return true;
    });
    await assert.rejects(api({ OS_REGION_NAME: "Mars" }).networks(), /public in Mars.*public in RegionOne/);
    cloud.services = ["compute", "network", "image"];
    await assert.rejects(api().volumes(), /no volume service in its catalogue/);
    assert.equal(await api().has("volume"), false);
  });

  it("knows a quota that users may not read as unknown", async () => {
    cloud.faults.push({ on: "/quotas/", status: 403 });
    assert.equal(await api().networkQuota(), undefined);
    assert.equal((await api().networkQuota())?.["port"]?.limit, 500);
  });

  it("removes what is still in use as soon as it is not, and takes gone for removed", async () => {
    networks(1);
    cloud.things["ports"] = [{ id: "p", network_id: "n0" }];
    setTimeout(() => (cloud.things["ports"] = []), 60);
    await api().remove("network", "/networks/n0", "network net0");
    assert.deepEqual(cloud.things["networks"], []);
    assert.ok(count("DELETE") > 1);
    await api().remove("network", "/networks/n0", "network net0");
  });

  it("names what is in the way when it never goes", async () => {
    networks(1);
    cloud.things["ports"] = [{ id: "p", network_id: "n0" }];
    await assert.rejects(
      api().remove("network", "/networks/n0", "network net0"),
      /removing network net0: .* with 409: n0 is still in use/,
    );
  });
});
