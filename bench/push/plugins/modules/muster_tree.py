"""Writes a tree of files that was sent whole: what differs, by temporary file and rename; removes what is no longer named."""

from __future__ import annotations

import base64
import errno
import fnmatch
import grp
import json
import os
import pwd
import subprocess
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

OWNED = Path("/var/lib/muster/files")


def main():
    module = AnsibleModule(
        argument_spec={
            "dest": {"type": "str", "required": True},
            "owner": {"type": "str", "default": "root"},
            "group": {"type": "str", "default": "root"},
            "mode": {"type": "str", "default": "0644"},
            "dir_mode": {"type": "str", "default": "0755"},
            "modes": {"type": "dict", "default": {}},
            "validate": {"type": "list", "elements": "str", "default": []},
            "files": {"type": "list", "elements": "dict", "required": True},
            "prune": {"type": "bool", "default": True},
            "key": {"type": "str"},
        }
    )
    args = module.params
    owner = pwd.getpwnam(args["owner"]).pw_uid, grp.getgrnam(args["group"]).gr_gid
    changed, wanted = [], []
    for file in args["files"]:
        path = Path(args["dest"]) / file["path"]
        wanted.append(str(path))
        data, mode = base64.b64decode(file["data"]), mode_of(args, file)
        if is_as_wanted(path, data, mode, owner):
            continue
        make_folder(path.parent, int(args["dir_mode"], 8), owner)
        replace(module, path, data, mode, owner, args["validate"])
        changed.append(str(path))
    removed = prune(module, wanted) if args["prune"] and args["key"] else []
    module.exit_json(changed=bool(changed or removed), paths=changed, removed=removed)


def mode_of(args, file) -> int:
    for pattern, mode in args["modes"].items():
        if fnmatch.fnmatchcase(file["path"], pattern):
            return int(mode, 8)
    mode = int(args["mode"], 8)
    return mode | (mode & 0o444) >> 2 if file["executable"] else mode


def is_as_wanted(path: Path, data: bytes, mode: int, owner) -> bool:
    try:
        stat = path.lstat()
        same = (stat.st_uid, stat.st_gid) == owner and stat.st_mode & 0o7777 == mode
        return same and path.is_file() and path.read_bytes() == data
    except FileNotFoundError:
        return False


def make_folder(folder: Path, mode: int, owner) -> None:
    if folder.is_dir():
        return
    make_folder(folder.parent, mode, owner)
    folder.mkdir(exist_ok=True)
    os.chown(folder, *owner)
    folder.chmod(mode)


def replace(module, path: Path, data: bytes, mode: int, owner, validate: list[str]) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        os.fchown(file.fileno(), *owner)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    if validate:
        argv = [word.replace("%s", temporary) for word in validate]
        outcome = subprocess.run(argv, capture_output=True, text=True, check=False)
        if outcome.returncode != 0:
            module.fail_json(msg=f"{path}: {outcome.stderr or outcome.stdout}")
    try:
        os.rename(temporary, path)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        path.write_bytes(data)
        os.chmod(path, mode)
        os.unlink(temporary)


def prune(module, wanted: list[str]) -> list[str]:
    record = OWNED / f"{module.params['key']}.json"
    before = json.loads(record.read_text()) if record.exists() else []
    gone = sorted(path for path in set(before) - set(wanted) if os.path.lexists(path))
    for path in gone:
        os.unlink(path)
    if sorted(before) != sorted(wanted):
        OWNED.mkdir(parents=True, exist_ok=True)
        replace(module, record, json.dumps(sorted(wanted)).encode(), 0o644, (0, 0), [])
    return gone


if __name__ == "__main__":
    main()
