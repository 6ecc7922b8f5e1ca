"""What a node has and is: bundles, the view it was configured by, its daemons' health."""

import contextlib
import io
import json
import os
import time

from muster_later import Later

base64 = Later("base64")
hashlib = Later("hashlib")
shutil = Later("shutil")
subprocess = Later("subprocess")
tarfile = Later("tarfile")
zlib = Later("zlib")

BUNDLES = "/opt/muster/bundles"
CURRENT = "/opt/muster/current"
ARTIFACTS = "/srv/muster/artifacts"
OWN = "/opt/muster/own"
STATE = "/var/lib/muster"
APPLIED = STATE + "/applied.json"
CONFIG = "/etc/muster"
# Of every program that is started here.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def text_of(path):
    try:
        with open(path, errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def write(path, data, mode=0o644, owner=None):
    """Replaces a file as a whole and waits for the disk."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draft = "%s/.muster-%s" % (os.path.dirname(path), os.urandom(8).hex())
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
            os.fchmod(file.fileno(), mode)
            if owner:
                os.fchown(file.fileno(), *owner)
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, path)
    except BaseException as error:
        if os.path.exists(draft):
            os.unlink(draft)
        raise named(error, path)


def named(error, path):
    """What could not be written does not say where: that is known here."""
    if isinstance(error, OSError) and error.filename in (None, ""):
        error.filename = path
    return error


def names_in(folder):
    return [name for name in all_in(folder) if not name.startswith(".")]


def hidden_in(folder):
    return [name for name in all_in(folder) if name.startswith(".")]


def all_in(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def daemon_units():
    """Daemon name -> systemd unit, from the manifests that roles drop."""
    units = {}
    for name in names_in(CONFIG + "/daemons"):
        manifest = load(CONFIG + "/daemons/" + name) if name.endswith(".json") else None
        if isinstance(manifest, dict) and "unit" in manifest:
            units[name[: -len(".json")]] = manifest["unit"]
    return units


def daemon_states():
    units = daemon_units()
    if not units:
        return {}
    shown = subprocess.run(["systemctl", "is-active"] + list(units.values()), stdout=subprocess.PIPE, timeout=20)
    states = shown.stdout.decode().split()
    return dict(zip(units, states + ["unknown"] * len(units)))


def begun_artifacts():
    """Bytes that are there of those whose transfer was cut off."""
    begun = {}
    for draft in hidden_in(ARTIFACTS):
        if draft.endswith(".new"):
            contents = os.path.join(ARTIFACTS, draft, "content")
            begun[draft[1 : -len(".new")]] = sum(os.path.getsize(contents + "/" + name) for name in names_in(contents))
    return begun


def boot():
    """Another one after each start. A container has its machine's identity, but a first process of its own."""
    started = text_of("/proc/1/stat").rsplit(")", 1)[-1].split()[19]
    return "%s.%s" % (text_of("/proc/sys/kernel/random/boot_id"), started)


def reboot(request):
    """In a moment, so that the answer still leaves; once, however often it is asked."""
    if boot() == request["boot"]:
        argv = ["systemd-run", "--quiet", "--on-active=1", "--timer-property=AccuracySec=100ms", "systemctl", "reboot"]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, timeout=20)
    return {}


def hello(_request):
    return {
        "boot": boot(),
        "time": time.time(),
        "bundles": names_in(BUNDLES),
        "artifacts": names_in(ARTIFACTS),
        "own": names_in(OWN),
        "begun": begun_artifacts(),
        "applied": load(APPLIED),
        "enrolled": load(STATE + "/enrolled.json"),
        "daemons": daemon_states(),
        "started": names_in(STATE + "/started"),
        "formatted": names_in(STATE + "/formatted"),
        "hostKey": text_of("/etc/ssh/ssh_host_ed25519_key.pub"),
        "hostCertificate": text_of("/etc/ssh/ssh_host_ed25519_key-cert.pub"),
    }


def put_bundle(request, data):
    """Unpacks a tar.gz archive: a bundle is there whole or not at all."""
    expect_undamaged("the bundle", data, request["sha256"])
    target = os.path.join(BUNDLES, request["bundle"])
    if os.path.isdir(target):
        return {}
    with whole_folder(target) as draft:
        # Half the time that tarfile takes, which gives each of a thousand files an owner and times.
        unpacked = zlib.decompress(data, 16 + zlib.MAX_WBITS)
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            for member in archive:
                if member.isfile():
                    content = unpacked[member.offset_data : member.offset_data + member.size]
                    put_file(draft, member.name, content, executable=member.mode & 0o100)
                elif not member.isdir():
                    raise ValueError("the bundle's %s is neither a file nor a folder" % member.name)
    return {}


def put_own(request, data):
    """The files of one of the user's own steps, below the hash of what was sent: there whole or not at all."""
    expect_undamaged("own files", data, request["content"])
    target = os.path.join(OWN, request["content"])
    if os.path.isdir(target):
        return {}
    with whole_folder(target) as draft:
        for file in json.loads(data)["files"]:
            put_file(draft, file["path"], base64.b64decode(file["data"]), file["executable"])
    return {}


def put_file(folder, name, data, executable):
    path = os.path.normpath(os.path.join(folder, name))
    if not path.startswith(folder + "/"):
        raise ValueError("%s leaves its folder" % name)
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), 0o755 if executable else 0o644)


def expect_undamaged(what, data, wanted):
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise ValueError("%s arrived damaged: sha256 %s, wanted %s" % (what, found, wanted))


@contextlib.contextmanager
def whole_folder(target):
    """A folder beside its final place, to which it is renamed when it was filled without an error. Left-over ones go."""
    parent = os.path.dirname(target)
    os.makedirs(parent, mode=0o755, exist_ok=True)
    for left in hidden_in(parent):
        if left.startswith(".new-"):
            shutil.rmtree(os.path.join(parent, left), ignore_errors=True)
    draft = "%s/.new-%s" % (parent, os.urandom(8).hex())
    os.mkdir(draft, 0o700)
    try:
        yield draft
        os.chmod(draft, 0o755)
        os.rename(draft, target)
    except BaseException as error:
        # A full disk must not also be full of drafts.
        shutil.rmtree(draft, ignore_errors=True)
        raise named(error, target)


def drop_own_contents(view):
    """What no step of the view names goes."""
    wanted = {step.get("content") for step in view.get("own", [])}
    for name in names_in(OWN):
        if name not in wanted:
            shutil.rmtree(os.path.join(OWN, name), ignore_errors=True)


def put_inputs(request, data):
    """Makes the bundle current, writes view and secrets. Until the next "applied" the node counts as not applied."""
    if not request.get("sameInputs"):
        try:
            os.unlink(APPLIED)
        except FileNotFoundError:
            pass
    inputs = json.loads(data)
    os.makedirs(CONFIG, exist_ok=True)
    write(CONFIG + "/cluster.json", json.dumps(inputs["view"], indent=1, sort_keys=True) + "\n")
    write(CONFIG + "/secrets.json", json.dumps(inputs["secrets"], sort_keys=True) + "\n", 0o600)
    if request.get("sameInputs"):
        applied = load(APPLIED)
        if applied:
            applied["formatted"] = inputs["view"]["cluster"]["formatted"]
            write(APPLIED, json.dumps(applied))
        return {}
    drop_own_contents(inputs["view"])
    before = os.path.realpath(CURRENT)
    draft = CURRENT + ".new"
    if os.path.lexists(draft):
        os.unlink(draft)
    os.symlink(os.path.join("bundles", request["bundle"]), draft)
    os.rename(draft, CURRENT)
    for name in names_in(BUNDLES):
        path = os.path.join(BUNDLES, name)
        if name != request["bundle"] and path != before:
            shutil.rmtree(path, ignore_errors=True)
    return {}


def mark_applied(request):
    write(APPLIED, json.dumps(dict(request["applied"], at=time.time())))
    return {"formatted": names_in(STATE + "/formatted"), "daemons": daemon_states()}
