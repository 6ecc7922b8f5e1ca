"""Keys and certificates: the node's own host key, and a key for each user that logs in from this node to others."""

import json
import os
import pwd
import re
import subprocess

import muster_state

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
NEW_HOST_KEY = HOST_KEY + ".muster-new"
USER_CA = "/etc/ssh/muster_user_ca.pub"
DROP_IN = "/etc/ssh/sshd_config.d/10-muster.conf"
# File systems of other machines, and what mounts them when somebody looks.
FAR = ("autofs", "nfs", "nfs4")
WANTED_USERS = muster_state.CONFIG + "/ssh-users.d"


def host_key(request):
    """The public key to be signed. With "replace" a new one is made; it takes its place together with the certificate."""
    if not request["replace"] and os.path.exists(HOST_KEY):
        return {"key": muster_state.text_of(HOST_KEY + ".pub")}
    for path in (NEW_HOST_KEY, NEW_HOST_KEY + ".pub"):
        if os.path.exists(path):
            os.unlink(path)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", NEW_HOST_KEY], check=True, timeout=60)
    return {"key": muster_state.text_of(NEW_HOST_KEY + ".pub")}


def install_trust(request):
    """Host certificate, trusted user CA, the sshd settings that name them; sshd reads them at once."""
    if os.path.exists(NEW_HOST_KEY):
        os.rename(NEW_HOST_KEY, HOST_KEY)
        os.rename(NEW_HOST_KEY + ".pub", HOST_KEY + ".pub")
    muster_state.write(HOST_KEY + "-cert.pub", request["certificate"] + "\n")
    muster_state.write(USER_CA, request["userCa"] + "\n")
    muster_state.write(DROP_IN, "HostCertificate %s-cert.pub\nTrustedUserCAKeys %s\n" % (HOST_KEY, USER_CA))
    include_drop_ins()
    muster_state.write(muster_state.STATE + "/enrolled.json", json.dumps({"generation": request["generation"]}))
    expect_settings()
    reload_sshd()
    return {}


def reload_sshd():
    """Under the name that this system gives it; one that does not run reads its settings when it begins."""
    for unit in ("ssh.service", "sshd.service"):
        reloaded = subprocess.run(["systemctl", "reload", unit], timeout=30, stderr=subprocess.PIPE)
        if reloaded.returncode == 0:
            return
        if subprocess.run(["systemctl", "is-active", "--quiet", unit], timeout=20).returncode == 0:
            raise OSError("sshd does not read its settings again: %s" % reloaded.stderr.decode(errors="replace").strip())


def expect_settings():
    """What sshd makes of all its files: something that an image brought may come before ours."""
    path = {"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}
    shown = subprocess.run(["sshd", "-T"], timeout=30, env=path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if shown.returncode != 0:
        raise OSError("sshd refuses its settings: %s" % shown.stderr.decode(errors="replace").strip()[-300:])
    effective = shown.stdout.decode(errors="replace").lower().splitlines()
    for line in ("hostcertificate %s-cert.pub" % HOST_KEY, "trustedusercakeys %s" % USER_CA):
        if line not in effective:
            raise OSError('sshd does not take "%s" from %s: another setting of it comes first' % (line, DROP_IN))


def include_drop_ins():
    """Older systems' sshd_config does not read the drop-in folder by itself."""
    path = "/etc/ssh/sshd_config"
    text = muster_state.text_of(path) or ""
    if not re.search(r"^\s*Include\s+/etc/ssh/sshd_config\.d/", text, re.MULTILINE | re.IGNORECASE):
        muster_state.write(path, "Include /etc/ssh/sshd_config.d/*.conf\n" + text + "\n")


def user_keys(request):
    """Public key and present certificate of each asked-for user and of those that daemons run as."""
    found = {}
    for name in sorted(set(request["users"]) | set(muster_state.names_in(WANTED_USERS)) | daemon_users()):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        if user.pw_uid != 0 and not is_elsewhere(user.pw_dir) and os.path.isdir(user.pw_dir):
            found[name] = key_of(user)
    return found


def is_elsewhere(home):
    """Whether a home leads to another machine's disk: that may be silent, and whose disk it is takes care of the keys there."""
    if not os.path.islink(home):
        return False
    place = os.path.join(os.path.dirname(home), os.readlink(home))
    mounts = [line.split(" ")[1:3] for line in muster_state.text_of("/proc/self/mounts").splitlines()]
    above = [(len(point), kind) for point, kind in mounts if (place + "/").startswith(point.rstrip("/") + "/")]
    return max(above)[1] in FAR


def daemon_users():
    units = list(muster_state.daemon_units().values())
    if not units:
        return set()
    shown = subprocess.run(["systemctl", "show", "--value", "-p", "User"] + units, stdout=subprocess.PIPE, timeout=20)
    return set(shown.stdout.decode().split())


def as_user(user, argv, data=None):
    """A home folder is its owner's: what root would write there could be led elsewhere by a link."""
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    them = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups, "umask": 0o077}
    subprocess.run(argv, input=data, check=True, timeout=60, cwd="/", **them)


def key_of(user):
    key = user.pw_dir + "/.ssh/id_ed25519"
    if not os.path.exists(key + ".pub"):
        make = 'mkdir -p "$1/.ssh" && exec ssh-keygen -q -t ed25519 -N "" -C "$2" -f "$1/.ssh/id_ed25519"'
        as_user(user, ["sh", "-c", make, "sh", user.pw_dir, user.pw_name])
    return {"key": muster_state.text_of(key + ".pub"), "certificate": muster_state.text_of(key + "-cert.pub")}


def install_user_certificates(request):
    for name, certificate in request["certificates"].items():
        user = pwd.getpwnam(name)
        path = user.pw_dir + "/.ssh/id_ed25519-cert.pub"
        as_user(user, ["sh", "-c", 'cat > "$1.new" && mv "$1.new" "$1"', "sh", path], (certificate + "\n").encode())
    return {}
