"""People's accounts: a home folder, bash, and the number that is asked for. Nothing is done for those that are right."""

from __future__ import annotations

import pwd
import subprocess

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

SHELL = "/bin/bash"


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        # What else a user has, keys for example, is not this task's.
        _, args = self.validate_argument_spec(
            argument_spec={"users": {"type": "list", "elements": "dict", "required": True}},
        )
        changes = [change for user in args["users"] if (change := change_of(user["name"], user.get("uid")))]
        if not self._task.check_mode:
            for change in changes:
                do(change)
        return {**result, "changed": bool(changes), "users": [change[-1] for change in changes]}


def change_of(name: str, uid: int | None) -> list[str] | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        number = [] if uid is None else ["--uid", str(uid)]
        return ["useradd", "--create-home", "--shell", SHELL, *number, name]
    options = [] if uid is None or found.pw_uid == uid else ["--uid", str(uid)]
    options += [] if found.pw_shell == SHELL else ["--shell", SHELL]
    return ["usermod", *options, name] if options else None


def do(change: list[str]) -> None:
    ended = subprocess.run(change, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise AnsibleError(f"{change[0]} {change[-1]}: {ended.stderr.strip() or f'ended with {ended.returncode}'}")
