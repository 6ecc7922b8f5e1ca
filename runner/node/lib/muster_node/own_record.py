"""What this node remembers of the user's own steps: by which digest each was run, which files it wrote, what it said."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import muster_node

RECORDS = muster_node.STATE / "own"
LOGS = Path("/var/log/muster/own")


def file_name(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def log_of(name: str) -> Path:
    return LOGS / f"{file_name(name)}.log"


def load(name: str) -> dict:
    return muster_node.load(RECORDS / f"{file_name(name)}.json")


def every() -> Iterable[tuple[Path, dict]]:
    """All records, each with its file."""
    return [(path, json.loads(path.read_text(encoding="utf-8"))) for path in RECORDS.glob("*.json")]


def keep(name: str, record: dict) -> None:
    muster_node.keep(RECORDS / f"{file_name(name)}.json", record)


def remove(paths: list[str]) -> int:
    there = [path for path in paths if os.path.lexists(path)]
    for path in there:
        os.unlink(path)
    return len(there)
