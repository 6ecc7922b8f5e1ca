"""Reboots that roles ask for: whoever follows the step makes them, and runs it again."""

from __future__ import annotations

import muster_node
from muster_node.ansible_run import Failed, RebootAsked
from muster_node.lock import RUN

# Who asked last, until it came to its end: that is for ever, and so outlives the reboot.
ASKED = muster_node.STATE / "reboot.json"
# Is there until the node was rebooted: whatever is below /run goes then.
OWED = RUN / "reboot"


def expect_none() -> None:
    """Raises RebootAsked where one was asked for that the node did not see yet: nothing may go on before it."""
    if OWED.exists():
        raise RebootAsked(OWED.read_text(encoding="utf-8"))


def ask(who: str, digest: str, asked: RebootAsked) -> None:
    """Remembers who asks, and raises it. Raises Failed where the same, with the same digest, asked for the one before."""
    if asked_before(who, digest):
        raise Failed(f"{asked}: asks for a reboot again right after its reboot; let it ask only when something changed")
    muster_node.keep(ASKED, {"who": who, "digest": digest})
    RUN.mkdir(mode=0o755, exist_ok=True)
    OWED.write_text(f"{who} ({asked})", encoding="utf-8")
    expect_none()


def settle(who: str, digest: str) -> None:
    """It came to its end: the next time it may ask again."""
    if asked_before(who, digest):
        ASKED.unlink()


def asked_before(who: str, digest: str) -> bool:
    return muster_node.load(ASKED) == {"who": who, "digest": digest}
