"""Writes a whole tree of files in one task: renders templates, copies the rest, removes what it no longer names.

Runs inside the Ansible process (the node configures itself), so that a tree costs one task and no process per file.
"""

from __future__ import annotations

import errno
import fnmatch
import grp
import hashlib
import json
import os
import pwd
import subprocess
import tempfile
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import AnsibleEnvironment

OWNED = Path("/var/lib/muster/files")
MANAGED = "Managed by muster: changes made here are overwritten."


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(
            argument_spec={
                "src": {"type": "str"},
                "dest": {"type": "str", "required": True},
                "owner": {"type": "str", "default": "root"},
                "group": {"type": "str", "default": "root"},
                "mode": {"type": "str", "default": "0644"},
                "dir_mode": {"type": "str", "default": "0755"},
                "modes": {"type": "dict", "default": {}},
                "skip": {"type": "list", "elements": "str", "default": []},
                "contents": {"type": "dict", "default": {}},
                "validate": {"type": "list", "elements": "str", "default": []},
                "prune": {"type": "bool", "default": True},
            },
            required_one_of=[["src", "contents"]],
        )
        dest = Path(args["dest"])
        if not dest.is_absolute():
            raise AnsibleError(f"dest must be an absolute path, found {dest}")
        tree = Tree(args, dest, check_mode=self._task.check_mode)
        for relative, data, executable in self._sources(args, task_vars):
            tree.put(relative, data, executable)
        if args["prune"]:
            tree.prune(self._owner_key(args))
        result.update(changed=bool(tree.changed or tree.removed), paths=tree.changed, removed=tree.removed)
        return result

    def _owner_key(self, args) -> str:
        role = self._task._role.get_name() if self._task._role else "playbook"
        identity = "\0".join([role, args["src"] or "", args["dest"]])
        return f"{role}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"

    def _sources(self, args, task_vars):
        """Each file as (path below dest, bytes, whether it is executable)."""
        skipped = lambda path: any(fnmatch.fnmatchcase(path, pattern) for pattern in args["skip"])  # noqa: E731
        if args["src"]:
            templates = Path(self._task._role._role_path) / "templates"
            root = templates / args["src"]
            if not root.is_dir():
                raise AnsibleError(f"no folder {root}")
            render = self._renderer(templates, task_vars)
            for path in sorted(p for p in root.rglob("*") if p.is_file()):
                relative = str(path.relative_to(root))
                target = relative.removesuffix(".j2")
                if skipped(target):
                    continue
                data = path.read_bytes()
                if target != relative:
                    data = render(data.decode(), path)
                yield target, data, os.access(path, os.X_OK) and path.stat().st_mode & 0o100 != 0
        for relative, content in sorted(args["contents"].items()):
            if not skipped(relative):
                text = content if isinstance(content, str) else json.dumps(content, indent=2, sort_keys=True) + "\n"
                yield relative, text.encode(), False

    def _renderer(self, templates: Path, task_vars):
        # Not the native environment of task arguments: a file is always text.
        templar = self._templar.copy_with_new_env(
            environment_class=AnsibleEnvironment,
            searchpath=[str(templates)],
            available_variables={**task_vars, "ansible_managed": MANAGED},
        )

        def render(text: str, path: Path) -> bytes:
            try:
                rendered = templar.do_template(
                    text,
                    preserve_trailing_newlines=True,
                    escape_backslashes=False,
                    overrides={"trim_blocks": True, "lstrip_blocks": True},
                )
            except Exception as error:
                raise AnsibleError(f"{path.relative_to(templates)}: {error}") from error
            return str(rendered).encode()

        return render


class Tree:
    """The files below one folder, as they are wanted; writes what differs."""

    def __init__(self, args, dest: Path, check_mode: bool):
        self.args = args
        self.dest = dest
        self.check_mode = check_mode
        self.wanted: list[str] = []
        self.changed: list[str] = []
        self.removed: list[str] = []
        self.uid = _id(args["owner"], lambda name: pwd.getpwnam(name).pw_uid, check_mode)
        self.gid = _id(args["group"], lambda name: grp.getgrnam(name).gr_gid, check_mode)
        self.dir_mode = int(args["dir_mode"], 8)

    def put(self, relative: str, data: bytes, executable: bool) -> None:
        path = self.dest / relative
        if ".." in path.parts:
            raise AnsibleError(f"{relative} leaves {self.dest}")
        self.wanted.append(str(path))
        mode = self._mode(relative, executable)
        if self._same_content(path, data):
            if self._fix_attributes(path, mode):
                self.changed.append(str(path))
            return
        self.changed.append(str(path))
        if not self.check_mode:
            self._make_folder(path.parent)
            self._write(path, data, mode)

    def prune(self, key: str) -> None:
        record = OWNED / f"{key}.json"
        before = json.loads(record.read_text()) if record.exists() else []
        for path in sorted(set(before) - set(self.wanted)):
            if os.path.lexists(path):
                self.removed.append(path)
                if not self.check_mode:
                    os.unlink(path)
        if sorted(before) != sorted(self.wanted) and not self.check_mode:
            OWNED.mkdir(parents=True, exist_ok=True, mode=0o755)
            _replace(record, json.dumps(sorted(self.wanted)).encode(), 0o644, 0, 0, [])

    def _mode(self, relative: str, executable: bool) -> int:
        for pattern, mode in self.args["modes"].items():
            if fnmatch.fnmatchcase(relative, pattern):
                return int(str(mode), 8)
        mode = int(self.args["mode"], 8)
        return mode | (mode & 0o444) >> 2 if executable else mode

    def _same_content(self, path: Path, data: bytes) -> bool:
        try:
            # A link is replaced by a file: what it points to belongs to somebody else.
            return not path.is_symlink() and path.read_bytes() == data
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _fix_attributes(self, path: Path, mode: int) -> bool:
        stat = path.stat()
        differs = (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid) != (mode, self.uid, self.gid)
        if differs and not self.check_mode:
            os.chown(path, self.uid, self.gid)
            os.chmod(path, mode)
        return differs

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        os.chown(folder, self.uid, self.gid)
        folder.chmod(self.dir_mode)

    def _write(self, path: Path, data: bytes, mode: int) -> None:
        _replace(path, data, mode, self.uid, self.gid, self.args["validate"])


def _id(name: str, look_up, check_mode: bool) -> int:
    if name.isdigit():
        return int(name)
    try:
        return look_up(name)
    except KeyError:
        if check_mode:  # The user may be one that an earlier task would have made.
            return 0
        raise AnsibleError(f"no user or group {name} on this node") from None


def _replace(path: Path, data: bytes, mode: int, uid: int, gid: int, validate: list[str]) -> None:
    """Puts the content in place as a whole: readers see the old file or the new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.muster-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        if validate:
            _validate(path, [word.replace("%s", temporary) for word in validate])
        try:
            os.rename(temporary, path)
        except OSError as error:
            # A file that is a bind mount of its own (hosts, resolv.conf in containers) can only be written into.
            if error.errno != errno.EBUSY:
                raise
            path.write_bytes(data)
            os.chmod(path, mode)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _validate(path: Path, argv: list[str]) -> None:
    outcome = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    if outcome.returncode != 0:
        said = (outcome.stderr or outcome.stdout).strip()
        raise AnsibleError(f"{path} was not written: {argv[0]} refuses it: {said}")
