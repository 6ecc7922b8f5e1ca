"""What the checks of who is there share: waiting a little for members that are just coming, and naming those that lack."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

LONGEST = 10


def wait_for_all(
    wanted: Iterable[str], present: Callable[[], Mapping[str, str | None]], seconds: float, pause: float = 0.5
) -> tuple[dict[str, str], Exception | None]:
    """Names in `wanted` that `present()` (name -> None, or why it doesn't count) lacks, with reasons; asked until none or late."""
    until = time.monotonic() + seconds
    while True:
        try:
            found = present()
            lacking = {name: found.get(name) or "not known" for name in wanted if name not in found or found[name]}
            error = None
        except (OSError, ValueError) as problem:
            lacking, error = dict.fromkeys(wanted, "not asked"), problem
        if not lacking or time.monotonic() > until:
            return lacking, error
        time.sleep(pause)


def answer(wanted: list[str], lacking: Mapping[str, str], word: str) -> dict[str, Any]:
    """A check's answer: how many of them are `word`, and who is not, and why."""
    detail = f"{len(wanted) - len(lacking)} of {len(wanted)} {word}"
    if not lacking:
        return {"ok": True, "detail": detail}
    reasons = ", ".join(f"{name} ({why})" for name, why in sorted(lacking.items())[:LONGEST])
    return {"ok": False, "detail": f"{detail}; missing: {reasons}", "missing": sorted(lacking)}
