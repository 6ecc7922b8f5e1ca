"""The runner's hand on a node: answers requests that come over the one SSH connection, as root.

Both ways a message is one line of JSON, followed by as many raw bytes as its "bytes" says. A request has "id" and
"op"; an answer has the same "id" and "ok"; what comes before the answer has no "ok". When the connection ends, the
commands started for it end too; prepare and activate are systemd units and go on.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import muster_artifacts
import muster_state
import muster_steps
import muster_trust

CHUNK = 32 * 1024
_write_lock = threading.Lock()
_children = {}
_children_lock = threading.Lock()


def send(message, data=b""):
    if data:
        message = dict(message, bytes=len(data))
    line = json.dumps(message).encode() + b"\n"
    with _write_lock:
        out = sys.stdout.buffer
        out.write(line + data)
        out.flush()


def end_group(child, grace=6.0):
    """TERM, then KILL, to everything a command started in its own session. What is told to end may first end others."""
    for number, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, 1.0)):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            return
        try:
            child.wait(wait)
        except subprocess.TimeoutExpired:
            continue


def run_command(request, data):
    """Runs "argv" with the data as its stdin; sends its output as it comes, up to "limit" bytes a stream."""
    number = request["id"]
    child = subprocess.Popen(
        request["argv"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
        env={"PATH": muster_steps.PATH, "LANG": "C.UTF-8", "HOME": "/root"},
    )
    with _children_lock:
        _children[number] = child

    def feed():
        try:
            child.stdin.write(data)
            child.stdin.close()
        except OSError:
            pass

    def drain(stream, name):
        left = request.get("limit", 1 << 20)
        while True:
            part = stream.read1(CHUNK)
            if not part:
                return
            if left > 0:
                send({"id": number, "stream": name}, part[:left])
            left -= len(part)

    threads = [
        threading.Thread(target=feed, daemon=True),
        threading.Thread(target=drain, args=(child.stdout, "stdout"), daemon=True),
        threading.Thread(target=drain, args=(child.stderr, "stderr"), daemon=True),
    ]
    for thread in threads:
        thread.start()
    timed_out = False
    try:
        code = child.wait(request["seconds"])
    except subprocess.TimeoutExpired:
        timed_out = True
        end_group(child)
        code = child.poll()
    for thread in threads[1:]:
        # A background process that kept the pipes open must not hold the answer.
        thread.join(2)
    with _children_lock:
        _children.pop(number, None)
    return {"code": -1 if code is None else code, "timedOut": timed_out}


@contextlib.contextmanager
def ended_with(number, child):
    """What a request started ends with it, and with the connection."""
    with _children_lock:
        _children[number] = child
    try:
        yield
    finally:
        if child.poll() is None:
            end_group(child)
        with _children_lock:
            _children.pop(number, None)


def fetch_artifact(request, data):
    number = request["id"]

    def tell(event):
        send({"id": number, "event": event})

    return muster_artifacts.fetch(request, data, tell, lambda child: ended_with(number, child))


def cancel(request, _data):
    with _children_lock:
        child = _children.get(request["target"])
    if child:
        end_group(child)
    return {}


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
    "command": run_command,
    "cancel": cancel,
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
    with _children_lock:
        enders = [threading.Thread(target=end_group, args=(child,), daemon=True) for child in _children.values()]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()
    os._exit(0)
