"""Works for one job from its start to its folder: runs the command, watches its processes and applications, brings their logs
and figures together."""

from __future__ import annotations

import fcntl
import os
import pwd
import signal
import subprocess
import time
from typing import Any

from .. import keep, keeper, view
from . import MARK, collect, folder_of, spec_of
from .applications import ENDED, Cluster, wait_for
from .watch import Watch

LOOK_SECONDS = 0.2
ASK_SECONDS = 2.0
# What a command has to end itself in, before it is ended.
TERM_SECONDS = 20.0
# For what was submitted without waiting for it: nobody can say that it goes on.
SILENT_SECONDS = 120.0
TIMED_OUT, CANCELLED = 124, 143


class _Told(Exception):
    """TERM came: the job is cancelled."""


def _tell(_number: int, _frame: object) -> None:
    # Once is enough: what is left to do is done in order.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Told


def environment(job: str, user: pwd.struct_passwd, home: str) -> dict[str, str]:
    """A person's, and what marks all that comes of the job: processes, Spark's executors, applications."""
    mark = f"-D{{}}={job}"
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": home,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": user.pw_shell or "/bin/sh",
        # MapReduce takes its tag from here, by mapred-site.xml.
        MARK: job,
        "SPARK_SUBMIT_OPTS": " ".join(
            mark.format(name)
            for name in ("spark.yarn.tags", f"spark.executorEnv.{MARK}", f"spark.yarn.appMasterEnv.{MARK}")
        ),
    }


class Supervisor:
    def __init__(self, job: str):
        self.spec = spec_of(job)
        self.folder = folder_of(job)
        self.user = pwd.getpwnam(self.spec["user"])
        self.view = view()
        self.cluster = Cluster(self.view, self.spec["user"])
        self.applications: list[dict[str, Any]] = []
        self.next_ask = 0.0
        self.last_answer = time.monotonic()

    def run(self) -> None:
        (self.folder / "started").touch()
        with (self.folder / "spec.json").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (self.folder / "result.json").exists():
                return
            keeper.keep_descendants()
            signal.signal(signal.SIGTERM, _tell)
            here, login = self.view["node"]["name"], self.view["loginUser"]
            watch = Watch(self.spec, here, login, self.folder / "home" / "metrics.csv")
            result = self._command(watch)
            self.ask(watch, force=True)
            watch.end()
            keeper.end_descendants()
            result["applications"], result["notes"] = self.applications, watch.notes
            result["standalone"] = sorted(watch.seen)
            keep(self.folder / "result.json", result)
            collect.collect(self.spec, result, self.folder, self.cluster, self.view)

    def _command(self, watch: Watch) -> dict[str, Any]:
        began, started = time.time(), time.monotonic()
        state, child, code = "failed", None, CANCELLED
        try:
            child = self._start()
            code = self._until_end(child, watch, started)
            state = "succeeded" if code == 0 else "failed"
            if code is None:
                state, code = "timed out", TIMED_OUT
                self._end(child)
        except _Told:
            state, code = "cancelled", CANCELLED
            self._end(child)
        except OSError as problem:
            # Whoever wants to know why finds it where the command would have said it.
            (self.folder / "home" / "stderr").open("a").write(f"muster: the command was not started: {problem}\n")
            code = 127
        if code < 0:
            # As shells count.
            code = 128 - code
        return {
            "state": state,
            "exitCode": code,
            "started": began,
            "ended": time.time(),
            "seconds": round(time.monotonic() - started, 2),
        }

    def _start(self) -> subprocess.Popen:
        user, home = self.user, self.user.pw_dir
        groups = os.getgrouplist(user.pw_name, user.pw_gid)
        with (self.folder / "home/stdout").open("wb") as out, (self.folder / "home/stderr").open("wb") as err:
            return subprocess.Popen(
                ["/bin/bash", "-l", "-c", self.spec["line"]],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.folder / "work",
                env=environment(self.spec["id"], user, home),
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=groups,
                umask=0o022,
                start_new_session=True,
            )

    def _until_end(self, child: subprocess.Popen, watch: Watch, started: float) -> int | None:
        """The command's code, when it and its applications have ended; None when its time was up before."""
        limit = self.spec.get("timeoutSeconds")
        while True:
            code = child.poll()
            if code is not None and not self.some_run(watch):
                return code
            if limit and time.monotonic() - started > limit:
                return None
            self.ask(watch)
            time.sleep(LOOK_SECONDS)

    def some_run(self, watch: Watch) -> bool:
        """Whether applications go on after their command: asked anew, and not for ever of somebody silent."""
        if self.cluster.scheduler is None:
            return False
        # The ResourceManager learns a moment later what the command knows already.
        self.next_ask = min(self.next_ask, time.monotonic() + LOOK_SECONDS)
        self.ask(watch, force=not self.applications)
        going = any(app["state"] not in ENDED for app in self.applications)
        if going and time.monotonic() - self.last_answer > SILENT_SECONDS:
            watch.notes.append("the ResourceManager does not say whether the applications go on")
            return False
        return going

    def ask(self, watch: Watch, force: bool = False) -> None:
        """Which applications there are by now."""
        if self.cluster.scheduler is None or (not force and time.monotonic() < self.next_ask):
            return
        try:
            self.applications = self.cluster.tagged(self.spec["id"])
            self.last_answer = time.monotonic()
        except (OSError, ValueError):
            pass
        self.next_ask = time.monotonic() + ASK_SECONDS
        watch.tell({app["id"] for app in self.applications})

    def _end(self, child: subprocess.Popen | None) -> None:
        """The command, by its own means first; then what it has in the cluster."""
        if child is not None and child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(TERM_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        going = wait_for(lambda: [app for app in self.cluster.tagged(self.spec["id"]) if app["state"] not in ENDED], 1)
        if going:
            collect.as_user(self.user, ["yarn", "application", "-kill", *(app["id"] for app in going)], 120)
            wait_for(lambda: all(app["state"] in ENDED for app in self.cluster.tagged(self.spec["id"])), 30)
