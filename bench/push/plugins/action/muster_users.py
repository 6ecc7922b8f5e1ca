"""The roles' task of the same name, pushed: Ansible's own module, once for each user."""

from __future__ import annotations

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        result = {"changed": False}
        for user in self._task.args["users"]:
            own = {name: value for name, value in user.items() if name in ("name", "uid")}
            args = {**own, "shell": "/bin/bash", "create_home": True}
            result = self._execute_module(module_name="ansible.legacy.user", module_args=args, task_vars=task_vars)
            if result.get("failed"):
                break
        return result
