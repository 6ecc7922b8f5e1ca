"""People's jobs on this node: a folder each below `JOBS`, and what is known of them from there.

`spec.json` is what was asked for, `result.json` how the command ended, `work/` where it runs (its user's own), `home/` what
is brought to the person who submitted it, `job.json` in there last: then it is whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from .. import STATE, keep
from ..systemd import systemctl

JOBS = STATE / "jobs"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
# Finished ones of an earlier time make room when a new one comes.
KEPT_SECONDS = 7 * 24 * 3600
# Marks everything that a job starts: in the environment of processes, and as a tag of applications.
MARK = "MUSTER_JOB"


class Refused(Exception):
    """A job is not there, or not as it was asked for; the text is for people."""


def folder_of(job: str) -> Path:
    if not NAME.fullmatch(job):
        raise Refused(f"{job!r} is no job's name")
    return JOBS / job


def unit_of(job: str) -> str:
    return f"muster-job-{job}.service"


def read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def spec_of(job: str) -> dict[str, Any]:
    spec = read(folder_of(job) / "spec.json")
    if spec is None:
        raise Refused(f"there is no job {job} on this node")
    return spec


def create(spec: dict[str, Any], uid: int, gid: int) -> None:
    """Makes a job's folders. Once more for the same job changes nothing: the line may have been lost meanwhile."""
    JOBS.mkdir(parents=True, exist_ok=True)
    os.chmod(JOBS, 0o711)
    forget_old()
    folder = folder_of(spec["id"])
    if (folder / "spec.json").exists():
        return
    for path, mode in ((folder, 0o711), (folder / "home", 0o700), (folder / "work", 0o700)):
        path.mkdir(exist_ok=True)
        os.chmod(path, mode)
    os.chown(folder / "work", uid, gid)
    keep(folder / "spec.json", spec)
    os.chmod(folder / "spec.json", 0o600)


def forget_old() -> None:
    for folder in JOBS.iterdir():
        result = read(folder / "result.json")
        if result and time.time() - result["ended"] > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def is_supervised(folder: Path) -> bool:
    """Whether somebody works for the job: who does holds the lock on its spec from its first moment on."""
    with (folder / "spec.json").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def is_started(job: str) -> bool:
    words = systemctl("is-active", unit_of(job)).stdout.strip()
    return words in ("active", "activating", "deactivating", "reloading")


def stage_of(job: str) -> str:
    """`created`, `running`, `collecting` (its command has ended), `done`, or `lost`: nobody works for it any more."""
    folder = folder_of(job)
    spec_of(job)
    if not (folder / "started").exists():
        return "created"
    working = is_supervised(folder) or is_started(job)
    # In this order: what is done was written before its supervisor ended.
    if (folder / "home" / "job.json").exists():
        return "done"
    if not working:
        return "lost"
    return "collecting" if (folder / "result.json").exists() else "running"


def shown(job: str) -> dict[str, Any]:
    """What lists show of a job."""
    spec, result = spec_of(job), read(folder_of(job) / "result.json") or {}
    told = {key: spec[key] for key in ("id", "name", "user", "command", "submitted")}
    stage = stage_of(job)
    state = result.get("state", stage if stage in ("created", "lost") else "running")
    return {**told, "stage": stage, "state": state, **({"exitCode": result["exitCode"]} if result else {})}


def listed() -> list[dict[str, Any]]:
    """Every job that this node knows, oldest first."""
    if not JOBS.exists():
        return []
    known = [folder.name for folder in JOBS.iterdir() if (folder / "spec.json").exists()]
    return sorted((shown(job) for job in known), key=lambda job: job["submitted"])


def start(job: str, program: str) -> None:
    """A unit of its own, which no lost connection ends. Once more changes nothing."""
    folder = folder_of(job)
    spec_of(job)
    if (folder / "started").exists():
        return
    log = folder / "supervisor.log"
    done = subprocess.run(
        [
            *("systemd-run", "--quiet", "--collect", f"--unit={unit_of(job)}", "--service-type=exec"),
            # TERM is for the supervisor, who ends the rest in order, and gives back what it took in the cluster.
            *("-p", "KillMode=mixed", "-p", "TimeoutStopSec=120", "-p", "OOMPolicy=continue"),
            *("-p", f"StandardOutput=append:{log}", "-p", f"StandardError=append:{log}"),
            *("--setenv=HOME=/root", "--setenv=LANG=C.UTF-8", f"--setenv=PATH={os.environ['PATH']}"),
            *(program, "supervise", job),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # Of two who start it at once, one finds the other's.
    if done.returncode != 0 and not is_started(job):
        raise Refused(f"systemd does not start it: {done.stderr.strip() or f'exit code {done.returncode}'}")
    (folder / "started").touch()
