"""systemctl and journalctl, with a deadline on every call."""

from __future__ import annotations

import subprocess

from .lock import RUN
from .manifest import UNITS, digest

CALL_SECONDS = 60


class Failed(Exception):
    """A unit did not do as told; the text says which and why."""


def systemctl(*arguments: str, seconds: float = CALL_SECONDS) -> subprocess.CompletedProcess[str]:
    argv = ["systemctl", "--no-pager", "--no-ask-password", *arguments]
    try:
        return subprocess.run(
            argv, capture_output=True, text=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"systemctl {' '.join(arguments)}: no end within {seconds:.0f} s") from error


def active_states(units: list[str]) -> dict[str, str]:
    """`active`, `inactive`, `failed`, `activating`, … by unit, in one call."""
    if not units:
        return {}
    return dict(zip(units, systemctl("is-active", *units).stdout.split(), strict=True))


def enable(units: list[str]) -> None:
    """So that they start at boot; one call when all of them do already."""
    if not units:
        return
    states = systemctl("is-enabled", *units).stdout.split()
    if len(states) == len(units):
        units = [unit for unit, state in zip(units, states, strict=True) if state in ("disabled", "masked")]
    if units:
        outcome = systemctl("enable", *units)
        if outcome.returncode != 0:
            raise Failed(f"systemctl enable {' '.join(units)}: {outcome.stderr.strip()}")


def remove(unit: str) -> None:
    """Stops a unit and keeps it from starting at boot, also when its file is gone already."""
    systemctl("stop", unit, seconds=300)
    systemctl("disable", unit)
    for link in UNITS.glob(f"*.wants/{unit}"):
        if link.is_symlink() and not link.exists():
            link.unlink()
    systemctl("reset-failed", unit)


def reload_units_if_changed() -> None:
    """daemon-reload, only when unit files differ from those systemd last read by us since boot."""
    mark = RUN / "units.sha256"
    now = digest([str(UNITS)])
    if mark.exists() and mark.read_text(encoding="ascii") == now:
        return
    outcome = systemctl("daemon-reload")
    if outcome.returncode != 0:
        raise Failed(f"systemctl daemon-reload: {outcome.stderr.strip()}")
    RUN.mkdir(exist_ok=True)
    mark.write_text(now, encoding="ascii")


def last_words(unit: str, lines: int = 3) -> str:
    """What the daemon itself last wrote to the journal, on one line."""
    process = f"_SYSTEMD_UNIT={unit}"
    # What systemd notes in the daemon's name before it starts it comes by another way than the daemon's own words.
    by_daemon = [process, "_TRANSPORT=stdout", "+", process, "_TRANSPORT=syslog"]
    for match in (by_daemon, [process], ["-u", unit]):
        argv = ["journalctl", "--no-pager", "-o", "cat", "-n", str(lines), *match]
        try:
            said = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout
        except subprocess.TimeoutExpired:
            continue
        words = " | ".join(line.strip() for line in said.splitlines() if line.strip() and line != "-- No entries --")
        if words:
            return words
    return "nothing in its journal"


