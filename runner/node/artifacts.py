"""What services are made of, on a node whose cloud does not put it there: files that come over the operator's line or
from another node, believed by their SHA-256 alone.

An artifact in the making is the folder ".<id>.new": "wanted.json", and below "content" each file under its hash once
it was checked, with ".part" before.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import select
import shutil
import subprocess
import tarfile
import time

import muster_state

STORE = muster_state.ARTIFACTS
CHUNK = 1 << 20
PROGRESS_SECONDS = 1.0


def draft_of(name):
    return "%s/.%s.new" % (STORE, name)


def content_of(name, sha256):
    return "%s/content/%s" % (draft_of(name), sha256)


def digest(path):
    found = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(CHUNK), b""):
            found.update(part)
    return found.hexdigest()


def is_right(path, size, sha256):
    try:
        return os.path.getsize(path) == size and digest(path) == sha256
    except OSError:
        return False


def is_given():
    """Whether the folder is somebody else's business: where it cannot be written to, it comes from outside."""
    try:
        return bool(os.statvfs(STORE).f_flag & os.ST_RDONLY)
    except OSError:
        return False


class Held:
    """One writer at a time: what a lost connection left behind may still be at work."""

    def __init__(self, name):
        os.makedirs(STORE, mode=0o755, exist_ok=True)
        self.path = "%s/.%s.lock" % (STORE, name)

    def __enter__(self):
        self.file = open(self.path, "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_error):
        self.file.close()


def want(request, data):
    """Says what is missing of an artifact, by hash, and what came damaged; lays it out when nothing is."""
    name, files = request["artifact"], json.loads(data)
    final = os.path.join(STORE, name)
    whole = {"missing": [], "damaged": []}
    if os.path.isdir(final):
        if not request.get("thorough") or is_given():
            return whole
        if all(is_right(os.path.join(final, path), size, sha256) for path, size, sha256, _ in files):
            return whole
    with Held(name):
        os.makedirs(draft_of(name) + "/content", mode=0o755, exist_ok=True)
        muster_state.write(draft_of(name) + "/wanted.json", data)
        missing, damaged = look_through(name, files)
        if missing:
            sizes = {sha256: size for _, size, sha256, _ in files}
            require_room(name, sum(sizes[sha256] for sha256 in missing))
            return {"missing": missing, "damaged": damaged}
        guarded(name, lambda: lay(name, files, request["keep"]))
    return whole


def look_through(name, files):
    """Checks what has come so far. What an older, damaged copy has undamaged is not sent again."""
    missing, damaged, seen = [], [], set()
    for path, size, sha256, _executable in files:
        content, old = content_of(name, sha256), os.path.join(STORE, name, path)
        if sha256 in seen or os.path.exists(content):
            seen.add(sha256)
            continue
        seen.add(sha256)
        part = content + ".part"
        if size == 0:
            open(part, "ab").close()
        if is_right(part, size, sha256):
            os.rename(part, content)
        elif is_right(old, size, sha256):
            os.link(old, content)
        else:
            # Shorter ones were merely interrupted.
            if os.path.exists(part) and os.path.getsize(part) >= size:
                damaged.append(path)
                os.unlink(part)
            missing.append(sha256)
    return missing, damaged


def require_room(name, needed):
    disk = os.statvfs(STORE)
    free = disk.f_bavail * disk.f_frsize
    if needed < free:
        return
    shutil.rmtree(draft_of(name), ignore_errors=True)
    text = "No space left on device, %d MB needed and %d MB free" % (needed // 10**6 + 1, free // 10**6)
    raise OSError(errno.ENOSPC, text, os.path.join(STORE, name))


def guarded(name, work):
    try:
        return work()
    except OSError as error:
        # A full disk must not also be full of drafts.
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            shutil.rmtree(draft_of(name), ignore_errors=True)
        raise muster_state.named(error, os.path.join(STORE, name))


def lay(name, files, keep):
    """Puts the artifact under its name, whole and on the disk; drops those that neither this nor the last view has."""
    tree, final = draft_of(name) + "/tree", os.path.join(STORE, name)
    shutil.rmtree(tree, ignore_errors=True)
    os.mkdir(tree)
    for path, _size, sha256, executable in files:
        target = os.path.join(tree, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.link(content_of(name, sha256), target)
        os.chmod(target, 0o755 if executable else 0o644)
        with open(target, "rb") as file:
            os.fsync(file.fileno())
    # Others read it too: whatever the umask is.
    for folder, _folders, _names in os.walk(tree):
        os.chmod(folder, 0o755)
    if os.path.isdir(final):
        os.rename(final, draft_of(name) + "/old")
    os.rename(tree, final)
    shutil.rmtree(draft_of(name), ignore_errors=True)
    view = muster_state.load(muster_state.CONFIG + "/cluster.json") or {}
    wanted = set(keep) | set(view.get("artifacts", {}).values())
    for other in muster_state.names_in(STORE):
        if other not in wanted:
            shutil.rmtree(os.path.join(STORE, other), ignore_errors=True)


def put_parts(request, data):
    """Writes pieces of files where they belong: "parts" are [hash, offset, length], their bytes follow each other."""
    name = request["artifact"]

    def write():
        at = 0
        for sha256, offset, length in request["parts"]:
            handle = os.open(content_of(name, sha256) + ".part", os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                written = 0
                while written < length:
                    written += os.pwrite(handle, data[at + written : at + length], offset + written)
            finally:
                os.close(handle)
            at += length

    guarded(name, write)
    return {}


class Alive:
    """A pipe whose reader does not wait for ever; counts what comes."""

    def __init__(self, pipe, seconds, on_bytes):
        self.pipe, self.seconds, self.on_bytes = pipe, seconds, on_bytes
        self.count = 0
        self.ended = False

    def read(self, size=-1):
        parts, left = [], size
        while left > 0:
            if not select.select([self.pipe], [], [], self.seconds)[0]:
                raise TimeoutError("nothing came for %d s" % self.seconds)
            part = os.read(self.pipe.fileno(), min(left, CHUNK))
            if not part:
                self.ended = True
                break
            parts.append(part)
            left -= len(part)
            self.count += len(part)
            self.on_bytes(self.count)
        return b"".join(parts)


def in_memory(text):
    """A file that nobody but root opens and that is gone with this process: its path."""
    handle = os.memfd_create("muster", 0)
    os.fchmod(handle, 0o600)
    os.write(handle, text.encode())
    return handle, "/proc/%d/fd/%d" % (os.getpid(), handle)


def fetch(request, data, send, children):
    """Takes what is missing from another node, by a key for just that; says what went wrong with the giver, if anything."""
    name, giver, secret = request["artifact"], request["giver"], json.loads(data)
    with Held(name):
        files = muster_state.load(draft_of(name) + "/wanted.json")
        known = "@cert-authority %s %s\n" % (giver["name"], secret["hostCa"])
        handles = [in_memory(text) for text in (secret["key"], secret["certificate"] + "\n", known)]
        try:
            argv = ssh_command(giver, *[path for _, path in handles])
            return take(name, files, argv, request["stallSeconds"], send, children)
        finally:
            for handle, _ in handles:
                os.close(handle)


def ssh_command(giver, key, certificate, known_hosts):
    options = ["BatchMode=yes", "IdentitiesOnly=yes", "CertificateFile=" + certificate]
    options += ["UserKnownHostsFile=" + known_hosts, "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=yes"]
    options += ["HostKeyAlias=" + giver["name"], "UpdateHostKeys=no", "ClearAllForwardings=yes", "ConnectTimeout=10"]
    options += ["ServerAliveInterval=5", "ServerAliveCountMax=4", "LogLevel=ERROR"]
    argv = ["ssh", "-F", "/dev/null", "-T", "-i", key]
    for option in options:
        argv += ["-o", option]
    return argv + ["-p", str(giver["port"]), "-l", giver["user"], giver["address"]]


def take(name, files, argv, stall_seconds, send, children):
    """Reads the giver's archive; a file that is not what was asked for is left out."""
    wanted = {}
    for path, size, sha256, _executable in files:
        if not os.path.exists(content_of(name, sha256)):
            wanted[path] = (size, sha256)
    damaged, reason, said = [], None, time.monotonic()

    def progress(count):
        nonlocal said
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            send({"state": "progress", "bytes": count})

    child = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    with children(child):
        stream = Alive(child.stdout, stall_seconds, progress)
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as archive:
                for member in archive:
                    path = os.path.normpath(member.name)
                    size, sha256 = wanted.get(path, (None, None))
                    if sha256 is None or not member.isfile() or os.path.exists(content_of(name, sha256)):
                        continue
                    if not guarded(name, lambda: copied(archive, member, size, content_of(name, sha256), sha256)):
                        damaged.append(path)
            while stream.read(CHUNK):
                pass
            child.wait(stall_seconds)
        except (tarfile.TarError, TimeoutError, EOFError, subprocess.TimeoutExpired) as error:
            reason = str(error)
            if stream.ended:
                # It is about to end by itself, and to say why.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(5)
    said_last = child.stderr.read().decode("utf-8", "replace").strip().splitlines()
    if child.returncode != 0 or reason:
        reason = said_last[-1] if said_last else reason or "ssh ended with %s" % child.returncode
    return {"damaged": damaged, "reason": reason, "bytes": stream.count}


def copied(archive, member, size, content, sha256):
    """Whether the member is the file that has this hash, which then stands under it."""
    source, found, part = archive.extractfile(member), hashlib.sha256(), content + ".part"
    if member.size != size:
        return False
    with open(part, "wb") as file:
        for chunk in iter(lambda: source.read(CHUNK), b""):
            found.update(chunk)
            file.write(chunk)
    if found.hexdigest() != sha256:
        os.unlink(part)
        return False
    os.rename(part, content)
    return True
