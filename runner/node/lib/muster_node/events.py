"""Progress as JSON lines in a file that the runner follows."""

from __future__ import annotations

import json
from pathlib import Path


class Events:
    """Appends events; without a file they are dropped."""

    def __init__(self, path: str | None):
        self.path = Path(path) if path else None

    def progress(self, text: str) -> None:
        self._write({"text": text, "state": "progress"})

    def done(self, changed: int) -> None:
        self._write({"state": "done", "changed": changed})

    def failed(self, text: str) -> None:
        self._write({"state": "failed", "text": text[:1000]})

    def _write(self, event: dict) -> None:
        if self.path:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
