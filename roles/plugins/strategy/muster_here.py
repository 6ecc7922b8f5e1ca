"""The linear strategy for one host that configures itself: its tasks run in Ansible's own process, one after another.

Ansible starts a process for every task, because pushing to many hosts waits; here nothing is waited for, and of a run
that changes nothing most of the time would go by in starting processes.
"""

from __future__ import annotations

import traceback

from ansible.errors import AnsibleConnectionFailure
from ansible.executor.process.worker import WorkerProcess
from ansible.executor.task_executor import TaskExecutor
from ansible.plugins import strategy
from ansible.plugins.strategy.linear import StrategyModule as Linear

DOCUMENTATION = "name: muster_here"


class Here(WorkerProcess):
    """A worker that has done its work when it was started."""

    def start(self) -> None:
        # What a task makes of its arguments stays with this run of it, as it does with a process of its own.
        task = self._task.copy(exclude_parent=True, exclude_tasks=True)
        task._parent = self._task._parent
        self._save_stdin()
        try:
            result = self._result_of(task)
        finally:
            self._new_stdin.close()
        self._final_q.send_task_result(self._host.name, task._uuid, result, task_fields=task.dump_attrs())

    def _result_of(self, task) -> dict:
        given = (self._play_context, self._new_stdin, self._loader, self._shared_loader_obj, self._final_q)
        try:
            return TaskExecutor(self._host, task, self._task_vars, *given, self._variable_manager).run()
        except AnsibleConnectionFailure as failure:
            return {"unreachable": True, "msg": str(failure)}
        except Exception as failure:
            return {"failed": True, "msg": str(failure), "exception": traceback.format_exc(), "stdout": ""}

    def is_alive(self) -> bool:
        return False

    @property
    def exitcode(self) -> int:
        return 0


class StrategyModule(Linear):
    def __init__(self, tqm):
        super().__init__(tqm)
        # The one place where strategies make workers.
        strategy.WorkerProcess = Here
