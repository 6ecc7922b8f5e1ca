"""Checks of what all nodes share: each writes a line into it, and reads what the next one of them has just written.

Whatever may have to wait for a server is done by a process of its own, which has a deadline.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import muster_node

# Where everybody may write: made by whoever serves.
FOLDER = ".muster-check"
SECONDS = 20
# A server that has just started lets nobody open a file until its clients of before had their chance.
GRACE = 50
PAUSE = 2
# What is older was written for an earlier verification.
FRESH = 900

READ = "import sys; sys.stdout.write(open(sys.argv[1]).read())"
WRITE = "import sys; open(sys.argv[1], 'x').write(sys.argv[2])"
LIST = "import os, sys; print(*os.listdir(sys.argv[1]), sep='\\n')"
REMOVE = "import os, sys; os.unlink(sys.argv[1])"


class Failed(Exception):
    pass


class Mounted:
    """Shared folders as programs on this node see them. `way`: how they come here; `server`: who may not answer."""

    def __init__(self, way: str, server: str):
        self.way = way
        self.server = server

    def write(self, place: dict[str, Any], name: str, text: str) -> None:
        self.run(place, [sys.executable, "-IS", "-c", WRITE, self._path(place, name), text])

    def read(self, place: dict[str, Any], name: str) -> str:
        return self.run(place, [sys.executable, "-IS", "-c", READ, self._path(place, name)])

    def names(self, place: dict[str, Any]) -> list[str]:
        """Of the files that checks wrote."""
        return self.run(place, [sys.executable, "-IS", "-c", LIST, self._path(place)]).split()

    def remove(self, place: dict[str, Any], name: str) -> None:
        self.run(place, [sys.executable, "-IS", "-c", REMOVE, self._path(place, name)])

    def _path(self, place: dict[str, Any], name: str = "") -> str:
        mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        if place["path"] not in mounts:
            raise Failed(f"{place['path']} is not mounted")
        return f"{place['path']}/{FOLDER}/{name}"

    def run(self, place: dict[str, Any], argv: list[str], reason: int = -1) -> str:
        """What a program prints. `reason`: the line of its complaints that says what is wrong."""
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{place['path']}: {self.server} did not answer within {SECONDS} s") from None
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        if done.returncode != 0:
            raise Failed(f"{place['path']}: {said[reason] if said else f'exit code {done.returncode}'}")
        return done.stdout


def write(client: Any, places: list[dict[str, Any]]) -> dict[str, Any]:
    """Leaves a line with this node's name and the time in every shared folder."""
    node = muster_node.view()["node"]["name"]
    for place in places:
        until = time.monotonic() + GRACE
        while True:
            try:
                name = f"{node}.{time.time_ns()}"
                client.write(place, name, name)
                break
            except Failed as failure:
                if time.monotonic() > until:
                    return {"ok": False, "detail": str(failure)}
            time.sleep(PAUSE)
    return {"ok": True, "detail": client.way, "way": client.way}


def read(client: Any, places: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    """Whether this node finds in every shared folder what the next one of these nodes has just written there."""
    node = muster_node.view()["node"]["name"]
    other = names[(names.index(node) + 1) % len(names)]
    for place in places:
        try:
            times = [int(name.split(".")[1]) for name in client.names(place) if name.startswith(f"{other}.")]
            newest = max(times, default=0)
            if abs(time.time() - newest / 1e9) > FRESH:
                detail = f"{place['path']}: {other} was to write there, and here nothing of it is seen"
                return {"ok": False, "detail": detail, "missing": [other]}
            found = client.read(place, f"{other}.{newest}")
        except Failed as failure:
            return {"ok": False, "detail": str(failure)}
        if found != f"{other}.{newest}":
            return {"ok": False, "detail": f"{place['path']}: what {other} wrote comes as {found[:80]!r}"}
    return {"ok": True, "detail": client.way, "way": client.way}


def outlived(names: list[str]) -> list[str]:
    """What earlier verifications wrote; one that still goes on wrote it just now."""
    written = [(name, name.rpartition(".")[2]) for name in names]
    return [name for name, when in written if when.isdigit() and time.time() - int(when) / 1e9 > FRESH]
