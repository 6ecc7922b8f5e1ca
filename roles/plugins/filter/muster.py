"""Filters for what Jinja says badly."""

from __future__ import annotations

import ctypes
import hashlib
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


def bcrypt(secret: str) -> str:
    """As servers want passwords; always the same of the same random secret. By libcrypt, on which every Debian logs in."""
    libcrypt = ctypes.CDLL("libcrypt.so.1")
    libcrypt.crypt.restype = ctypes.c_char_p
    salt = hashlib.sha256(f"bcrypt {secret}".encode()).hexdigest()[:21] + "."
    # The fewest rounds: nobody guesses 32 random bytes.
    return libcrypt.crypt(secret.encode(), f"$2b$04${salt}".encode()).decode()


class FilterModule:
    def filters(self):
        return {"known_hosts_patterns": known_hosts_patterns, "authorized_keys_files": authorized_keys_files, "bcrypt": bcrypt}
