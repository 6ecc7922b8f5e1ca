"""Runs a playbook on this node by the bundle's own Ansible."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from muster_node.events import Events
from muster_node.lock import RUN

BUNDLE = Path(__file__).resolve().parent.parent.parent
OLDEST_PYTHON = (3, 11)
PR_SET_PDEATHSIG = 1
RUN_ANSIBLE = "import muster_node.playbook"


class Failed(Exception):
    """A playbook did not come to its end; the text says which task and why."""


class RebootAsked(Exception):
    """A playbook wants the node rebooted before it goes on; the text says which task."""


def choose_python() -> None:
    """Goes on in a Python that ansible-core runs on, where the system's own is older."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in (13, 12, 11):
        found = shutil.which(f"python3.{minor}")
        if found:
            os.execv(found, [found, *sys.argv])
    sys.exit(f"{Path(sys.argv[0]).name}: needs Python >= 3.11, found {platform.python_version()}: apt-get install python3.11")


def run_playbook(
    playbook: Path,
    variables: dict,
    events: Events,
    inventory: str = "localhost,",
    check: bool = False,
    environment: dict[str, str] | None = None,
) -> int:
    """
    Number of tasks that changed something; all that Ansible says goes to stdout as it comes. Raises Failed. The variables
    go over in a file that only root reads: secrets never stand in argv.
    """
    file = RUN / "variables.json"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        json.dump(variables, written)
    try:
        code, output, result = _run(playbook, file, events, inventory, check, environment or {})
    finally:
        file.unlink(missing_ok=True)
    if "reboot" in result:
        raise RebootAsked(result["reboot"])
    if code != 0 or "changed" not in result:
        raise Failed(result.get("failed") or _last_error(output))
    return result["changed"]


def _run(
    playbook: Path, variables: Path, events: Events, inventory: str, check: bool, more: dict[str, str]
) -> tuple[int, str, dict]:
    """Exit code, the last part of what Ansible said, and the callback's result."""
    result = RUN / "ansible.result"
    result.unlink(missing_ok=True)
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{BUNDLE / 'kit'}:{BUNDLE / 'lib'}",
        "ANSIBLE_CONFIG": str(BUNDLE / "roles/ansible.cfg"),
        "ANSIBLE_HOME": "/var/lib/muster/ansible",
        "ANSIBLE_LOCAL_TEMP": "/run/muster/ansible",
        "ANSIBLE_NOCOLOR": "1",
        # -S leaves out the system's packages; modules run in children that must be as clean.
        "PYTHONNOUSERSITE": "1",
        "MUSTER_RESULT": str(result),
        **more,
    }
    if events.path:
        environment["MUSTER_EVENTS"] = events.path
    argv = [sys.executable, "-S", "-c", RUN_ANSIBLE, "-i", inventory, "-c", "local", "-e", f"@{variables}"]
    argv += ["-e", f"ansible_python_interpreter={sys.executable}", *(["--check"] if check else []), str(playbook)]
    tail: list[str] = []
    with subprocess.Popen(
        argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=_end_with_parent,
    ) as process:  # fmt: skip
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            tail = [*tail[-99:], line]
    found = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
    return process.returncode, "".join(tail), found


def _end_with_parent() -> None:
    """The lock is the parent's: Ansible must not go on without it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("ERROR!", "[ERROR]", "fatal:"))]
    return (marked or lines or ["Ansible failed without saying why"])[-1 if not marked else 0]
