import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROJECT } from "../../components/images/content.ts";

/** What checks go through is the real thing; what they look at is not. */
const real = { "bin/check": "runner/node/bin/check", lib: "runner/node/lib", "roles/base/checks": "roles/base/checks" };

/** The shape of a real bundle's commands, without any of their work, and with few processes: many hosts share a machine. */
const scripts: Record<string, string> = {
  "bin/prepare": `#!/bin/sh
while [ "$1" != --events ]; do shift; done
events=$2
exec 9>>"$events"
flock --shared 9
echo run >>/var/lib/muster/prepared
echo '{"state":"progress","text":"fake: first"}' >>"$events"
slow=0
if [ -e /etc/muster/slow ]; then read -r slow </etc/muster/slow; fi
sleep "$slow"
if [ -e /etc/muster/meanwhile ]; then . /etc/muster/meanwhile; fi
[ -d /etc/muster/daemons ] || mkdir -p /etc/muster/daemons /etc/systemd/system
printf '[Service]\\nExecStart=/bin/sleep infinity\\nUser=muster\\n' >/etc/systemd/system/fake.service
echo '{"unit":"fake.service"}' >/etc/muster/daemons/fake.json
if [ -e /etc/muster/broken ]; then echo '{"state":"failed","text":"fake: Break: as told"}' >>"$events"; exit 1; fi
echo '{"state":"done","changed":3}' >>"$events"
`,
  "bin/activate": `#!/bin/sh
if [ "$1" = --plan ]; then echo '{"restart":["fake"],"reload":[],"start":[],"stop":[]}'; exit 0; fi
while [ "$1" != --events ]; do shift; done
events=$2
systemctl daemon-reload
systemctl restart fake.service
mkdir -p /var/lib/muster/started /var/lib/muster/formatted
echo '{}' >/var/lib/muster/started/fake.json
: >/var/lib/muster/formatted/store
date +%s.%N >>/var/lib/muster/activated
echo '{"state":"done","changed":1}' >>"$events"
`,
  "roles/fake/checks/noise": `#!/bin/sh
head -c 1048576 /dev/urandom >&2
head -c 1048576 /dev/zero | tr '\\0' x >&2
echo '{"ok":true,"detail":"noisy"}'
`,
  "bin/leave": `#!/bin/sh
cat >/var/lib/muster/wanted.json
echo "asked the fake service" >&2
if [ -e /etc/muster/refuse ]; then echo '{"left":[],"refused":"too few copies would stay"}'; exit 0; fi
echo '{"left":[],"refused":null}'
`,
};

/** Builds the archive; its name is its content's hash, as with the real one. `ballast`: bytes that do not compress. */
export function makeFakeBundle(folder: string, note = "", ballast = 0): { sha: string; path: string } {
  const root = join(folder, "fake-bundle");
  for (const [to, from] of Object.entries(real)) cpSync(join(PROJECT, from), join(root, to), { recursive: true });
  for (const [name, text] of Object.entries(scripts)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}# ${note}\n`);
    chmodSync(join(root, name), 0o755);
  }
  writeFileSync(join(root, "ballast"), randomBytes(ballast));
  const path = join(folder, "fake-bundle.tar.gz");
  execFileSync("tar", ["-czf", path, "-C", root, "."]);
  return { sha: createHash("sha256").update(readFileSync(path)).digest("hex"), path };
}
