"""The roles' task of the same name, pushed: renders here, and sends the files as MUSTER_PUSH says.

`files`: by Ansible's own modules, a folder or file at a time, as roles written for pushing do. `trees`: in one call of a
module made for it, which needs what is particular to our roles.
"""

from __future__ import annotations

import base64
import fnmatch
import importlib.util
import os
from pathlib import Path

from ansible.errors import AnsibleError

# By path: plug-ins of equal names cannot import each other.
SOURCE = Path(__file__).parents[4] / "roles/plugins/action/muster_files.py"
_spec = importlib.util.spec_from_file_location("muster_files_on_the_node", SOURCE)
_on_the_node = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_on_the_node)


class Sent:
    """Stands in for the tree on the node: keeps what would be written there."""

    def __init__(self, args, dest: Path, check_mode: bool):
        self.files: list[dict] = []
        self.key: str | None = None
        self.changed: list[str] = []
        self.removed: list[str] = []

    def put(self, relative: str, data: bytes, executable: bool) -> None:
        self.files.append({"path": relative, "data": base64.b64encode(data).decode(), "executable": executable})

    def prune(self, key: str) -> None:
        self.key = key


class ActionModule(_on_the_node.ActionModule):
    def run(self, tmp=None, task_vars=None):
        trees: list[Sent] = []

        def tree(*arguments, **named):
            trees.append(Sent(*arguments, **named))
            return trees[-1]

        # Each task runs in a process of its own.
        _on_the_node.Tree = tree
        super().run(tmp, task_vars)
        if os.environ["MUSTER_PUSH"] == "files":
            return self._one_by_one(trees[0].files, task_vars)
        given = {name: value for name, value in self._task.args.items() if name not in ("src", "contents", "skip")}
        arguments = {**given, "files": trees[0].files, "key": trees[0].key}
        return self._execute_module(module_name="muster_tree", module_args=arguments, task_vars=task_vars)

    def _one_by_one(self, files, task_vars):
        args = self._task.args
        owned = {"owner": args.get("owner", "root"), "group": args.get("group", "root")}
        dest = Path(args["dest"])
        changed = False
        # Those above are made with it; what stands right below the root is the system's.
        for folder in sorted({(dest / file["path"]).parent for file in files}):
            if len(folder.parts) <= 2:
                continue
            wanted = {"path": str(folder), "state": "directory"}
            changed |= self._stock("file", wanted, task_vars)
        for file in files:
            content = base64.b64decode(file["data"]).decode()
            wanted = {**owned, "dest": str(dest / file["path"]), "content": content, "mode": self._mode(file), "unsafe_writes": True}
            changed |= self._stock("copy", wanted, task_vars)
        return {"changed": changed}

    def _mode(self, file) -> str:
        for pattern, mode in self._task.args.get("modes", {}).items():
            if fnmatch.fnmatchcase(file["path"], pattern):
                return str(mode)
        mode = int(self._task.args.get("mode", "0644"), 8)
        return f"{mode | (mode & 0o444) >> 2 if file['executable'] else mode:04o}"

    def _stock(self, name: str, args: dict, task_vars) -> bool:
        if name == "file":
            result = self._execute_module(module_name="ansible.legacy.file", module_args=args, task_vars=task_vars)
        else:
            task = self._task.copy()
            task.args = args
            action = self._shared_loader_obj.action_loader.get(
                f"ansible.legacy.{name}",
                task=task,
                connection=self._connection,
                play_context=self._play_context,
                loader=self._loader,
                templar=self._templar,
                shared_loader_obj=self._shared_loader_obj,
            )
            result = action.run(task_vars=task_vars)
        if result.get("failed"):
            raise AnsibleError(f"{args.get('dest', args.get('path'))}: {result.get('msg')}")
        return bool(result.get("changed"))
