"""What the checks of Hadoop's services share: waiting a little for members that are just coming, and the form of the answer."""

import json
import sys
import time


def report(ok, detail, missing=None):
    print(json.dumps({"ok": ok, "detail": detail, **({"missing": missing} if missing is not None else {})}))
    sys.exit(0)


def wait_for_all(wanted, present, seconds, pause=0.5):
    """Names in `wanted` that `present()` (name -> None, or why it doesn't count) lacks, with reasons; asked until none or late."""
    until = time.monotonic() + seconds
    while True:
        try:
            found = present()
            lacking = {name: found.get(name, "not known") for name in wanted if name not in found or found[name]}
            error = None
        except (OSError, ValueError) as problem:
            lacking, error = dict.fromkeys(wanted, "not asked"), problem
        if not lacking or time.monotonic() > until:
            return lacking, error
        time.sleep(pause)
