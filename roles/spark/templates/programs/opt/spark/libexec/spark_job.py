"""Submitting a job as people do: for checks. Standard library only."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field

import spark_http


FALSE_START = "ConcurrentModificationException"


@dataclass
class Job:
    """How it ended. `failure` says why, for people; else `found` is the line of JSON that the program printed last, and
    `before` what was wrong with an earlier try."""

    user: str
    seconds: float
    failure: str = ""
    before: str = ""
    found: dict = field(default_factory=dict)


def submit(program, hosts, *arguments):
    """Runs `program HOWMANY ARGUMENTS...` as the ordinary login user, through the command that users type, with an executor
    for each of `hosts`. Once more, when it broke off before it was an application: seldom, threads of Spark's own get in each
    other's way then (ConcurrentModificationException), which says nothing of the cluster."""
    first = try_once(program, hosts, *arguments)
    if not first.failure or FALSE_START not in first.failure:
        return first
    second = try_once(program, hosts, *arguments)
    second.before = f"; at the second try, the first: {first.failure}"
    return second


def try_once(program, hosts, *arguments):
    # Waited for: not as many as the application happens to need.
    options = {
        "spark.dynamicAllocation.enabled": "false",
        "spark.executor.instances": str(len(hosts)),
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "60s",
        "spark.ui.showConsoleProgress": "false",
    }
    settled = [word for name, value in options.items() for word in ("--conf", f"{name}={value}")]
    user = spark_http.view()["loginUser"]
    argv = ["/usr/sbin/runuser", "-u", user, "--", "/usr/local/bin/spark-submit", *settled, program, str(len(hosts)), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": os.path.expanduser(f"~{user}"), "USER": user}
    started = time.monotonic()
    done = subprocess.run(argv, env=environment, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    seconds = time.monotonic() - started
    said = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == 0 and said:
        return Job(user, seconds, found=json.loads(said[-1]))
    # All of it, for the log: the reason may stand where nobody looks for it.
    print(done.stdout + done.stderr, file=sys.stderr)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"Exception|Error|failed|denied|not in the group|exceeds", line)]
    reason = " | ".join(line.strip()[:300] for line in (telling or lines)[-3:])
    return Job(user, seconds, failure=f"exit code {done.returncode} after {seconds:.1f} s as {user}: {reason}")
