"""Whether names resolve both ways."""

from __future__ import annotations

import socket
import time

from . import dns


def wrong_at(server: str, fqdn: str, address: str) -> str | None:
    """What a DNS server answers wrongly about a node; None when all is right."""
    found = dns.forward(server, fqdn)
    if found != [address]:
        return f"{fqdn} is {', '.join(found) or 'unknown'} at {server}, not {address}"
    named = dns.reverse(server, address)
    if [name.lower() for name in named] != [fqdn]:
        return f"{address} is {', '.join(named) or 'unknown'} at {server}, not {fqdn}"
    return None


def wrong_here(fqdn: str, address: str) -> str | None:
    """The same as this node's programs see it: hosts file, then the configured servers."""
    try:
        found = sorted({info[4][0] for info in socket.getaddrinfo(fqdn, None, socket.AF_INET, socket.SOCK_STREAM)})
    except OSError as error:
        return f"{fqdn}: {error.strerror or error}"
    if found != [address]:
        return f"{fqdn} is {', '.join(found)}, not {address}"
    try:
        named = socket.gethostbyaddr(address)[0]
    except OSError as error:
        return f"{address}: {error.strerror or error}"
    return None if named.lower() == fqdn else f"{address} is {named}, not {fqdn}"


def wait_for_own_name(view: dict, seconds: float) -> str | None:
    """Waits until a master knows this node both ways. None, or what was still wrong at the deadline."""
    node = view["node"]
    deadline = time.monotonic() + seconds
    while True:
        wrong = wrong_here(node["fqdn"], node["address"])
        if wrong is None:
            answers = [wrong_at(master["address"], node["fqdn"], node["address"]) for master in view["masters"]]
            if not answers or None in answers:
                return None
            wrong = answers[0]
        if time.monotonic() >= deadline:
            return wrong
        time.sleep(0.5)
