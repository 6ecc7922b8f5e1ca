"""One run at a time on a node."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from pathlib import Path

RUN = Path("/run/muster")


class Locked(Exception):
    """Somebody else holds the lock."""


@contextmanager
def exclusive(name: str, wait_seconds: float = 0):
    """Holds `/run/muster/<name>.lock`; the kernel gives it back when the process ends, however it ends."""
    RUN.mkdir(mode=0o755, exist_ok=True)
    path = RUN / f"{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait_seconds
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(descriptor, 32, 0).decode().strip()
                    raise Locked(f"another {name} runs on this node (pid {holder or 'unknown'})") from None
                time.sleep(0.2)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
