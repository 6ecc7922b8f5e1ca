"""How checks reach the shared folders: as programs on this node do, or by libnfs where its kernel mounts nothing.

Whatever may have to wait for the server is done by a process of its own, which has a deadline.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 20
# Where everybody may write: made by the server.
FOLDER = ".muster-check"
READ = "import sys; sys.stdout.write(open(sys.argv[1]).read())"
WRITE = "import sys; open(sys.argv[1], 'x').write(sys.argv[2])"
LIST = "import os, sys; print(*os.listdir(sys.argv[1]), sep='\\n')"
WAY = {"kernel": "mounted by the kernel", "local": "on the server's own disk", "libnfs": "by libnfs, as this kernel mounts no NFS"}


class Failed(Exception):
    pass


def wanted():
    return json.loads(Path("/etc/muster/nfs/nfs.json").read_text())


class Client:
    def __init__(self, settings):
        self.kind = settings["client"]
        self.server = settings["server"]
        self.way = WAY[self.kind]

    def write(self, export, name, text):
        """A new file: libnfs's programs write over none."""
        if self.kind != "libnfs":
            self._run(export, [sys.executable, "-IS", "-c", WRITE, self._path(export, name), text])
            return
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            self._run(export, ["nfs-cp", file.name, self.url(export, f"{FOLDER}/{name}")])

    def read(self, export, name):
        if self.kind == "libnfs":
            return self._run(export, ["nfs-cat", self.url(export, f"{FOLDER}/{name}")])
        return self._run(export, [sys.executable, "-IS", "-c", READ, self._path(export, name)])

    def names(self, export):
        """Of the files that checks wrote."""
        if self.kind != "libnfs":
            return self._run(export, [sys.executable, "-IS", "-c", LIST, self._path(export)]).split()
        return [line.split()[-1] for line in self._run(export, ["nfs-ls", self.url(export, FOLDER)]).splitlines()]

    def url(self, export, name):
        return f"nfs://{self.server['address']}{export['source']}/{name}?version=4&nfsport={self.server['port']}"

    def _path(self, export, name=""):
        found = [line.split()[2] for line in Path("/proc/self/mounts").read_text().splitlines() if line.split()[1] == export["path"]]
        if not found:
            raise Failed(f"{export['path']} is not mounted")
        return f"{export['path']}/{FOLDER}/{name}"

    def _run(self, export, argv):
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{export['path']}: {self.server['name']} did not answer within {SECONDS} s") from None
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        if done.returncode != 0:
            raise Failed(f"{export['path']}: {said[0 if self.kind == 'libnfs' else -1] if said else f'exit code {done.returncode}'}")
        return done.stdout

