"""What the programs and check scripts on a node share."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

CONFIG = Path("/etc/muster")
STATE = Path("/var/lib/muster")
DAEMONS = CONFIG / "daemons"


def view() -> dict[str, Any]:
    """This node's view of the cluster."""
    return json.loads((CONFIG / "cluster.json").read_text(encoding="utf-8"))


def keep(path: Path, record: dict[str, Any]) -> None:
    """Replaces a file of JSON as a whole, and waits for the disk: what is remembered was done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def load(path: Path) -> dict[str, Any]:
    """What `keep` kept; empty where there is none, or none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def secrets() -> dict[str, str]:
    """Shared secrets by name; empty where the node has none."""
    path = CONFIG / "secrets.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
