"""What the cluster's schedulers and history servers know of a job's applications. Asked over HTTP, as everybody may."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

# Every daemon is inside the cluster: proxies from the environment are not used.
_plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ENDED = ("FINISHED", "FAILED", "KILLED")
LOGS_THERE = ("SUCCEEDED", "FAILED", "TIME_OUT", "DISABLED")


class Page:
    """A daemon's REST interface."""

    def __init__(self, place: dict[str, Any], user: str):
        self.base = f"http://{place['address']}:{place['web']}"
        self.user = user

    def bytes(self, path: str, timeout: float = 10, **query: str) -> bytes:
        words = urllib.parse.urlencode({**query, "user.name": self.user})
        request = urllib.request.Request(f"{self.base}{path}?{words}", headers={"Accept": "*/*"})
        with _plain.open(request, timeout=timeout) as answer:
            return answer.read()

    def json(self, path: str, timeout: float = 10, **query: str) -> Any:
        words = urllib.parse.urlencode({**query, "user.name": self.user})
        request = urllib.request.Request(f"{self.base}{path}?{words}", headers={"Accept": "application/json"})
        with _plain.open(request, timeout=timeout) as answer:
            return json.load(answer)


class Cluster:
    """The pages that this cluster has; `None` where it lacks the service."""

    def __init__(self, view: dict[str, Any], user: str):
        services = view["services"]

        def page(service: str, daemon: str) -> Page | None:
            place = services.get(service, {}).get(daemon)
            return Page(place, user) if place else None

        self.scheduler = page("yarn", "resourcemanager")
        self.mapreduce = page("mapreduce", "historyserver")
        self.spark = page("spark", "history")

    def tagged(self, job: str) -> list[dict[str, Any]]:
        """YARN's applications of a job, oldest first."""
        if self.scheduler is None:
            return []
        answer = self.scheduler.json("/ws/v1/cluster/apps", applicationTags=job)
        return sorted((answer.get("apps") or {}).get("app", []), key=lambda app: app["id"])


def wait_for(question: Callable[[], Any], seconds: float, pause: float = 0.5) -> Any:
    """The first answer that is not empty; `None` after so long. A daemon that does not know it yet says so by an error."""
    until = time.monotonic() + seconds
    while True:
        try:
            answer = question()
        except (OSError, ValueError, KeyError, urllib.error.URLError):
            answer = None
        if answer or time.monotonic() > until:
            return answer or None
        time.sleep(pause)
