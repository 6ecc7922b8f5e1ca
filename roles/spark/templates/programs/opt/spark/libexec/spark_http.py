"""Asking Spark's daemons over HTTP: milliseconds, where a command costs the start of a JVM. Standard library only.

Proxies from the environment are not used: every daemon is inside the cluster.
"""

import json
import time
import urllib.request
from pathlib import Path

VIEW = Path("/etc/muster/cluster.json")

_plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def view():
    return json.loads(VIEW.read_text())


def get_json(server, path, timeout=5):
    """`server`: a dict with `address` and `web`, as settings name them."""
    with _plain.open(f"http://{server['address']}:{server['web']}{path}", timeout=timeout) as answer:
        return json.load(answer)


def workers(settings):
    """Host name -> state, of the workers that the master knows; of two with one name the living one."""
    found = {}
    for worker in get_json(settings["master"], "/json/")["workers"]:
        name = worker["host"].split(".")[0]
        if found.get(name) != "ALIVE":
            found[name] = worker["state"]
    return found


def wait_until(question, seconds, pause=0.3):
    """The first true answer of `question`; after `seconds` raises TimeoutError with the last error or answer."""
    until = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = question()
            if last:
                return last
        except (OSError, ValueError) as error:
            last = error
        if time.monotonic() > until:
            raise TimeoutError(str(last))
        time.sleep(pause)
