"""Puts what is known of a finished job into the folder that its person gets: `job.json` and what it names."""

from __future__ import annotations

import csv
import json
import os
import pwd
import subprocess
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .sample import COLUMNS
from .applications import ENDED, LOGS_THERE, Cluster, wait_for

LOGS_SECONDS = 60
COMMAND_SECONDS = 180
HISTORY_SECONDS = 45


def as_user(user: pwd.struct_passwd, argv: list[str], seconds: float, out: Path | None = None) -> str:
    """Runs a command as the job's person; returns why it failed, or nothing."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": user.pw_dir, "USER": user.pw_name}
    # Enough for asking; the rest of a small host belongs to its daemons.
    environment["HADOOP_HEAPSIZE_MAX"] = "96m"
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    them = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups, "cwd": "/"}
    with out.open("wb") if out else open(os.devnull, "wb") as file:
        try:
            streams = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": subprocess.PIPE}
            done = subprocess.run(argv, **streams, **them, env=environment, timeout=seconds, check=False)
        except (OSError, subprocess.TimeoutExpired) as problem:
            return str(problem)
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    return "" if done.returncode == 0 else f"exit code {done.returncode}: {lines[-1][:300]}"


class Collector:
    def __init__(self, spec: dict[str, Any], folder: Path, cluster: Cluster, notes: list[str]):
        self.spec, self.cluster, self.notes = spec, cluster, notes
        self.user = pwd.getpwnam(spec["user"])
        self.home = folder / "home"

    def place(self, application: str, name: str) -> Path:
        path = self.home / "applications" / application / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, application: str, name: str, content: Any) -> str:
        path = self.place(application, name)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return str(path.relative_to(self.home))

    def on_yarn(self, found: dict[str, Any]) -> dict[str, Any]:
        name = found["id"]
        page = self.cluster.scheduler

        def whole() -> dict[str, Any] | None:
            app = page.json(f"/ws/v1/cluster/apps/{name}")["app"]
            return app if app["state"] in ENDED and app.get("logAggregationStatus", "DISABLED") in LOGS_THERE else None

        app = wait_for(whole, LOGS_SECONDS)
        if app is None:
            self.notes.append(f"{name}: its logs were not brought together within {LOGS_SECONDS} s")
            app = wait_for(lambda: page.json(f"/ws/v1/cluster/apps/{name}")["app"], 5) or found
        kind = app.get("applicationType", "").lower()
        told = {
            "id": name,
            "kind": kind,
            "name": app.get("name", ""),
            "state": app["state"],
            "finalStatus": app.get("finalStatus", "UNDEFINED"),
            "started": iso(app.get("startedTime", 0) / 1000),
            "ended": iso(app.get("finishedTime", 0) / 1000),
            "memoryMiBSeconds": app.get("memorySeconds", 0),
            "vcoreSeconds": app.get("vcoreSeconds", 0),
            "files": [self.keep(name, "yarn.json", app)],
        }
        logs = self.place(name, "logs")
        problem = as_user(self.user, ["yarn", "logs", "-applicationId", name], COMMAND_SECONDS, logs)
        if problem:
            self.notes.append(f"{name}: logs: {problem}")
        told["files"].append(str(logs.relative_to(self.home)))
        if kind == "mapreduce" and self.cluster.mapreduce:
            told["files"] += self.mapreduce(name)
        if kind == "spark" and self.cluster.spark:
            told["files"] += self.spark(name)[1]
        return told

    def mapreduce(self, application: str) -> list[str]:
        job = application.replace("application_", "job_")
        page, files = self.cluster.mapreduce, []
        for name, path in (("mapreduce.json", ""), ("counters.json", "/counters")):
            found = wait_for(lambda path=path: page.json(f"/ws/v1/history/mapreduce/jobs/{job}{path}"), HISTORY_SECONDS)
            if found is None:
                self.notes.append(f"{application}: MapReduce's history server does not know {job}")
                break
            files.append(self.keep(application, name, found))
        return files

    def spark(self, application: str) -> tuple[dict[str, Any], list[str]]:
        page, path = self.cluster.spark, f"/api/v1/applications/{application}"

        def whole() -> dict[str, Any] | None:
            found = page.json(path)
            return found if all(attempt["completed"] for attempt in found["attempts"]) else None

        found = wait_for(whole, HISTORY_SECONDS)
        if found is None:
            self.notes.append(f"{application}: Spark's history server does not list it as completed")
            return {}, []
        files = [self.keep(application, "spark.json", found)]
        # Where a try has a number, the path wants it.
        number = found["attempts"][0].get("attemptId")
        executors = wait_for(lambda: page.json(f"{path}{f'/{number}' if number else ''}/allexecutors"), 15)
        if executors:
            files.append(self.keep(application, "executors.json", executors))
        events = wait_for(lambda: page.bytes(f"{path}/logs", timeout=60), 60)
        if events:
            self.place(application, "events.zip").write_bytes(events)
            files.append(f"applications/{application}/events.zip")
        return found, files

    def standalone(self, name: str) -> dict[str, Any]:
        found, files = self.spark(name) if self.cluster.spark else ({}, [])
        attempts = found.get("attempts") or [{}]
        return {
            "id": name,
            "kind": "spark",
            "name": found.get("name", ""),
            "state": "FINISHED" if found else "UNKNOWN",
            "finalStatus": "UNDEFINED",
            "started": iso(attempts[-1].get("startTimeEpoch", 0) / 1000),
            "ended": iso(attempts[0].get("endTimeEpoch", 0) / 1000),
            "files": files,
        }


def usage(table: Path) -> list[dict[str, Any]]:
    """By node and application: what their processes took, from the lines of the samplers."""
    last: dict[tuple, dict[str, str]] = {}
    # Of a number that was given to another process later, the earlier one.
    own: dict[tuple, list[dict[str, str]]] = defaultdict(list)
    moments: dict[tuple, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = (row["node"], row["application"])
            before = last.get((*place, row["pid"]))
            if before and float(before["cpu_seconds"]) > float(row["cpu_seconds"]):
                own[place].append(before)
            last[(*place, row["pid"])] = row
            moments[place][row["time"]] += float(row["memory_mib"])
    for key, row in last.items():
        own[key[:2]].append(row)
    found = []
    for (node, application), memory in sorted(moments.items()):
        rows = own[node, application]
        total = {name: round(sum(float(row[name]) for row in rows), 2) for name in COLUMNS[-4:]}
        found.append(
            {
                "node": node,
                "application": application or None,
                "processes": len(rows),
                "samples": len(memory),
                "cpuSeconds": total["cpu_seconds"],
                "peakMemoryMiB": round(max(memory.values()), 1),
                "readMiB": total["read_mib"],
                "writtenMiB": total["written_mib"],
            }
        )
    return found


def iso(seconds: float) -> str | None:
    if seconds <= 0:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def collect(spec: dict, result: dict, folder: Path, cluster: Cluster, view: dict) -> None:
    notes = list(result["notes"])
    collector = Collector(spec, folder, cluster, notes)
    applications = []
    todo = [(collector.on_yarn, app, app["id"]) for app in result["applications"]]
    todo += [(collector.standalone, name, name) for name in result["standalone"]]
    for work, app, name in todo:
        try:
            applications.append(work(app))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            notes.append(f"{name}: {type(problem).__name__}: {problem}")
    report = {
        "format": 1,
        "id": spec["id"],
        "name": spec["name"],
        "cluster": {"name": view["cluster"]["name"], "kind": view["cluster"]["kind"]},
        "node": view["node"]["name"],
        "user": spec["user"],
        "command": spec["command"],
        "given": spec["given"],
        "state": result["state"],
        "exitCode": result["exitCode"],
        "submitted": spec["submitted"],
        "started": iso(result["started"]),
        "ended": iso(result["ended"]),
        "seconds": result["seconds"],
        "sampleSeconds": spec["sampleSeconds"],
        "applications": applications,
        "usage": usage(folder / "home" / "metrics.csv"),
        "notes": notes,
    }
    path = folder / "home" / "job.json"
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    draft.rename(path)
