"""The NameNode's list of DataNodes (`dfs.hosts`): who may register, and who is leaving.

It lies beside the store, not among the configuration: the configuration says who is wanted, and wanting somebody no more is
not enough to shut it out. Members are added here when they are wanted; only `leave` marks and removes them.
"""

import json
from pathlib import Path

from hdfs_store import write_durably

LIST = Path("/data/hdfs/members.json")
WANTED = Path("/etc/hadoop/datanodes.json")

# Addresses, not names: the NameNode resolves the list while it reads it and drops whom it can't resolve.


def read(path=LIST):
    """Address -> None, or its state, e.g. DECOMMISSIONED."""
    if not path.exists():
        return {}
    return {entry["hostName"]: entry.get("adminState") for entry in json.loads(path.read_text())}


def write(members, path=LIST):
    """True when that changed the list."""
    if path.exists() and read(path) == members:
        return False
    entries = [
        {"hostName": address, **({"adminState": state} if state else {})} for address, state in sorted(members.items())
    ]
    write_durably(path, json.dumps(entries, indent=1) + "\n")
    path.chmod(0o644)
    return True


def with_wanted(members, wanted):
    """Everybody wanted is in; nobody is removed, and who is leaving goes on leaving, also when the NameNode starts meanwhile."""
    return {**{address: None for address in wanted}, **members}


def taken_back(members, configured, wanted):
    """Who is wanted after all: marked as leaving, or gone from the list by a leaving that nothing came of."""
    marked = {address for address in wanted if members.get(address)}
    return sorted(marked | {address for address in configured if address in wanted and address not in members})


def wanted(path=WANTED):
    return [member["address"] for member in json.loads(path.read_text())]
