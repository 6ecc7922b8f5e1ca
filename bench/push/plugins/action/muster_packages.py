"""The roles' task of the same name, pushed: asks the node for its packages. All hosts here have them in their image."""

from __future__ import annotations

from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        file = Path(self._task._role._role_path) / "vars/packages.yml"
        lists = self._templar.template(self._loader.load_from_file(str(file)))
        names = lists.get(f"packages_{task_vars['distribution']['id']}") or lists["packages"]
        argv = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names]
        answer = self._execute_module(
            module_name="ansible.legacy.command", module_args={"argv": argv}, task_vars=task_vars
        )
        present = [line.split()[0] for line in answer["stdout_lines"] if line.endswith(" installed")]
        missing = sorted(set(names) - set(present))
        if missing:
            raise AnsibleError(f"not in the hosts' image: {', '.join(missing)}")
        return {**answer, "changed": False}
