import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { UserMistakes } from "../../plan/mistake.ts";
import { readEnvironment } from "../../stacks/config/environment.ts";
import { build } from "../mock/build-hadoop-cluster.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const secretKey = "hunter2hunter2hunter2";
const lab = { accessKey: "AK", secretKey };
const bucket = { bucket: "lab", credentials: "lab" };

const services = (kind: "s3" | "gcs" = "s3") => ({ objectStores: { buckets: [{ ...bucket, kind }] } });
const mistakes = (error: unknown): string[] => {
  assert.ok(error instanceof UserMistakes, String(error));
  assert.ok(!error.message.includes("hunter2"), error.message);
  return error.mistakes.map(({ path, found }) => `${path}: ${found}`);
};

describe("credentials that a user gives", () => {
  withStateFolder();

  it("go to the runner as a secret, those that the cluster needs and no others", async () => {
    const run = await build({ services: services(), credentials: { lab, other: { secretKey: "not needed" } } });
    assert.equal(run.error, undefined);
    const { stdin } = run.of("dev-ready").inputs as { stdin: unknown };
    const sent = JSON.stringify(stdin);
    assert.ok(sent.includes(secretKey) && !sent.includes("not needed"), sent);
    for (const { name, inputs } of run.registrations)
      if (name !== "dev-ready") assert.ok(!JSON.stringify(inputs).includes(secretKey), name);
  });

  it("that change make the cluster's wish new", async () => {
    const told = async (credentials: object) => {
      const run = await build({ services: services(), credentials: { lab: credentials } });
      return (run.of("dev-intent").inputs["environment"] as Record<string, unknown>)["CREDENTIALS"];
    };
    const [one, same, other] = [await told(lab), await told({ ...lab }), await told({ ...lab, secretKey: "another" })];
    assert.ok(one);
    assert.deepEqual(one, same);
    assert.notDeepEqual(one, other);
    const without = await build();
    assert.ok(!("CREDENTIALS" in (without.of("dev-intent").inputs["environment"] as object)));
  });

  it("that lack are named by who needs them, wrong ones by the field; values are not repeated", async () => {
    assert.deepEqual(mistakes((await build({ services: services() })).error), [
      'dev.services.objectStores.buckets[0].credentials: "lab"',
    ]);
    const wrong = { accessKey: "hunter2 hunter2", secretkey: secretKey };
    assert.deepEqual(mistakes((await build({ services: services(), credentials: { lab: wrong } })).error).sort(), [
      "muster:credentials.lab.accessKey: a value",
      "muster:credentials.lab.secretKey: nothing",
      "muster:credentials.lab.secretkey: unknown name",
    ]);
    const account = { serviceAccount: JSON.stringify({ private_key: "hunter2" }) };
    assert.deepEqual(mistakes((await build({ services: services("gcs"), credentials: { lab: account } })).error), [
      "muster:credentials.lab.serviceAccount: a value",
    ]);
  });

  it("are of a shape that goes with what they are for; of a webhook the whole address is a secret", async () => {
    const pools = { master: { count: 1, memory: "2 GiB" }, worker: 1 };
    const asked = async (alerts: object, credentials: object): Promise<string[]> => {
      const run = await build({ pools, services: { prometheus: { alerts } }, credentials: { lab: credentials } });
      return run.error === undefined ? [] : mistakes(run.error);
    };
    const webhooks = ["lab"];
    const bare = await build({ pools, services: { prometheus: { alerts: { webhooks } } } });
    assert.match(String(bare.error), /alerts\.webhooks\[0\] .*--path muster:credentials\.lab\.url/);
    assert.deepEqual(await asked({ webhooks }, { url: "https://chat.example.org/hunter2", token: "hunter2" }), []);
    assert.deepEqual(await asked({ webhooks, allowHttp: true }, { url: "http://10.0.0.1:8/hunter2" }), []);
    for (const url of ["http://chat.example.org/hunter2", "https://ops:hunter2@chat.example.org/", "hunter2"])
      assert.deepEqual(await asked({ webhooks }, { url }), ["muster:credentials.lab.url: a value"], url);
    const email = { to: ["o@example.org"], from: "l@example.org", server: "smtp.example.org:587", credentials: "lab" };
    assert.deepEqual(await asked({ email }, { username: "ops", password: "hunter2 hunter2" }), []);
    assert.deepEqual(await asked({ email }, { username: "ops", password: "hunter2\n" }), [
      "muster:credentials.lab.password: a value",
    ]);
  });

  it("are refused in a stack's file as plain text, and read where they are a secret", () => {
    const config = {
      "muster:clusters": JSON.stringify([{ name: "dev" }]),
      "muster:credentials": JSON.stringify({ lab }),
    };
    const read = (...secret: string[]) => {
      pulumi.runtime.setAllConfig(config, secret);
      try {
        return readEnvironment(new pulumi.Config("muster"));
      } finally {
        pulumi.runtime.setAllConfig({});
      }
    };
    assert.deepEqual(read("muster:credentials").credentials, { lab });
    assert.throws(
      () => read(),
      (error) => {
        assert.deepEqual(mistakes(error), ["muster:credentials: plain text"]);
        return true;
      },
    );
  });
});
