"""Runs prepare and activate as one systemd unit at a time, which a lost connection does not end and a later one joins."""

import fcntl
import json
import os
import subprocess
import time

import muster_state

RUNS = muster_state.STATE + "/runs"
CURRENT = RUNS + "/current.json"
LOGS = "/var/log/muster"
LONGEST_LOG = 1 << 20


def is_active(unit):
    shown = subprocess.run(["systemctl", "is-active", unit], stdout=subprocess.PIPE, timeout=20).stdout.decode().strip()
    return shown in ("active", "activating", "deactivating", "reloading")


def is_locked(file):
    """Whether the step's process holds it. Costs nothing; one that has just begun, or an older one, does not lock yet."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def run(request, send):
    """Starts the step, or joins it when it runs already (same "key") or was ours ("token"); follows it to its end."""
    events, log = "%s/%s.events" % (RUNS, request["step"]), "%s/%s.log" % (LOGS, request["step"])
    until = time.monotonic() + request["seconds"]
    os.makedirs(RUNS, mode=0o700, exist_ok=True)
    os.makedirs(LOGS, mode=0o750, exist_ok=True)
    waited = False
    while True:
        unit = start_or_join(request, events, log)
        if unit is not None:
            break
        if not waited:
            send({"state": "progress", "text": "waits for an earlier run on this node"})
            waited = True
        if time.monotonic() > until:
            return {"state": "failed", "text": "an earlier run on this node did not end in time", "log": ""}
        time.sleep(0.2)
    return follow(unit, events, log, request.get("seen", 0), until, send)


def start_or_join(request, events, log):
    """The unit when it is this run's; None while another one is in the way."""
    with open(RUNS + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = muster_state.load(CURRENT) or {}
        unit = current.get("unit")
        mine = {"key": request["key"], "token": request["token"], "unit": unit}
        same = current.get("key") == request["key"]
        if unit is not None and is_active(unit):
            if same:
                muster_state.write(CURRENT, json.dumps(mine), 0o600)
            return unit if same else None
        if unit is not None and same and current.get("token") == request["token"]:
            return unit
        with open(events, "w"):
            pass
        if os.path.exists(log) and os.path.getsize(log) > LONGEST_LOG:
            os.rename(log, log + ".old")
        # A name of its own: systemd may take long to forget a unit that has ended, where containers share control groups
        # for as long as another host's unit of that name works.
        unit = mine["unit"] = "muster-%s-%d.service" % (request["step"], time.time_ns())
        muster_state.write(CURRENT, json.dumps(mine), 0o600)
        start_unit(
            ["systemd-run", "--quiet", "--collect", "--unit=" + unit, "--service-type=exec"]
            + ["-p", "RuntimeMaxSec=%d" % request["seconds"], "-p", "TimeoutStopSec=5"]
            + ["-p", "StandardOutput=append:" + log, "-p", "StandardError=append:" + log]
            + ["--setenv=HOME=/root", "--setenv=LANG=C.UTF-8", "--setenv=PATH=" + muster_state.PATH]
            + request["argv"]
            + ["--events", events],
            request["step"],
        )
        return unit


def start_unit(argv, step):
    started = subprocess.run(argv, stderr=subprocess.PIPE, timeout=60)
    if started.returncode != 0:
        said = started.stderr.decode("utf-8", "replace").strip() or "exit code %d" % started.returncode
        raise RuntimeError("systemd does not start %s: %s" % (step, said))


def follow(unit, events, log, seen, until, send):
    count, half = 0, b""
    last_look = last_word = time.monotonic()
    gone = False
    with open(events, "rb") as file:
        while True:
            chunk = file.read()
            lines = (half + chunk).split(b"\n")
            half = lines.pop()
            for line in lines:
                event = parse(line)
                if event is None:
                    continue
                count += 1
                if event.get("state") == "done":
                    return event
                if event.get("state") == "failed":
                    return dict(event, log=tail(log))
                if count > seen:
                    send(dict(event, index=count))
            if gone:
                return {"state": "failed", "text": silent_end(log), "log": tail(log)}
            now = time.monotonic()
            if chunk:
                last_word = now
            if now > until + 10:
                subprocess.run(["systemctl", "kill", "--signal=KILL", unit], timeout=20)
                return {"state": "failed", "text": "took longer than allowed", "log": tail(log)}
            if not chunk and now - last_look > 1:
                last_look = now
                # One more look at the file after the unit is gone: its last words may have come in between.
                gone = not is_locked(file) and not is_active(unit)
            elif not chunk:
                # Long silence may be seen a little later than what follows at once.
                time.sleep(0.1 if now - last_word < 2 else 0.25)


def silent_end(log):
    """Why a step may have ended without saying so."""
    for folder in (RUNS, LOGS):
        if os.statvfs(folder).f_bavail == 0:
            return "No space left on device: %s" % folder
    last = (tail(log).strip().splitlines() or ["nothing in its log"])[-1]
    return "ended without a result: %s" % last[-500:]


def parse(line):
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def tail(path, size=16 * 1024):
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
