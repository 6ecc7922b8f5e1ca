"""Progress as JSON lines in a file that the runner follows."""

from __future__ import annotations

import fcntl
import json


class Events:
    """Appends events; without a file they are dropped.

    The file is locked for as long as this process lives: whoever follows it learns that without asking systemd.
    """

    def __init__(self, path: str | None):
        self.path = path
        self.file = open(path, "a", encoding="utf-8", buffering=1) if path else None  # noqa: SIM115 (kept to the end)
        if self.file:
            fcntl.flock(self.file, fcntl.LOCK_SH)

    def progress(self, text: str) -> None:
        self._write({"text": text, "state": "progress"})

    def done(self, changed: int) -> None:
        self._write({"state": "done", "changed": changed})

    def reboot(self, text: str) -> None:
        """The step ends here, and is to be run again when the node was rebooted."""
        self._write({"state": "done", "reboot": text})

    def failed(self, text: str) -> None:
        self._write({"state": "failed", "text": text[:1000]})

    def _write(self, event: dict) -> None:
        if self.file:
            self.file.write(json.dumps(event) + "\n")
