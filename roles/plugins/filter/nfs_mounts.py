"""Units of systemd for shared folders, with the manifests of what runs them."""

from __future__ import annotations

UNITS = "etc/systemd/system"
HEADER = "# Managed by muster: changes made here are overwritten.\n"

# hard: who writes while the server is silent waits for it, and loses nothing. A packet is sent again after 15 s, thrice.
OPTIONS = "vers=4,proto=tcp,hard,timeo=150,retrans=3,nosuid,nodev,_netdev"

# The first mount of a silent server fails after 30 s instead of never, and a folder that nobody uses is let go: who looks
# elsewhere never waits. Neither may the machine's own end wait.
BY_KERNEL = """[Unit]
Description={path}, of {fqdn}
After=network-online.target
Wants=network-online.target

[Mount]
What={address}:{source}
Where={path}
Type=nfs
Options={options},port={port}
TimeoutSec=30
LazyUnmount=yes
ForceUnmount=yes
"""
AUTOMOUNT = """[Unit]
Description={path}, when somebody looks

[Automount]
Where={path}
TimeoutIdleSec=600

[Install]
WantedBy=multi-user.target
"""
# The server has its own folders at the same places, not by NFS: it would wait for itself.
BIND = """[Unit]
Description={path}, of this node
After=nfs-server.service muster-nfs.service
ConditionPathIsDirectory={source}

[Mount]
What={source}
Where={path}
Type=none
Options=bind,nosuid,nodev

[Install]
WantedBy=multi-user.target
"""


def unit_name(path: str) -> str:
    """As `systemd-escape --path` has it, for paths of letters, digits, - and _."""
    return path.strip("/").replace("-", "\\x2d").replace("/", "-")


def nfs_mounts(exports: list[dict], client: str, server: dict) -> dict[str, object]:
    """Path → content. `client`: `kernel` mounts, `local` is the server itself, `libnfs` mounts nothing."""
    found: dict[str, object] = {}
    if client == "libnfs":
        return found
    for export in exports:
        name = unit_name(export["path"])
        known = {**server, **export, "options": OPTIONS}
        mount = f"{UNITS}/{name}.mount"
        found[mount] = HEADER + (BIND if client == "local" else BY_KERNEL).format(**known)
        manifest = {"unit": f"{name}.mount", "order": 16}
        if client == "kernel":
            found[f"{UNITS}/{name}.automount"] = HEADER + AUTOMOUNT.format(**known)
            manifest = {"unit": f"{name}.automount", "files": [f"/{mount}"], "order": 16}
        found[f"etc/muster/daemons/nfs-at-{export['id']}.json"] = manifest
    return found


class FilterModule:
    def filters(self):
        return {"nfs_mounts": nfs_mounts}
