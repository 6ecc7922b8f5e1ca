"""How checks reach the shared folders: as programs on this node do, or by libnfs where its kernel mounts nothing."""

import json
import tempfile
from pathlib import Path

from muster_node.ring import FOLDER, Failed, Mounted

__all__ = ["Client", "FOLDER", "Failed", "wanted"]

WAY = {"kernel": "mounted by the kernel", "local": "on the server's own disk", "libnfs": "by libnfs, as this kernel mounts no NFS"}


def wanted():
    return json.loads(Path("/etc/muster/nfs/nfs.json").read_text())


class Client(Mounted):
    def __init__(self, settings):
        self.kind = settings["client"]
        self.address = settings["server"]
        super().__init__(WAY[self.kind], self.address["name"])

    def write(self, place, name, text):
        """A new file: libnfs's programs write over none."""
        if self.kind != "libnfs":
            super().write(place, name, text)
            return
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            self._ask(place, ["nfs-cp", file.name, self.url(place, f"{FOLDER}/{name}")])

    def read(self, place, name):
        if self.kind == "libnfs":
            return self._ask(place, ["nfs-cat", self.url(place, f"{FOLDER}/{name}")])
        return super().read(place, name)

    def names(self, place):
        """Of the files that checks wrote."""
        if self.kind != "libnfs":
            return super().names(place)
        return [line.split()[-1] for line in self._ask(place, ["nfs-ls", self.url(place, FOLDER)]).splitlines()]

    def url(self, place, name):
        return f"nfs://{self.address['address']}{place['source']}/{name}?version=4&nfsport={self.address['port']}"

    def _ask(self, place, argv):
        # libnfs's programs say first what is wrong.
        return self.run(place, argv, reason=0)
