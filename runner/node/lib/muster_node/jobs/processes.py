"""Which processes of a node are a job's, and what they took of it so far: read from /proc."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from . import MARK

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
# A process may become another program, with another environment, and in its first moments does: a container's prepare its folder.
YOUNG_SECONDS = 60
CONTAINER = re.compile(rb"(?:^|\0)CONTAINER_ID=container_(?:e\d+_)?(\d+_\d+)_\d+_\d+\0")
SPARK_WORKER = re.compile(rb"(?:^|\0)SPARK_LOG_URL_STD(?:OUT|ERR)=[^\0]*appId=(app-[\w-]+)")
CLASS = re.compile(rb"(?:[a-z_]\w*\.)+([A-Z]\w*)")


@dataclass(frozen=True)
class Figures:
    """What one process took since it began."""

    pid: int
    began: int
    application: str
    program: str
    cpu_seconds: float
    memory: int
    read: int
    written: int


class Processes:
    """A job's own: those that carry its mark, and those in containers of its applications."""

    def __init__(self, job: str, proc: str = "/proc"):
        self.mark = re.compile(rb"(?:^|\0)%s=%s\0" % (MARK.encode(), re.escape(job.encode())))
        self.proc = Path(proc)
        self.applications: set[str] = set()
        self.known: dict[tuple[int, int], tuple[bool, str]] = {}

    def look(self) -> list[Figures]:
        found, seen = [], {}
        for name in filter(str.isdigit, os.listdir(self.proc)):
            try:
                figures = self._figures(name, seen)
            except (OSError, ValueError, IndexError):
                continue
            if figures:
                found.append(figures)
        self.known = seen
        return found

    def _figures(self, name: str, seen: dict) -> Figures | None:
        folder = self.proc / name
        # The program's name, in parentheses, may hold anything.
        fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        if fields[0] in (b"Z", b"X"):
            return None
        key = (int(name), int(fields[19]))
        marked, application = self.known.get(key) or self._identity(folder)
        if application or self._age(key[1]) > YOUNG_SECONDS:
            seen[key] = (marked, application)
        if not marked and application not in self.applications:
            return None
        read, written = self._traffic(folder)
        return Figures(
            pid=key[0],
            began=key[1],
            application=application,
            program=self._program(folder),
            cpu_seconds=(int(fields[11]) + int(fields[12])) / TICKS,
            memory=int(fields[21]) * PAGE,
            read=read,
            written=written,
        )

    def _identity(self, folder: Path) -> tuple[bool, str]:
        environment = (folder / "environ").read_bytes() + b"\0"
        container, worker = CONTAINER.search(environment), SPARK_WORKER.search(environment)
        application = f"application_{container[1].decode()}" if container else worker[1].decode() if worker else ""
        return bool(self.mark.search(environment)), application

    def _program(self, folder: Path) -> str:
        words = (folder / "cmdline").read_bytes().split(b"\0")
        name = os.path.basename(words[0]) or b"?"
        if name == b"java":
            classes = (CLASS.fullmatch(word) for word in words[1:])
            name = next((found[1] for found in classes if found), name)
        return re.sub(r"[^\w.+-]", "_", name.decode("utf-8", "replace"))[:60]

    def _age(self, began: int) -> float:
        return float((self.proc / "uptime").read_text().split()[0]) - began / TICKS

    def _traffic(self, folder: Path) -> tuple[int, int]:
        """With disks; the kernel tells it of processes whose user we may be."""
        try:
            lines = dict(line.split(b": ") for line in (folder / "io").read_bytes().splitlines())
        except (OSError, ValueError):
            return 0, 0
        return int(lines[b"read_bytes"]), int(lines[b"write_bytes"])


class Totals:
    """By application: what its processes took, those that have ended included, as far as they were seen."""

    def __init__(self) -> None:
        self.last: dict[tuple[int, int], Figures] = {}
        self.present: set[Figures] = set()
        self.now: dict[str, int] = {}
        self.peak: dict[str, int] = {}

    def add(self, found: list[Figures]) -> None:
        now: dict[str, int] = {}
        for figures in found:
            self.last[figures.pid, figures.began] = figures
            now[figures.application] = now.get(figures.application, 0) + figures.memory
        self.present, self.now = set(found), now
        for application, memory in now.items():
            self.peak[application] = max(memory, self.peak.get(application, 0))

    def of(self, application: str) -> list[Figures]:
        return [figures for figures in self.last.values() if figures.application == application]


def stamp() -> float:
    return round(time.time(), 1)
