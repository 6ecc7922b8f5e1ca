"""The ResourceManager's lists of NodeManagers: `include` (who may register) and `exclude` (who is leaving), a name a line.

They are state, not configuration: the configuration says who is wanted, and wanting somebody no more is not enough to shut it
out. Members are added here when they are wanted; only `leave` excludes and removes them.
"""

import json
import os
from pathlib import Path

FOLDER = Path("/var/lib/hadoop-yarn/members")
WANTED = Path("/etc/hadoop/nodemanagers.json")


def read(name, folder=FOLDER):
    file = folder / name
    return set(file.read_text().split()) if file.exists() else set()


def write(name, hosts, folder=FOLDER):
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.new"
    with open(draft, "w") as file:
        file.write("".join(f"{host}\n" for host in sorted(hosts)))
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o644)
    os.replace(draft, folder / name)


def wanted(path=WANTED):
    return {member["fqdn"] for member in json.loads(path.read_text())}


def add(hosts, folder=FOLDER):
    """Everybody wanted is in; nobody is removed, and who is leaving goes on leaving, also when the ResourceManager starts meanwhile."""
    write("include", read("include", folder) | hosts, folder)
    write("exclude", read("exclude", folder), folder)


def taken_back(include, exclude, configured, hosts):
    """Who is wanted after all: excluded, or gone from the list by a leaving that nothing came of."""
    return (exclude & hosts) | ((configured & hosts) - include)
