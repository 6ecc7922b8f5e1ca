"""What the programs and check scripts on a node share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CONFIG = Path("/etc/muster")
STATE = Path("/var/lib/muster")
DAEMONS = CONFIG / "daemons"


def view() -> dict[str, Any]:
    """This node's view of the cluster."""
    return json.loads((CONFIG / "cluster.json").read_text(encoding="utf-8"))


def secrets() -> dict[str, str]:
    """Shared secrets by name; empty where the node has none."""
    path = CONFIG / "secrets.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
