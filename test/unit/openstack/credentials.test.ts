import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCredentials } from "../../../components/clouds/openstack/credentials.ts";
import { mistakeOf, mistakesOf } from "../plan/fixtures.ts";

const clouds = `
clouds:
  lab:
    auth:
      auth_url: https://lab.example:5000/v3/
      username: me
      project_name: research
      user_domain_name: Staff
    region_name: North
    interface: internal
    cacert: /etc/lab.pem
  app:
    auth_type: v3applicationcredential
    auth: { auth_url: "https://app.example/identity", application_credential_id: abc, application_credential_secret: s3 }
  poor: { auth: { auth_url: "https://poor.example", username: me } }
  vendor: { profile: somebody, auth: { username: me, password: x, project_id: p } }
  blind: { verify: false, auth: { auth_url: "https://b", token: t0, project_id: p } }
`;

describe("OpenStack credentials", () => {
  let home = "";
  const at = (...path: string[]): string => join(home, ".config", "openstack", ...path);
  before(() => {
    home = mkdtempSync(join(tmpdir(), "muster-test-"));
    mkdirSync(at(), { recursive: true });
    writeFileSync(at("clouds.yaml"), clouds);
    writeFileSync(at("secure.yaml"), "clouds: { lab: { auth: { password: hidden } } }");
  });
  after(() => rmSync(home, { recursive: true }));
  const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ HOME: home, ...more });

  it("come from the named entry of clouds.yaml with what secure.yaml adds", () => {
    const found = findCredentials({ cloud: "lab" }, environment({ OS_CLOUD: "app" }));
    assert.deepEqual(found, {
      source: `cloud "lab" in ${at("clouds.yaml")}`,
      cloud: "lab",
      authUrl: "https://lab.example:5000/v3",
      login: {
        identity: {
          methods: ["password"],
          password: { user: { name: "me", domain: { name: "Staff" }, password: "hidden" } },
        },
        scope: { project: { name: "research", domain: { name: "Staff" } } },
      },
      region: "North",
      endpointType: "internal",
      caCert: "/etc/lab.pem",
    });
  });

  it("come from OS_CLOUD, also as an application credential", () => {
    const found = findCredentials({ region: "South" }, environment({ OS_CLOUD: "app" }));
    assert.equal(found.authUrl, "https://app.example/identity/v3");
    assert.deepEqual(found.login, {
      identity: { methods: ["application_credential"], application_credential: { secret: "s3", id: "abc" } },
    });
    assert.equal(found.region, "South");
    assert.equal(found.endpointType, "public");
  });

  it("come from an openrc's variables", () => {
    const set = { OS_AUTH_URL: "http://k:5000/v2.0", OS_USERNAME: "u", OS_PASSWORD: "p", OS_PROJECT_ID: "1" };
    const found = findCredentials({}, environment({ ...set, OS_INTERFACE: "adminURL", OS_USER_DOMAIN_ID: "d" }));
    assert.equal(found.source, "the OS_* variables");
    assert.equal(found.authUrl, "http://k:5000/v3");
    assert.equal(found.endpointType, "admin");
    assert.deepEqual(found.login["scope"], { project: { id: "1" } });
    assert.match(JSON.stringify(found.login), /"domain":\{"id":"d"\}/);
  });

  const refused: [string, Parameters<typeof findCredentials>[0], NodeJS.ProcessEnv, RegExp][] = [
    ["nothing at all", {}, {}, /OpenStack credentials .*clouds\.yaml.*OS_CLOUD.*openrc/],
    ["an unknown cloud", { cloud: "lob" }, {}, /^muster:cloud\.cloud "lob" not in .*did you mean "lab"\? .*app, poor/],
    ["an unknown OS_CLOUD", {}, { OS_CLOUD: "app2" }, /^OS_CLOUD "app2" .*did you mean "app"/],
    [
      "no clouds.yaml",
      {},
      { OS_CLOUD: "x", OS_CLIENT_CONFIG_FILE: "/none/c.yaml" },
      /there is no clouds\.yaml; looked for \/none/,
    ],
    ["too little", { cloud: "poor" }, {}, /only auth_url, username .*password with a project/],
    ["a vendor's profile", { cloud: "vendor" }, {}, /its profile .* write its auth_url out/],
    ["certificates that nobody checks", { cloud: "blind" }, {}, /not to be checked.*cacert/],
  ];
  for (const [what, wanted, more, expected] of refused) {
    it(`are refused with ${what}`, () => {
      const { path, found, allowed } = mistakeOf(() => findCredentials(wanted, environment(more)));
      assert.match(`${path} ${found} ${allowed}`, expected);
    });
  }

  it("never show what is in a damaged file", () => {
    const file = at("damaged.yaml");
    writeFileSync(file, "clouds: { lab: [hunter2");
    const told = mistakesOf(() => findCredentials({ cloud: "lab" }, environment({ OS_CLIENT_CONFIG_FILE: file })));
    assert.match(JSON.stringify(told), /damaged\.yaml.*readable YAML/);
    assert.doesNotMatch(JSON.stringify(told), /hunter2/);
  });
});
