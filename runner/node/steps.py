"""Runs prepare and activate as one systemd unit at a time, which a lost connection does not end and a later one joins."""

import fcntl
import json
import os
import subprocess
import time

import muster_state

UNIT = "muster-run.service"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RUNS = muster_state.STATE + "/runs"
CURRENT = RUNS + "/current.json"
LOGS = "/var/log/muster"
LONGEST_LOG = 1 << 20
FORGET_SECONDS = 30


def unit_is_active():
    shown = subprocess.run(["systemctl", "is-active", UNIT], stdout=subprocess.PIPE, timeout=20).stdout.decode().strip()
    return shown in ("active", "activating", "deactivating", "reloading")


def run(request, send):
    """Starts the step, or joins it when it runs already (same "key") or was ours ("token"); follows it to its end."""
    events, log = "%s/%s.events" % (RUNS, request["step"]), "%s/%s.log" % (LOGS, request["step"])
    until = time.monotonic() + request["seconds"]
    os.makedirs(RUNS, mode=0o700, exist_ok=True)
    os.makedirs(LOGS, mode=0o750, exist_ok=True)
    waited = False
    while not start_or_join(request, events, log):
        if not waited:
            send({"state": "progress", "text": "waits for an earlier run on this node"})
            waited = True
        if time.monotonic() > until:
            return {"state": "failed", "text": "an earlier run on this node did not end in time", "log": ""}
        time.sleep(0.2)
    return follow(events, log, request.get("seen", 0), until, send)


def start_or_join(request, events, log):
    """True when the unit is this run's; False while another one is in the way."""
    with open(RUNS + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = muster_state.load(CURRENT) or {}
        mine = {"key": request["key"], "token": request["token"]}
        same = current.get("key") == request["key"]
        if unit_is_active():
            if same:
                muster_state.write(CURRENT, json.dumps(mine), 0o600)
            return same
        if same and current.get("token") == request["token"]:
            return True
        with open(events, "w"):
            pass
        if os.path.exists(log) and os.path.getsize(log) > LONGEST_LOG:
            os.rename(log, log + ".old")
        muster_state.write(CURRENT, json.dumps(mine), 0o600)
        subprocess.run(["systemctl", "reset-failed", UNIT], stderr=subprocess.DEVNULL, timeout=20)
        start_unit(
            ["systemd-run", "--quiet", "--collect", "--unit=" + UNIT, "--service-type=exec"]
            + ["-p", "RuntimeMaxSec=%d" % request["seconds"], "-p", "TimeoutStopSec=5"]
            + ["-p", "StandardOutput=append:" + log, "-p", "StandardError=append:" + log]
            + ["--setenv=HOME=/root", "--setenv=LANG=C.UTF-8", "--setenv=PATH=" + PATH]
            + request["argv"]
            + ["--events", events],
            request["step"],
        )
        return True


def start_unit(argv, step):
    """systemd may take a moment to forget the last one, which has ended, and now and then has to be nudged."""
    until = time.monotonic() + FORGET_SECONDS
    while True:
        started = subprocess.run(argv, stderr=subprocess.PIPE, timeout=60)
        if started.returncode == 0:
            return
        said = started.stderr.decode("utf-8", "replace").strip() or "exit code %d" % started.returncode
        if "already loaded" not in said or time.monotonic() > until:
            raise RuntimeError("systemd does not start %s: %s" % (step, said))
        subprocess.run(["systemctl", "stop", UNIT], stderr=subprocess.DEVNULL, timeout=60)
        time.sleep(0.1)


def follow(events, log, seen, until, send):
    count, last_look, half = 0, time.monotonic(), b""
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
            if now > until + 10:
                subprocess.run(["systemctl", "kill", "--signal=KILL", UNIT], timeout=20)
                return {"state": "failed", "text": "took longer than allowed", "log": tail(log)}
            if not chunk and now - last_look > 1:
                last_look = now
                # One more look at the file after the unit is gone: its last words may have come in between.
                gone = not unit_is_active()
            elif not chunk:
                time.sleep(0.1)


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
