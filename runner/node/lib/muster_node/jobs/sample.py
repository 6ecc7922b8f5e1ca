"""Looks at a job's processes on this node now and then: for its supervisor as lines of CSV, for Prometheus as a file that the
node exporter reads."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

from .processes import Figures, Processes, Totals, stamp

COLUMNS = ("time", "node", "application", "pid", "program", "cpu_seconds", "memory_mib", "read_mib", "written_mib")
FIGURES = Path("/run/muster/figures")
# What a job's last file is left for: a look of Prometheus.
AFTERGLOW_SECONDS = 60
MIB = 1 << 20


def row(node: str, at: float, figures: Figures) -> str:
    amounts = (figures.memory, figures.read, figures.written)
    words = [at, node, figures.application, figures.pid, figures.program, round(figures.cpu_seconds, 2)]
    return ",".join(str(word) for word in [*words, *(round(amount / MIB, 1) for amount in amounts)])


def exposition(labels: dict[str, str], totals: Totals) -> str:
    """What Prometheus is told: by application, the job's own processes on the node it was submitted on being of none."""
    kinds = {
        "muster_job_processes": ("gauge", lambda app: sum(1 for f in totals.of(app) if f in totals.present)),
        "muster_job_memory_bytes": ("gauge", lambda app: totals.now.get(app, 0)),
        "muster_job_cpu_seconds_total": ("counter", lambda app: sum(f.cpu_seconds for f in totals.of(app))),
        "muster_job_read_bytes_total": ("counter", lambda app: sum(f.read for f in totals.of(app))),
        "muster_job_written_bytes_total": ("counter", lambda app: sum(f.written for f in totals.of(app))),
    }
    lines = []
    for name, (kind, value) in kinds.items():
        lines.append(f"# TYPE {name} {kind}")
        for application in sorted(totals.peak):
            told = {**labels, "application": application}
            text = ",".join(f'{label}="{value_}"' for label, value_ in told.items())
            lines.append(f"{name}{{{text}}} {round(value(application), 2)}")
    return "\n".join(lines) + "\n"


class Exported:
    """The file of one job. Of a sampler that was killed it goes with the next job's."""

    def __init__(self, job: str, labels: dict[str, str]):
        self.labels = labels
        self.file = FIGURES / f"{job}.prom"
        FIGURES.mkdir(parents=True, exist_ok=True)
        FIGURES.chmod(0o755)
        for other in FIGURES.glob("*.prom"):
            if time.time() - other.stat().st_mtime > 2 * AFTERGLOW_SECONDS:
                other.unlink(missing_ok=True)

    def write(self, totals: Totals) -> None:
        draft = self.file.with_suffix(".new")
        draft.write_text(exposition(self.labels, totals), encoding="ascii")
        draft.chmod(0o644)
        draft.rename(self.file)

    def leave(self) -> None:
        """A while after this process has ended."""
        later = ["systemd-run", "--quiet", "--collect", f"--on-active={AFTERGLOW_SECONDS}", "rm", "-f", str(self.file)]
        subprocess.run(later, check=False, timeout=30, stdin=subprocess.DEVNULL)


def run(job: str, node: str, labels: dict[str, str], seconds: float) -> None:
    """Until stdin ends. Lines that come there name the job's applications, as they become known."""
    # Whoever has work goes first.
    os.nice(5)
    processes, totals, exported = Processes(job), Totals(), Exported(job, labels)
    stdin, open_ = sys.stdin.buffer, True
    os.set_blocking(stdin.fileno(), False)
    with selectors.DefaultSelector() as pipes:
        pipes.register(stdin, selectors.EVENT_READ)
        while open_:
            found = processes.look()
            totals.add(found)
            at = stamp()
            sys.stdout.write("".join(f"{row(node, at, figures)}\n" for figures in found))
            sys.stdout.flush()
            if totals.peak:
                exported.write(totals)
            until = time.monotonic() + seconds
            while open_ and (left := until - time.monotonic()) > 0:
                if pipes.select(left):
                    text = stdin.read()
                    open_ = text != b""
                    processes.applications.update((text or b"").decode().split())
    if totals.peak:
        exported.leave()
