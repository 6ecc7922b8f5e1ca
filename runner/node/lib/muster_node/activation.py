"""Which daemons must be started, restarted, reloaded or stopped, and doing it."""

from __future__ import annotations

import itertools
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from . import manifest as manifests_of
from . import systemd
from .events import Events
from .manifest import Manifest
from .names import wait_for_own_name
from .systemd import Failed

NAME_SECONDS = 120
STAYS_SECONDS = 1
# A daemon that may end and ask again is seen as ended for a moment.
RESTART_SECONDS = 2
PROBE_PAUSE_SECONDS = 0.5
# One try of a readiness probe; probes that hang must not eat the whole deadline.
PROBE_SECONDS = 30


@dataclass
class Plan:
    """Daemon names by what is due."""

    start: list[str] = field(default_factory=list)
    restart: list[str] = field(default_factory=list)
    reload: list[str] = field(default_factory=list)
    stop: list[str] = field(default_factory=list)

    def action(self, name: str) -> str | None:
        return next((verb for verb in ("start", "restart", "reload") if name in getattr(self, verb)), None)

    def count(self) -> int:
        return len(self.start) + len(self.restart) + len(self.reload) + len(self.stop)


def plan(manifests: list[Manifest], only: set[str] | None = None) -> Plan:
    """Compares what daemons were started with to what they would be started with now."""
    due = Plan()
    states = systemd.active_states([manifest.unit for manifest in manifests])
    for manifest in manifests:
        if only is not None and manifest.name not in only:
            continue
        verb = _due(manifest, states[manifest.unit])
        if verb:
            getattr(due, verb).append(manifest.name)
    known = {manifest.name for manifest in manifests}
    due.stop = [name for name in manifests_of.stamps() if name not in known and (only is None or name in only)]
    return due


def _due(manifest: Manifest, state: str) -> str | None:
    if state not in ("active", "reloading"):
        return "restart" if state in ("activating", "deactivating") else "start"
    stamp, now = manifest.stamp(), manifest.fingerprint()
    if stamp is None or stamp["files"] != now["files"] or stamp["unit"] != now["unit"]:
        return "restart" if manifest.restart else "reload"
    return "reload" if stamp["reloadFiles"] != now["reloadFiles"] else None


def activate(view: dict, manifests: list[Manifest], due: Plan, events: Events) -> None:
    """Brings the plan about. Raises Failed; what succeeded until then is remembered, the rest stays due."""
    systemd.reload_units_if_changed()
    for name in due.stop:
        unit = manifests_of.stamps()[name]["unit"]
        events.progress(f"Stop {name}")
        systemd.remove(unit)
        manifests_of.forget(name)
    wanted = [manifest for manifest in manifests if due.action(manifest.name)]
    systemd.enable([manifest.unit for manifest in wanted])
    for _, group in itertools.groupby(wanted, key=lambda manifest: manifest.order):
        _together(view, list(group), due, events)


def _together(view: dict, group: list[Manifest], due: Plan, events: Events) -> None:
    """Daemons of the same order at once; all of them end before a failure is reported."""
    if any(manifest.needsNames and due.action(manifest.name) != "reload" for manifest in group):
        events.progress("Wait until this node's name resolves both ways")
        wrong = wait_for_own_name(view, NAME_SECONDS)
        if wrong:
            raise Failed(f"this node's name does not resolve both ways after {NAME_SECONDS} s: {wrong}")
    for manifest in group:
        events.progress(f"{(due.action(manifest.name) or '').capitalize()} {manifest.name}")
    with ThreadPoolExecutor(max_workers=len(group)) as pool:
        jobs = [pool.submit(_bring, manifest, due.action(manifest.name) or "start") for manifest in group]
    problems = [str(error) for error in (job.exception() for job in jobs) if error]
    if problems:
        raise Failed("; ".join(problems))


def _bring(manifest: Manifest, verb: str) -> None:
    deadline = time.monotonic() + manifest.readySeconds
    # Taken before: files that change meanwhile are seen as a difference next time.
    fingerprint = manifest.fingerprint()
    if verb == "reload" and manifest.reload:
        _run_reload(manifest)
    else:
        if verb != "reload":
            # A unit that failed too often in a row refuses to start until this is forgotten.
            systemd.systemctl("reset-failed", manifest.unit)
        outcome = systemd.systemctl(verb, manifest.unit, seconds=manifest.readySeconds + systemd.CALL_SECONDS)
        if outcome.returncode != 0:
            raise Failed(f"{manifest.unit} does not {verb}: {systemd.last_words(manifest.unit)}")
    _wait_until_ready(manifest, deadline)
    if verb != "reload":
        time.sleep(0 if manifest.ready else STAYS_SECONDS)
        _must_be_active(manifest)
    manifest.write_stamp(fingerprint)


def expect_ready(manifests: list[Manifest]) -> None:
    """Waits for daemons that are up. Raises Failed."""
    for manifest in manifests:
        _wait_until_ready(manifest, time.monotonic() + manifest.readySeconds)
        _must_be_active(manifest)


def _run_reload(manifest: Manifest) -> None:
    try:
        outcome = _as_user(manifest.readyUser, manifest.reload, manifest.readySeconds)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{manifest.unit}: reload did not end within {manifest.readySeconds:.0f} s") from error
    except OSError as error:
        raise Failed(f"{manifest.unit}: reload: {error}") from error
    if outcome.returncode != 0:
        said = _last_line(outcome) or f"exit code {outcome.returncode}"
        raise Failed(f"{manifest.unit}: reload: {said}")


def _wait_until_ready(manifest: Manifest, deadline: float) -> None:
    said = ""
    while manifest.ready:
        _must_be_active(manifest)
        try:
            outcome = _as_user(manifest.readyUser, manifest.ready, PROBE_SECONDS)
            if outcome.returncode == 0:
                return
            said = _last_line(outcome)
        except subprocess.TimeoutExpired:
            said = f"its probe did not answer within {PROBE_SECONDS} s"
        except OSError as error:
            raise Failed(f"{manifest.unit}: probe: {error}") from error
        if time.monotonic() >= deadline:
            words = said or systemd.last_words(manifest.unit)
            raise Failed(f"{manifest.unit} is not ready after {manifest.readySeconds:.0f} s: {words}")
        time.sleep(PROBE_PAUSE_SECONDS)


def _must_be_active(manifest: Manifest) -> None:
    """Raises Failed when the unit has ended, and systemd does not start it again of itself."""
    if _has_ended(manifest.unit):
        time.sleep(RESTART_SECONDS)
        if _has_ended(manifest.unit):
            raise Failed(f"{manifest.unit} ended: {systemd.last_words(manifest.unit)}")


def _has_ended(unit: str) -> bool:
    return systemd.active_states([unit])[unit] in ("failed", "inactive")


def _as_user(user: str, argv: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
    argv = argv if user == "root" else ["runuser", "-u", user, "--", *argv]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL, cwd="/"
    )


def _last_line(outcome: subprocess.CompletedProcess[str]) -> str:
    lines = (outcome.stderr or outcome.stdout).strip().splitlines()
    return lines[-1].strip() if lines else ""
