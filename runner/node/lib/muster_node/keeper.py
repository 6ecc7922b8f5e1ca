"""Runs a program so that nothing of it stays, however it ends, and keeps only so much of what it says."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

PR_SET_CHILD_SUBREAPER = 36
CHUNK = 64 * 1024
LOOK_SECONDS = 0.2
# What a background process that holds the pipes open may still say after the program's own end.
LAST_WORDS_SECONDS = 0.5
TERM_SECONDS, KILL_SECONDS = 1.0, 2.0


@dataclass
class Outcome:
    """The exit code, and of each stream the first and the last bytes."""

    code: int
    stdout: bytes
    stderr: bytes


class _Kept:
    """The first and the last `most / 2` bytes of a stream."""

    def __init__(self, most: int):
        self.half = most // 2
        self.first = b""
        self.last = b""

    def add(self, part: bytes) -> None:
        room = self.half - len(self.first)
        self.first += part[:room]
        self.last = (self.last + part[room:])[-self.half :]

    def bytes(self) -> bytes:
        return self.first + self.last


class _Told(Exception):
    """TERM came."""


def run(
    argv: list[str],
    most: int = 256 * 1024,
    env: dict[str, str] | None = None,
    together: bool = False,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    hear: Callable[[bytes], None] = lambda part: None,
) -> Outcome:
    """
    Runs a program to its end. What it started and left running is ended then, or when this process gets TERM (then
    SystemExit is raised). `together`: stderr goes where stdout goes. `hear` gets all of stdout, as it comes.
    """
    keep_descendants()
    before = signal.signal(signal.SIGTERM, _tell)
    try:
        child = subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if together else subprocess.PIPE,
            env=env,
            cwd="/",
        )
        return _follow(child, most, hear)
    except _Told:
        raise SystemExit(143) from None
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_descendants()
        signal.signal(signal.SIGTERM, before)


def keep_descendants() -> None:
    """Whatever a descendant does (a session of its own, a second fork), it stays a descendant of this process."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _tell(_number: int, _frame: object) -> None:
    raise _Told


def _follow(child: subprocess.Popen, most: int, hear: Callable[[bytes], None]) -> Outcome:
    kept = {stream: _Kept(most) for stream in (child.stdout, child.stderr) if stream}
    until = None
    with selectors.DefaultSelector() as pipes:
        for stream in kept:
            pipes.register(stream, selectors.EVENT_READ)
        while pipes.get_map() and (until is None or time.monotonic() < until):
            for key, _ in pipes.select(LOOK_SECONDS):
                part = os.read(key.fd, CHUNK)
                if not part:
                    pipes.unregister(key.fileobj)
                    continue
                kept[key.fileobj].add(part)
                if key.fileobj is child.stdout:
                    hear(part)
            if until is None and child.poll() is not None:
                until = time.monotonic() + LAST_WORDS_SECONDS
    code = child.wait()
    stderr = kept[child.stderr].bytes() if child.stderr else b""
    return Outcome(code, kept[child.stdout].bytes(), stderr)


def end_descendants() -> None:
    """TERM, after a moment KILL, to all that this process and its children started."""
    for number, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            left = _descendants()
            if not left:
                return
            for pid in left:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)


def _descendants() -> list[int]:
    """Those that live; dead children are reaped."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return []
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state not in "ZX":
            children.setdefault(int(parent), []).append(int(name))
    found = list(children.get(os.getpid(), []))
    for pid in found:
        found += children.get(pid, [])
    return found
