"""Filters for what Jinja says badly."""

from __future__ import annotations

import ipaddress


def known_hosts_patterns(subnet: str) -> list[str]:
    """A CIDR in the words of known_hosts, which has only stars: `10.0.4.0/23` is `10.0.4.*` and `10.0.5.*`."""
    network = ipaddress.ip_network(subnet)
    octets = -(-network.prefixlen // 8)
    whole = network.subnets(new_prefix=octets * 8)
    star = "" if octets == 4 else ".*"
    return [".".join(str(part.network_address).split(".")[:octets]) + star for part in whole]


def authorized_keys_files(users: list[dict], folder: str) -> dict[str, str]:
    """File name → content for users with SSH keys of their own."""
    return {f"{folder}/{user['name']}": "".join(f"{key}\n" for key in user["sshKeys"]) for user in users}


class FilterModule:
    def filters(self):
        return {"known_hosts_patterns": known_hosts_patterns, "authorized_keys_files": authorized_keys_files}
