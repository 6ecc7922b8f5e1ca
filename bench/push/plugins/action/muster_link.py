"""The roles' task of the same name, pushed: Ansible's own module."""

from __future__ import annotations

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        args = {"src": self._task.args["src"], "path": self._task.args["dest"], "state": "link"}
        return self._execute_module(module_name="ansible.legacy.file", module_args=args, task_vars=task_vars)
