"""The user's own steps on this node: each is run once, and again when it changed."""

from __future__ import annotations

import hashlib
import json

from muster_node import reboots
from muster_node.ansible_run import Failed, RebootAsked
from muster_node.events import Events
from muster_node.own_kinds import KINDS
from muster_node.own_record import every, keep, load, log_of, remove

# Parts of the view by which no role or playbook is run again: other steps, and what was formatted since.
UNSEEN = ("own", "cluster")


def run(view: dict, when: str, events: Events, thorough: bool = False) -> int:
    """Runs what is due, in order; returns how many were. Raises Failed with the step and its file, RebootAsked by a step that is not at its end."""
    reboots.expect_none()
    done = 0
    for step in view.get("own", []):
        if step["when"] != when:
            continue
        digest = digest_of(step, view)
        record = load(step["name"])
        again = thorough and step["kind"] != "script"
        if record.get("digest") == digest and not again:
            continue
        events.progress(f"own step {step['name']}")
        who = f"own step {step['name']}"
        try:
            try:
                files = KINDS[step["kind"]](step, view, events, record.get("files", []))
            except RebootAsked as asked:
                reboots.ask(who, digest, asked)
        except (Failed, OSError) as problem:
            raise Failed(f"{who} ({step['source']}): {problem}") from problem
        keep(step["name"], {"name": step["name"], "digest": digest, "files": files})
        reboots.settle(who, digest)
        done += 1
    return done


def forget(view: dict) -> int:
    """Steps that are no longer this node's: their files go, what else they did stays. Returns how many files went."""
    wanted = {step["name"] for step in view.get("own", [])}
    gone = 0
    for path, record in every():
        if record["name"] not in wanted:
            gone += remove(record.get("files", []))
            log_of(record["name"]).unlink(missing_ok=True)
            path.unlink()
    return gone


def digest_of(step: dict, view: dict) -> str:
    """Of all that a step is. A role or playbook reads the view, too."""
    seen = {name: part for name, part in view.items() if name not in UNSEEN} if step["kind"] in ("role", "playbook") else {}
    return hashlib.sha256(json.dumps([step, seen], sort_keys=True).encode()).hexdigest()
