"""What each kind of the user's own steps does. Each takes the files that the step wrote before, and returns those it wrote."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from muster_node.ansible_run import Failed, run_playbook
from muster_node.events import Events
from muster_node.lock import RUN
from muster_node.own_record import LOGS, log_of, remove

CONTENTS = Path("/opt/muster/own")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LAST_LINES = 5


def content_of(step: dict) -> Path:
    return CONTENTS / step["content"]


def run_role(step: dict, view: dict, events: Events, _files: list[str]) -> list[str]:
    task = {"name": f"Apply {step['entry']}", "ansible.builtin.include_role": {"name": step["entry"]}}
    play = {"name": step["name"], "hosts": "localhost", "gather_facts": True, "tasks": [{**task, "vars": step.get("vars", {})}]}
    run_ansible(write_playbook([play]), step, view, events, {"ANSIBLE_ROLES_PATH": str(content_of(step) / "roles")})
    return []


def run_users_playbook(step: dict, view: dict, events: Events, _files: list[str]) -> list[str]:
    roles = {"ANSIBLE_ROLES_PATH": str(content_of(step) / "roles")}
    run_ansible(content_of(step) / step["entry"], step, view, events, roles, step.get("vars", {}))
    return []


def install_packages(step: dict, view: dict, events: Events, _files: list[str]) -> list[str]:
    plain = [name for name in step["packages"] if not name.endswith(".deb") and "=" not in name]
    if not_installed(plain):
        task = {"name": "Install packages", "muster_packages": {"name": plain}}
        play = {"name": step["name"], "hosts": "localhost", "gather_facts": False, "tasks": [task]}
        run_ansible(write_playbook([play]), step, view, events, {})
    others = [name for name in step["packages"] if name not in plain]
    if others:
        # To apt a path with a slash is a file.
        wanted = [str(content_of(step) / name) if name.endswith(".deb") else name for name in others]
        argv = ["apt-get", "-q", "--yes", "--no-install-recommends", "--allow-downgrades", "-o", "DPkg::Lock::Timeout=300"]
        environment = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
        ended = subprocess.run([*argv, "install", *wanted], env=environment, capture_output=True, text=True, check=False)
        print(ended.stdout, ended.stderr)
        if ended.returncode != 0:
            said = [line for line in ended.stderr.splitlines() if line.startswith("E:")] or ended.stderr.splitlines()
            raise Failed(f"apt-get install: {'; '.join(said[:3]) or 'failed'}")
    return []


def not_installed(names: list[str]) -> list[str]:
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names]
    known = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines() if names else []
    return [name for name in names if f"{name} installed" not in known]


def run_ansible(
    playbook: Path, step: dict, view: dict, events: Events, more: dict[str, str], variables: dict | None = None
) -> None:
    """Variables of the user's own keep their names: what is known of the cluster is all below `muster`."""
    inventory = RUN / "own-inventory"
    groups = [*view["node"]["groups"], view["node"]["pool"]]
    lines = ["localhost ansible_connection=local", *(f"[{group}]\nlocalhost" for group in dict.fromkeys(groups))]
    inventory.write_text("\n".join(lines) + "\n", encoding="utf-8")
    # As users' roles know Ansible: each task in a process of its own.
    environment = {"ANSIBLE_STRATEGY": "linear", "ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS": "ignore", **more}
    environment["MUSTER_PLAY"] = step["kind"]
    known = {name: part for name, part in view.items() if name != "own"}
    try:
        run_playbook(playbook, {**(variables or {}), "muster": known}, events, str(inventory), environment=environment)
    finally:
        inventory.unlink(missing_ok=True)


def write_playbook(plays: list[dict]) -> Path:
    path = RUN / "own-playbook.json"
    path.write_text(json.dumps(plays), encoding="utf-8")
    return path


def run_script(step: dict, view: dict, events: Events, _files: list[str]) -> list[str]:
    """The script's output stays in its log; of a failure its last lines are told."""
    program = content_of(step) / step["entry"]
    try:
        user = pwd.getpwnam(step.get("user", "root"))
    except KeyError:
        raise Failed(f"no user {step['user']} on this node") from None
    node = view["node"]
    environment = {
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "HOME": user.pw_dir,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "MUSTER_CLUSTER": view["cluster"]["name"],
        "MUSTER_NODE": node["name"],
        "MUSTER_ADDRESS": node["address"],
        "MUSTER_POOL": node["pool"],
        "MUSTER_ORDINAL": str(node["ordinal"]),
        "MUSTER_ROLES": " ".join(node["roles"]),
        "MUSTER_MASTERS": " ".join(master["name"] for master in view["masters"]),
    }
    argv = [str(program), *step.get("args", [])]
    if not program.read_bytes().startswith(b"#!"):
        argv = ["/bin/sh", *argv]
    LOGS.mkdir(parents=True, exist_ok=True)
    log = log_of(step["name"])
    with open(log, "wb") as output:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=user.pw_dir if os.path.isdir(user.pw_dir) else "/",
            env=environment,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=os.getgrouplist(user.pw_name, user.pw_gid),
            start_new_session=True,
        )
        try:
            code = child.wait(step["timeoutSeconds"])
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise Failed(f"did not end within {step['timeoutSeconds']} s{last_words(log)}") from None
    if code != 0:
        how = f"exit code {code}" if code > 0 else f"ended by {signal.Signals(-code).name}"
        raise Failed(f"{how}{last_words(log) or ', it said nothing'}")
    return []


def last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f": {' / '.join(lines[-LAST_LINES:])[-500:]}" if lines else ""


def copy_files(step: dict, _view: dict, _events: Events, before: list[str]) -> list[str]:
    """Writes what differs, by a draft beside it; what the step wrote before and no longer names goes."""
    content, target = content_of(step), Path(step["to"])
    single = step.get("entry")
    pairs = (
        [(content / single, target)]
        if single
        else [(path, target / path.relative_to(content)) for path in sorted(content.rglob("*")) if path.is_file()]
    )
    for source, path in pairs:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise Failed(f"{path} is a folder there")
        draft = path.with_name(f".{path.name}.muster-own")
        shutil.copyfile(source, draft)
        mode = int(step["mode"], 8) if "mode" in step else source.stat().st_mode & 0o777
        try:
            shutil.chown(draft, step.get("owner", "root"), step.get("group", "root"))
        except LookupError as problem:
            draft.unlink()
            raise Failed(str(problem)) from None
        draft.chmod(mode)
        draft.rename(path)
    written = [str(path) for _, path in pairs]
    remove([path for path in before if path not in written])
    return written


KINDS = {
    "role": run_role,
    "playbook": run_users_playbook,
    "script": run_script,
    "file": copy_files,
    "packages": install_packages,
}
