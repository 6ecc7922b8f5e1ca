"""The roles' task of the same name, pushed: renders here, and sends the whole tree in one module call, as push does best."""

from __future__ import annotations

import base64
import importlib.util
from pathlib import Path

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
        given = {name: value for name, value in self._task.args.items() if name not in ("src", "contents", "skip")}
        arguments = {**given, "files": trees[0].files, "key": trees[0].key}
        return self._execute_module(module_name="muster_tree", module_args=arguments, task_vars=task_vars)
