"""Which system this node runs."""

from __future__ import annotations

import platform
import subprocess


def distribution() -> dict:
    release = platform.freedesktop_os_release()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    container = subprocess.run(["systemd-detect-virt", "--container", "--quiet"], check=False).returncode == 0
    version = release.get("VERSION_ID", "")
    return {"id": release["ID"], "version": version, "architecture": machine, "container": container}
