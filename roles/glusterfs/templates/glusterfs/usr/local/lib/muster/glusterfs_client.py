"""How checks reach the volume: as programs on this node do, or by libgfapi where its kernel mounts nothing."""

import json
import tempfile
from pathlib import Path

from muster_node.ring import FOLDER, Mounted

WAY = {"fuse": "mounted", "gfapi": "by libgfapi, as this kernel mounts nothing that programs serve"}
FILE = "/usr/local/bin/glusterfs-file"


class Client(Mounted):
    def __init__(self):
        settings = json.loads(Path("/etc/muster/glusterfs/glusterfs.json").read_text())
        self.kind = settings["client"]
        self.place = {"path": settings["path"]}
        super().__init__(WAY[self.kind], "the volume")

    def write(self, place, name, text):
        if self.kind == "fuse":
            super().write(place, name, text)
            return
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            self.run(place, ["/bin/sh", "-c", 'exec "$0" put "$1" <"$2"', FILE, self._inside(name), file.name])

    def read(self, place, name):
        return super().read(place, name) if self.kind == "fuse" else self.run(place, [FILE, "cat", self._inside(name)])

    def names(self, place):
        return super().names(place) if self.kind == "fuse" else self.run(place, [FILE, "ls", f"/{FOLDER}"]).split()

    def remove(self, place, name):
        if self.kind == "fuse":
            super().remove(place, name)
        else:
            self.run(place, [FILE, "rm", self._inside(name)])

    def _inside(self, name):
        return f"/{FOLDER}/{name}"
