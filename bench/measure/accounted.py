#!/usr/bin/env python3
"""accounted.py FILE COMMAND…: runs a command and writes to FILE what it and everything below it cost, as JSON.

Also what made itself independent of the command, as SSH's shared connections do: it becomes this program's child, is
ended after the command and counted.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 5


def main() -> int:
    file, *argv = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    started = time.monotonic()
    command = subprocess.Popen(argv)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: command.send_signal(received))
    code = command.wait()
    seconds = time.monotonic() - started
    end_the_rest()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(file, "w", encoding="utf-8") as result:
        json.dump({"seconds": seconds, "cpuSeconds": usage.ru_utime + usage.ru_stime}, result)
    return code if code >= 0 else 128 - code


def end_the_rest() -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        for pid in children():
            os.kill(pid, signal.SIGTERM)
        try:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        except ChildProcessError:
            return
        time.sleep(0.05)
    sys.exit(f"accounted: {children()} did not end")


def children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


if __name__ == "__main__":
    sys.exit(main())
