"""A symbolic link, put in place as a whole: readers see the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(
            argument_spec={"src": {"type": "str", "required": True}, "dest": {"type": "str", "required": True}},
        )
        src, dest = Path(args["src"]), Path(args["dest"])
        if dest.is_symlink() and os.readlink(dest) == str(src):
            return {**result, "changed": False}
        if not self._task.check_mode:
            if not src.exists():
                raise AnsibleError(f"{dest} cannot point at {src}: it is not there")
            if dest.is_dir() and not dest.is_symlink():
                raise AnsibleError(f"{dest} is a folder, not a link")
            dest.parent.mkdir(parents=True, exist_ok=True)
            draft = dest.with_name(f".{dest.name}.muster-{os.getpid()}")
            draft.unlink(missing_ok=True)
            draft.symlink_to(src)
            draft.rename(dest)
        return {**result, "changed": True}
