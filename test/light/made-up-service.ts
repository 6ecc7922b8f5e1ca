/** A service that nobody needs: what adding one takes. Paths in the project, and what stands there; `entry` is added to the registry. */
export const entry = { import: 'import { greeter } from "./greeter/index.ts";', name: "greeter" };

const DEFINITION = `import { z } from "zod";
import type { ServiceDefinition } from "../../service.ts";

const options = z.strictObject({
  word: z.string().regex(/^[a-z]+$/).default("hello").describe("What it says. Default: hello."),
});

export const greeter: ServiceDefinition<z.output<typeof options>> = {
  name: "greeter",
  description: "Says a word to whoever knows the cluster's secret",
  options,
  daemons: { greeter: { on: "master", instances: "one", ports: { web: 8099 }, heap: () => 0, nonHeap: 30 } },
  requires: [],
  roles: ["greeter"],
  toolsOn: [],
  managesMembers: [],
  secrets: ["greeter.password"],
  refuse: ({ options: { word } }) =>
    word === "goodbye" ? [{ path: "services.greeter.word", found: word, allowed: "a word of welcome" }] : [],
  settings: ({ options: { word } }, { address }) => ({ word, address, port: 8099 }),
  endpoints: (context) => ({ greeter: \`http://\${context.theNodeWith("greeter").fqdn}:8099\` }),
  checks: (context) => [
    {
      name: "greeter: greets",
      service: "greeter",
      on: [context.theNodeWith("greeter").name],
      mode: "any",
      run: ["greeter/greets"],
      timeoutSeconds: 30,
      required: true,
    },
  ],
};
`;

const PROGRAM = `#!/usr/bin/python3
import http.server
import json


class Greeter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Authorization") == SETTINGS["password"]
        self.send_response(200 if known else 403)
        self.end_headers()
        self.wfile.write(SETTINGS["word"].encode() if known else b"who are you?")


with open("/etc/greeter/greeter.json") as file:
    SETTINGS = json.load(file)
http.server.HTTPServer((SETTINGS["address"], SETTINGS["port"]), Greeter).serve_forever()
`;

const CHECK = `#!/usr/bin/python3 -B
import json
import urllib.request

import muster_node

settings = muster_node.view()["services"]["greeter"]
request = urllib.request.Request(
    "http://%s:%d/" % (settings["address"], settings["port"]), headers={"Authorization": muster_node.secrets()["greeter.password"]}
)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
said = opener.open(request, timeout=10).read().decode()
print(json.dumps({"ok": said == settings["word"], "detail": "says " + said}))
`;

const UNIT = `[Unit]
Description=Says a word
[Service]
ExecStart=/usr/local/lib/muster-greeter
User=nobody
Group=nogroup
[Install]
WantedBy=multi-user.target
`;

const TASKS = `- name: Write the greeter
  muster_files:
    src: greeter
    dest: /
- name: Write what it says, and to whom
  muster_files:
    src: settings
    dest: /etc/greeter
    group: nogroup
    mode: "0640"
    contents: {greeter.json: "{{ greeter_settings | combine({'password': greeter_password}) }}"}
- name: Write what it depends on
  muster_files:
    src: manifest
    dest: /etc/muster/daemons
    contents:
      greeter.json: {unit: greeter.service, files: [/etc/greeter/greeter.json, /usr/local/lib/muster-greeter], order: 30}
`;

const SPECS = `argument_specs:
  main:
    short_description: Says a word
    options:
      greeter_settings: {type: dict, required: true, description: "Word, address, port"}
      greeter_password: {type: str, required: true, no_log: true, description: "Who knows it is greeted"}
`;

const DEFAULTS = `greeter_settings: "{{ services.greeter }}"
greeter_password: "{{ secrets['greeter.password'] }}"
`;

export const folder: Record<string, { text: string; executable?: true }> = {
  "plan/services/greeter/index.ts": { text: DEFINITION },
  "roles/greeter/defaults/main.yml": { text: DEFAULTS },
  "roles/greeter/meta/argument_specs.yml": { text: SPECS },
  "roles/greeter/tasks/main.yml": { text: TASKS },
  "roles/greeter/templates/greeter/usr/local/lib/muster-greeter": { text: PROGRAM, executable: true },
  "roles/greeter/templates/greeter/etc/systemd/system/greeter.service": { text: UNIT },
  "roles/greeter/templates/settings/.keep": { text: "" },
  "roles/greeter/templates/manifest/.keep": { text: "" },
  "roles/greeter/checks/greets": { text: CHECK, executable: true },
};
