"""What this node's glusterd says of the volume, and how it is told something."""

import json
import subprocess
import uuid
import xml.etree.ElementTree as ElementTree
from pathlib import Path

NAME = "shared"
BRICK = "/data/glusterfs/brick"
GIB = 1 << 30
SECONDS = 120
NONE_YET = "30806"


class Trouble(Exception):
    """What GlusterFS refuses, or cannot do now."""


def wanted():
    return json.loads(Path("/etc/muster/glusterfs/glusterfs.json").read_text())


def uuid_of(cluster, node):
    """By which a storage node's neighbours know it: the same when its machine is made again."""
    return str(uuid.uuid5(uuid.UUID(hex=cluster), node))


def run(*argv, xml=True):
    command = ["/usr/sbin/gluster", "--mode=script", *(["--xml"] if xml else []), *argv]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Trouble(f"gluster {' '.join(argv[:3])} took longer than {SECONDS} s") from None
    if xml and done.stdout.lstrip().startswith("<"):
        return ElementTree.fromstring(done.stdout)
    if done.returncode != 0 or xml:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise Trouble(said[-1] if said else f"gluster {' '.join(argv[:3])}: exit code {done.returncode}")
    return done.stdout


def ask(*argv):
    """The answer as XML."""
    answer = run(*argv)
    if answer.findtext("opRet", "0") != "0":
        raise Trouble(answer.findtext("opErrstr") or f"gluster {' '.join(argv[:3])} failed")
    return answer


def brick(address):
    return f"{address}:{BRICK}"


class Volume:
    def __init__(self, found):
        self.id = uuid.UUID(found.findtext("id"))
        self.started = found.findtext("statusStr") == "Started"
        self.replica = int(found.findtext("replicaCount"))
        self.arbiter = found.findtext("arbiterCount") != "0"
        self.addresses = [one.findtext("name").partition(":")[0] for one in found.iter("brick")]
        self.options = {one.findtext("name"): one.findtext("value") for one in found.iter("option")}

    @property
    def sets(self):
        """Addresses of those that hold the same files."""
        return [self.addresses[at : at + self.replica] for at in range(0, len(self.addresses), self.replica)]


def volume():
    """None where glusterd knows of none."""
    answer = run("volume", "info", NAME)
    if answer.findtext("opRet", "0") != "0":
        if answer.findtext("opErrno") == NONE_YET:
            return None
        raise Trouble(answer.findtext("opErrstr") or "gluster volume info failed")
    found = answer.find(".//volume")
    return None if found is None else Volume(found)


def neighbours():
    """Address → whether it answers, of the other storage nodes."""
    peers = ask("pool", "list").iter("peer")
    return {peer.findtext("hostname"): peer.findtext("connected") == "1" for peer in peers if peer.findtext("hostname") != "localhost"}


def online():
    """Addresses whose part of the volume is served."""
    nodes = ask("volume", "status", NAME).iter("node")
    return {node.findtext("hostname") for node in nodes if node.findtext("path") == BRICK and node.findtext("status") == "1"}


def to_heal():
    """(files that lack a copy, files whose copies differ and nobody knows which is right); None: somebody did not say."""
    bricks = list(ask("volume", "heal", NAME, "info", "summary").iter("brick"))
    counts = [(one.findtext("totalNumberOfEntries"), one.findtext("numberOfEntriesInSplitBrain")) for one in bricks]
    if any(not (total or "").isdigit() for total, _ in counts):
        return None
    return max((int(total) for total, _ in counts), default=0), max((int(split) for _, split in counts), default=0)


def limits(settings):
    """Folder in the volume → GiB."""
    folders = {f"/{folder['name']}": folder["quota"] for folder in settings["folders"]}
    return {path: limit for path, limit in {"/": settings["quota"], **folders}.items() if limit > 0}


def used(path):
    """(limit, bytes used) of a folder; None without a limit."""
    found = run("volume", "quota", NAME, "list", path).find(".//limit")
    if found is None or not (found.findtext("hard_limit") or "").isdigit():
        return None
    return int(found.findtext("hard_limit")), int(found.findtext("used_space") or 0)
