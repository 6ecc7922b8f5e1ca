"""Asks one given DNS server one question: what the system's resolver cannot be made to do."""

from __future__ import annotations

import secrets
import socket
import struct

A, PTR = 1, 12
RECURSION_DESIRED = 0x0100
RESPONSE_CODE = 0x000F


def forward(server: str, name: str, seconds: float = 1.0) -> list[str]:
    """IPv4 addresses of a name; empty when there are none or the server does not answer in time."""
    return [socket.inet_ntoa(data) for data, _, _ in _ask(server, name, A, seconds) if len(data) == 4]


def reverse(server: str, address: str, seconds: float = 1.0) -> list[str]:
    """Names of an IPv4 address; empty when there are none or the server does not answer in time."""
    name = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    return [_name(message, offset)[0] for _, message, offset in _ask(server, name, PTR, seconds)]


def _ask(server: str, name: str, kind: int, seconds: float) -> list[tuple[bytes, bytes, int]]:
    """The answers of that kind: their data, the whole message and where in it the data begin."""
    identity = secrets.randbits(16)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    question = labels + b"\0" + struct.pack("!HH", kind, 1)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.settimeout(seconds)
            channel.connect((server, 53))  # Answers of others are dropped by the kernel.
            channel.send(struct.pack("!6H", identity, RECURSION_DESIRED, 1, 0, 0, 0) + question)
            message = channel.recv(4096)
            return _answers(message, identity, kind)
    except (OSError, struct.error, IndexError):
        return []


def _answers(message: bytes, identity: int, kind: int) -> list[tuple[bytes, bytes, int]]:
    got, flags, questions, count, _, _ = struct.unpack("!6H", message[:12])
    if got != identity or flags & RESPONSE_CODE:
        return []
    offset = 12
    for _ in range(questions):
        offset = _name(message, offset)[1] + 4
    found = []
    for _ in range(count):
        offset = _name(message, offset)[1]
        of_kind, _, _, length = struct.unpack("!HHIH", message[offset : offset + 10])
        offset += 10
        if of_kind == kind:
            found.append((message[offset : offset + length], message, offset))
        offset += length
    return found


def _name(message: bytes, offset: int) -> tuple[str, int]:
    """A possibly compressed name and the offset after it."""
    labels: list[str] = []
    after = 0
    for _ in range(128):  # A loop of pointers must end.
        length = message[offset]
        if length >= 0xC0:
            after = after or offset + 2
            offset = struct.unpack("!H", message[offset : offset + 2])[0] & 0x3FFF
            continue
        offset += 1
        if length == 0:
            break
        labels.append(message[offset : offset + length].decode("ascii", "replace"))
        offset += length
    return ".".join(labels), after or offset
