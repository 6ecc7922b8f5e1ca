"""
A port scanner, to be run inside the network namespace that it is to look from: half-open TCP, and UDP, by IPv4 and IPv6.

Reads [{"address", "from", "scope", "tcp": [[first, last], ...], "udp": [[first, last], ...], "again": [[first, last], ...]}, ...] from stdin;
"from" is an address of one's own to ask from, "scope" the interface of a link-local address, "again" are ports that are asked twice
if need be, so that a lost packet does not make an open one look closed. Prints for each, in order,
{"reached", "tcp": {"open": [...], "refused": [...]}, "udp": {"open": [...], "refused": [...]}}: "reached" says that it answers a
ping, "refused" that nobody listens there but no firewall dropped the question either. Of all other ports nothing was heard.
"""

import json
import select
import socket
import struct
import sys
import time

# How long to wait for the last answers.
SILENCE = 1.5
# Packets between two looks at the answers, so that these do not overflow what the kernel keeps for us.
AT_ONCE = 64
BUFFER = 64 << 20

SYN, RST, ACK = 0x02, 0x04, 0x10
# Questions that a server cannot but answer: for a name, and for the time.
QUESTIONS = {
    53: struct.pack("!6H", 0x4D55, 0x0100, 1, 0, 0, 0) + b"\x01x\x00" + struct.pack("!2H", 1, 1),
    123: b"\x23" + bytes(47),
}


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Target:
    """One address. Its raw sockets are connected, so they hear nobody else."""

    def __init__(self, wish):
        self.address = wish["address"]
        self.six = ":" in self.address
        self.family = socket.AF_INET6 if self.six else socket.AF_INET
        scope = socket.if_nametoindex(wish["scope"]) if "scope" in wish else 0
        self.place = lambda port: (self.address, port, 0, scope) if self.six else (self.address, port)
        own = wish.get("from", "::" if self.six else "0.0.0.0")
        self.tcp = self.opened(socket.SOCK_RAW, socket.IPPROTO_TCP, own, connected=True)
        self.icmp = self.opened(socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if self.six else socket.IPPROTO_ICMP, own, connected=True)
        self.udp = self.opened(socket.SOCK_DGRAM, 0, own)
        # Taken, so that the kernel gives it to nobody else, and answers nothing but a reset to what arrives there.
        self.sender = self.opened(socket.SOCK_STREAM, 0, own)
        self.port = self.sender.getsockname()[1]
        if self.six:
            self.tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM, 16)
        self.ends = b"".join(socket.inet_pton(self.family, host.split("%")[0]) for host in (self.tcp.getsockname()[0], self.address))
        self.wanted = {kind: [port for first, last in wish.get(kind, []) for port in range(first, last + 1)] for kind in ("tcp", "udp")}
        self.again = {port for first, last in wish.get("again", []) for port in range(first, last + 1)}
        self.found = {kind: {"open": set(), "refused": set()} for kind in ("tcp", "udp")}
        self.reached = False

    def opened(self, kind, protocol, own, connected=False):
        sock = socket.socket(self.family, kind, protocol)
        sock.bind((own, 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        if connected:
            sock.connect(self.place(0))
        sock.setblocking(False)
        return sock

    def ask(self, kind, port):
        if kind == "udp":
            self.udp.sendto(QUESTIONS.get(port, b"?"), self.place(port))
            return
        header = struct.pack("!2H2I2B3H", self.port, port, port, 0, 5 << 4, SYN, 64240, 0, 0)
        if not self.six:
            found = checksum(self.ends + struct.pack("!2H", socket.IPPROTO_TCP, len(header)) + header)
            header = header[:16] + struct.pack("!H", found) + header[18:]
        self.tcp.send(header)

    def ping(self):
        echo = struct.pack("!2B3H", 128 if self.six else 8, 0, 0, 1, 1)
        # By IPv6 the kernel fills the checksum in.
        self.icmp.send(echo if self.six else echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:])

    def hear(self, sock):
        while True:
            try:
                data, sender = sock.recvfrom(2048)
            except BlockingIOError:
                return
            if sock is self.udp:
                self.found["udp"]["open"].add(sender[1])
                continue
            if not self.six:
                data = data[(data[0] & 15) * 4 :]
            if sock is self.tcp:
                self.hear_tcp(data)
            else:
                self.hear_icmp(data)

    def hear_tcp(self, data):
        port, to = struct.unpack("!2H", data[:4])
        if to == self.port and data[13] & RST:
            self.found["tcp"]["refused"].add(port)
        elif to == self.port and data[13] & (SYN | ACK) == SYN | ACK:
            self.found["tcp"]["open"].add(port)

    def hear_icmp(self, data):
        if data[0] == (129 if self.six else 0):
            self.reached = True
        elif tuple(data[:2]) == ((1, 4) if self.six else (3, 3)):
            inner = data[8:]
            length = 40 if self.six else (inner[0] & 15) * 4
            if inner[6 if self.six else 9] == socket.IPPROTO_UDP:
                self.found["udp"]["refused"].add(struct.unpack("!H", inner[length + 2 : length + 4])[0])

    def silent(self):
        """What is to be asked again."""
        for kind, ports in self.wanted.items():
            answered = self.found[kind]["open"] | self.found[kind]["refused"]
            yield from ((kind, port) for port in ports if port in self.again and port not in answered)

    def report(self):
        return {"reached": self.reached, **{kind: {how: sorted(ports) for how, ports in found.items()} for kind, found in self.found.items()}}


def scan(targets):
    heard = {sock: target for target in targets for sock in (target.tcp, target.icmp, target.udp)}

    def listen(seconds):
        until = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select(list(heard), [], [], max(0, until - time.monotonic()))
            if not ready:
                return
            for sock in ready:
                heard[sock].hear(sock)

    def ask(target, questions):
        target.ping()
        for count, (kind, port) in enumerate(questions):
            target.ask(kind, port)
            if count % AT_ONCE == 0:
                listen(0)

    for target in targets:
        ask(target, [(kind, port) for kind, ports in target.wanted.items() for port in ports])
    listen(SILENCE)
    for target in targets:
        ask(target, list(target.silent()))
    listen(SILENCE)


wishes = [Target(wish) for wish in json.load(sys.stdin)]
scan(wishes)
print(json.dumps([target.report() for target in wishes]))
