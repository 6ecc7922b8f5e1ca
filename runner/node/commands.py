"""Programs that requests start, which end with their request, and with the connection."""

import contextlib
import os
import signal
import subprocess
import threading

import muster_state

CHUNK = 32 * 1024
_children = {}
_children_lock = threading.Lock()


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


def run(request, data, send):
    """Runs "argv" with the data as its stdin; sends its output as it comes, up to "limit" bytes a stream."""
    number = request["id"]
    child = subprocess.Popen(
        request["argv"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
        env={"PATH": muster_state.PATH, "LANG": "C.UTF-8", "HOME": "/root"},
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


def cancel(request):
    with _children_lock:
        child = _children.get(request["target"])
    if child:
        end_group(child)
    return {}


def end_all():
    with _children_lock:
        enders = [threading.Thread(target=end_group, args=(child,), daemon=True) for child in _children.values()]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()
