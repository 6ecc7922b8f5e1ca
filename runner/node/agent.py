"""The runner's hand on a node: answers requests that come over the one SSH connection, as root.

Both ways a message is one line of JSON, followed by as many raw bytes as its "bytes" says. A request has "id" and
"op"; an answer has the same "id" and "ok"; what comes before the answer has no "ok". When the connection ends, the
commands started for it end too; prepare and activate are systemd units and go on.
"""

import json
import os
import sys
import threading
import time

import muster_state
from muster_later import Later

muster_artifacts = Later("muster_artifacts")
muster_commands = Later("muster_commands")
muster_steps = Later("muster_steps")
muster_trust = Later("muster_trust")

_write_lock = threading.Lock()


def send(message, data=b""):
    if data:
        message = dict(message, bytes=len(data))
    line = json.dumps(message).encode() + b"\n"
    with _write_lock:
        out = sys.stdout.buffer
        out.write(line + data)
        out.flush()


def fetch_artifact(request, data):
    number = request["id"]

    def tell(event):
        send({"id": number, "event": event})

    return muster_artifacts.fetch(request, data, tell, lambda child: muster_commands.ended_with(number, child))


OPERATIONS = {
    "hello": lambda request, data: muster_state.hello(request),
    "time": lambda request, data: {"time": time.time()},
    "bundle": lambda request, data: muster_state.put_bundle(request, data),
    "own": lambda request, data: muster_state.put_own(request, data),
    "put": lambda request, data: muster_state.put_inputs(request, data),
    "applied": lambda request, data: muster_state.mark_applied(request),
    "hostKey": lambda request, data: muster_trust.host_key(request),
    "trust": lambda request, data: muster_trust.install_trust(request),
    "userKeys": lambda request, data: muster_trust.user_keys(request),
    "userCertificates": lambda request, data: muster_trust.install_user_certificates(request),
    "step": lambda request, data: muster_steps.run(request, lambda event: send({"id": request["id"], "event": event})),
    "reboot": lambda request, data: muster_state.reboot(request),
    "artifactWanted": lambda request, data: muster_artifacts.want(request, data),
    "artifactParts": lambda request, data: muster_artifacts.put_parts(request, data),
    "artifactFetch": fetch_artifact,
    "command": lambda request, data: muster_commands.run(request, data, send),
    "cancel": lambda request, data: muster_commands.cancel(request),
}


def answer(request, data):
    number = request["id"]
    try:
        result = OPERATIONS[request["op"]](request, data)
        send({"id": number, "ok": True, "result": result})
    except (BrokenPipeError, ConnectionError):
        os._exit(1)
    except Exception as error:  # whatever it is, the other side must learn of it
        send({"id": number, "ok": False, "error": reason_of(error)})


def reason_of(error):
    """For people: "No space left on device: /opt/muster"."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (": %s" % error.filename if error.filename else "")
    return "%s: %s" % (type(error).__name__, error)


def main():
    # Whatever the login's is: what is written without a mode of its own is for everybody to read.
    os.umask(0o022)
    source = sys.stdin.buffer
    sys.stdout.buffer.write(b"MUSTER-AGENT 1\n")
    sys.stdout.buffer.flush()
    while True:
        line = source.readline()
        if not line:
            break
        request = json.loads(line)
        size = request.get("bytes", 0)
        data = source.read(size) if size else b""
        if len(data) < size:
            break
        threading.Thread(target=answer, args=(request, data), daemon=True).start()
    # Where it was never used, there is nothing to end.
    if "muster_commands" in sys.modules:
        muster_commands.end_all()
    os._exit(0)
