"""Daemons as their roles describe them, and what they were last started with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from . import DAEMONS, STATE, keep

STARTED = STATE / "started"
UNITS = Path("/etc/systemd/system")


class BadManifest(Exception):
    """A manifest that cannot be understood: the fault of the role that wrote it."""


@dataclass(frozen=True)
class Manifest:
    """One daemon: `/etc/muster/daemons/<name>.json`; fields as in roles/README.md."""

    name: str
    unit: str
    files: list[str] = field(default_factory=list)
    restartOn: str = ""  # noqa: N815 (the JSON field's name)
    restart: bool = True
    reloadFiles: list[str] = field(default_factory=list)  # noqa: N815
    reload: list[str] = field(default_factory=list)
    ready: list[str] = field(default_factory=list)
    readySeconds: float = 60  # noqa: N815
    readyUser: str = "root"  # noqa: N815
    order: int = 50
    needsNames: bool = False  # noqa: N815

    def fingerprint(self) -> dict[str, str]:
        """What it would be started with now."""
        unit = UNITS / self.unit
        return {
            "unit": self.unit,
            "files": digest([*self.files, str(unit), f"{unit}.d"], self.restartOn),
            "reloadFiles": digest(self.reloadFiles),
        }

    def stamp(self) -> dict[str, str] | None:
        """What it was started with; None when unknown."""
        return stamps().get(self.name)

    def write_stamp(self, fingerprint: dict[str, str]) -> None:
        keep(STARTED / f"{self.name}.json", fingerprint)


def manifests() -> list[Manifest]:
    """All daemons of this node, in the order in which they start."""
    found = [_read(path) for path in sorted(DAEMONS.glob("*.json"))]
    return sorted(found, key=lambda manifest: (manifest.order, manifest.name))


def stamps() -> dict[str, dict[str, str]]:
    """Stamps by daemon, those of vanished daemons included."""
    found = {}
    for path in sorted(STARTED.glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            path.unlink()  # Half of a stamp proves nothing: the daemon is started again.
    return found


def forget(name: str) -> None:
    (STARTED / f"{name}.json").unlink(missing_ok=True)


def digest(paths: list[str], more: str = "") -> str:
    """Content of files and of all files below folders; a missing one counts as such."""
    total = hashlib.sha256(more.encode())
    for path in sorted(set(paths)):
        for file in _files(Path(path)):
            total.update(f"\0{file}\0".encode())
            try:
                total.update(hashlib.sha256(file.read_bytes()).digest())
            except FileNotFoundError:
                total.update(b"missing")
    return total.hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _read(path: Path) -> Manifest:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(name=path.stem, **content)
    except (ValueError, TypeError) as error:
        raise BadManifest(f"{path}: {error}") from error
    if "." not in manifest.unit or "/" in manifest.unit:
        raise BadManifest(f"{path}: unit {manifest.unit!r} is not the full name of a unit")
    return manifest
