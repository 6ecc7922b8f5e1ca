"""Whether HDFS may be formatted: it is done once in a cluster's life, and only when nothing can be lost.

Both VERSION and a whole fsimage: the store is there. Neither, and no trace that there ever was a store: it may be made. An
own note that a format was begun, no fsimage, and no trace: that format was interrupted, and may be begun again. Anything else
is a store that is missing or damaged, and nothing is touched.
"""

import json
import os
import re
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

VIEW = Path("/etc/muster/cluster.json")
SITE = Path("/etc/hadoop/hdfs-site.xml")
ROOT = Path("/data/hdfs")
NODE_MARK = Path("/var/lib/muster/formatted/hdfs")


class Refused(Exception):
    pass


class Store:
    def __init__(self, root=ROOT, node_mark=NODE_MARK, view=None, site=SITE):
        self.root = root
        self.name = root / "name"
        self.begun = root / "format-begun"
        self.volume_mark = root / "formatted"
        self.node_mark = node_mark
        self.view = view or json.loads(VIEW.read_text())
        self.site = site
        self.cluster_id = "CID-" + self.view["cluster"]["uid"]

    def decide(self):
        """`there` or `format`; raises Refused with what is wrong and what to do."""
        self._require_path()
        version, image = self._version(), self._image()
        if version and image:
            if version.get("clusterID") != self.cluster_id:
                raise Refused(
                    f"{self.name} belongs to another cluster ({version.get('clusterID')}, this one is {self.cluster_id}). "
                    "A wrong volume is mounted at /data: attach this cluster's own volume."
                )
            return "there"
        trace = self._trace()
        if trace:
            raise Refused(
                f"HDFS was formatted before ({trace}), but {self.name} holds "
                f"{'no file system image' if version or self._anything() else 'nothing'}. It is NOT formatted again: that would "
                f"give up every file. Put the NameNode's data back (its own volume at /data, a copy of {self.name}, or as the "
                f"SecondaryNameNode left it in {self.root}/checkpoint) and bring the cluster up again; or, if every file may be "
                "lost, `muster down --delete-data` and make a new one."
            )
        if self._anything() and not self.begun.exists():
            raise Refused(
                f"{self.name} holds something that is not a whole HDFS store, and no format of ours was interrupted there. "
                "Nothing was touched. Restore it from a backup, or move it away yourself if it is worth nothing."
            )
        return "format"

    def begin(self):
        """Notes that a format begins, and puts what an interrupted one left out of its way; nothing is removed."""
        self.root.mkdir(parents=True, exist_ok=True)
        write_durably(self.begun, json.dumps({"clusterId": self.cluster_id, "at": int(time.time())}))
        if self.name.exists():
            self.name.rename(self.root / f"name.interrupted-{time.time_ns()}")

    def mark(self):
        """Remembers that the store exists: on its volume and on the node, so that losing either is noticed."""
        text = json.dumps({"clusterId": self.cluster_id, "path": str(self.root)}) + "\n"
        for mark in (self.volume_mark, self.node_mark):
            if not mark.exists() or mark.read_text() != text:
                mark.parent.mkdir(parents=True, exist_ok=True)
                write_durably(mark, text)
        self.begun.unlink(missing_ok=True)

    def _require_path(self):
        """A changed path looks exactly like a store that never was."""
        wanted = f"file://{self.name}"
        for found in ElementTree.parse(self.site).getroot().iter("property"):
            if found.findtext("name") == "dfs.namenode.name.dir" and found.findtext("value") != wanted:
                raise Refused(f"{self.site} says dfs.namenode.name.dir = {found.findtext('value')}; it must stay {wanted}.")
        if self.node_mark.exists():
            before = json.loads(self.node_mark.read_text()).get("path")
            if before != str(self.root):
                raise Refused(f"HDFS's store was at {before} and is looked for at {self.root}: move it there first.")

    def _version(self):
        file = self.name / "current/VERSION"
        if not file.is_file():
            return None
        return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)

    def _image(self):
        """A whole image: its checksum is written before it gets its name."""
        current = self.name / "current"
        names = os.listdir(current) if current.is_dir() else []
        return any(re.fullmatch(r"fsimage_\d+", name) and f"{name}.md5" in names for name in names)

    def _anything(self):
        return self.name.is_dir() and any(self.name.iterdir())

    def _trace(self):
        """What says that there was a store; empty when nothing does."""
        if "hdfs" in self.view["cluster"].get("formatted", []):
            return "an earlier run of this cluster says so"
        for mark in (self.volume_mark, self.node_mark):
            if mark.exists():
                return f"{mark} says so"
        if (self.root / "checkpoint/current/VERSION").exists():
            return f"{self.root}/checkpoint holds a checkpoint of it"
        if list((self.root / "data/current").glob("BP-*")):
            return f"{self.root}/data holds blocks of it"
        return ""


def write_durably(path, text):
    draft = path.with_name(f".{path.name}.new")
    with open(draft, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
