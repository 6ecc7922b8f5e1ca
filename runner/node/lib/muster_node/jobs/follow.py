"""A job's output as it comes, from a given place on: so a line that was lost is taken up where it broke."""

from __future__ import annotations

import os
import sys
import time

from . import folder_of, is_supervised, is_started, spec_of

# The code of an answer that is not the last one.
MORE = 10
# Of one answer: who reads slowly must not have it all in memory.
MOST = 8 << 20
CHUNK = 64 * 1024
LOOK_SECONDS = 0.15


def follow(job: str, stdout: int, stderr: int, seconds: float) -> int:
    """0 when the command has ended and all of it was told, else after `seconds` or so many bytes `MORE`."""
    spec_of(job)
    folder = folder_of(job)
    until = time.monotonic() + seconds
    sent = 0
    files = {}
    next_look = time.monotonic() + 2
    while True:
        # Looked at before the files: nothing is written to them after.
        ended = (folder / "result.json").exists()
        if not ended and time.monotonic() > next_look:
            next_look = time.monotonic() + 2
            ended = not is_supervised(folder) and not is_started(job)
        moved = False
        for name, out, place in (("stdout", sys.stdout.buffer, stdout), ("stderr", sys.stderr.buffer, stderr)):
            if name not in files:
                path = folder / "home" / name
                if not path.exists():
                    continue
                files[name] = os.open(path, os.O_RDONLY)
                os.lseek(files[name], place, os.SEEK_SET)
            while sent < MOST and (part := os.read(files[name], CHUNK)):
                out.write(part)
                sent += len(part)
                moved = True
            out.flush()
        if sent >= MOST:
            return MORE
        if ended and not moved:
            return 0
        if time.monotonic() > until:
            return MORE
        if not moved:
            time.sleep(LOOK_SECONDS)
