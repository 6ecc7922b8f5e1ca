"""The samplers of one job: one here and one on each node that works for it, whose lines come together in one table."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path
from typing import IO

from .sample import COLUMNS

PROGRAM = "/opt/muster/current/bin/job"
# An ssh each, 5 MiB of this node's memory.
MOST_NODES = 64
END_SECONDS = 10


class Watch:
    """`metrics.csv`, written as the lines come. A node that cannot be asked is noted, the job goes on."""

    def __init__(self, spec: dict, here: str, login: str, file: Path):
        self.notes: list[str] = []
        self.told: set[str] = set()
        # Sparks of no YARN are known by what their executors carry.
        self.seen: set[str] = set()
        self.lock = threading.Lock()
        self.file = file.open("w", encoding="utf-8", buffering=1)
        self.file.write(",".join(COLUMNS) + "\n")
        others = [node for node in spec["watch"] if node != here]
        if len(others) > MOST_NODES:
            self.notes.append(f"figures of {MOST_NODES} of {len(others)} nodes only")
        words = [PROGRAM, "sample", spec["id"], "--name", spec["name"], "--user", spec["user"]]
        words += ["--every", str(spec["sampleSeconds"])]
        ssh = ["/usr/sbin/runuser", "-u", login, "--", "ssh", "-T", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
        self.samplers = {here: self._start(here, words)}
        for node in others[:MOST_NODES]:
            self.samplers[node] = self._start(node, [*ssh, node, "sudo", "-n", *words])

    def _start(self, node: str, argv: list[str]) -> subprocess.Popen:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        child = subprocess.Popen(argv, **pipes, text=True, errors="replace", cwd="/", start_new_session=True)
        child.readers = [  # type: ignore[attr-defined]
            threading.Thread(target=self._table, args=(child.stdout,), daemon=True),
            threading.Thread(target=self._complaints, args=(node, child.stderr), daemon=True),
        ]
        for reader in child.readers:  # type: ignore[attr-defined]
            reader.start()
        return child

    def _table(self, lines: IO[str]) -> None:
        for line in lines:
            words = line.split(",")
            if len(words) != len(COLUMNS):
                continue
            with self.lock:
                self.file.write(line)
                if re.fullmatch(r"app-[\w-]+", words[2]):
                    self.seen.add(words[2])

    def _complaints(self, node: str, lines: IO[str]) -> None:
        for line in lines:
            with self.lock:
                if line.strip() and len(self.notes) < 20:
                    self.notes.append(f"figures of {node}: {line.strip()[:200]}")

    def tell(self, applications: set[str]) -> None:
        new = applications - self.told
        self.told |= new
        for sampler in self.samplers.values() if new else ():
            try:
                sampler.stdin.write("".join(f"{application}\n" for application in sorted(new)))
                sampler.stdin.flush()
            except OSError:
                pass

    def end(self) -> None:
        """Their stdin's end is theirs."""
        for sampler in self.samplers.values():
            try:
                sampler.stdin.close()
            except OSError:
                pass
        for node, sampler in self.samplers.items():
            try:
                sampler.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                sampler.kill()
                sampler.wait()
                self.notes.append(f"figures of {node}: its last ones are missing")
            for reader in sampler.readers:  # type: ignore[attr-defined]
                reader.join(END_SECONDS)
        with self.lock:
            self.file.close()
