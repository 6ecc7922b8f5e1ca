"""Appends a JSON line per task to the file MUSTER_EVENTS, which people see, and says in MUSTER_RESULT how it ended."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: muster_events
type: notification
short_description: progress as JSON lines; the number of changes or the reason of a failure
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "muster_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._path = os.environ.get("MUSTER_EVENTS")
        self._last = ""
        self._failure = ""
        self._reboot = ""

    def _write(self, event: dict) -> None:
        if self._path:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")

    @staticmethod
    def _name(task) -> str:
        role = task._role.get_name() if task._role else os.environ.get("MUSTER_PLAY", "site")
        # Ansible's own task that checks a role's arguments has a name as long as the role's description.
        name = "Check the settings" if "validate_argument_spec" in task.action else task.name or task.action
        return f"{role}: {name}"

    def v2_playbook_on_task_start(self, task, is_conditional):
        text = self._name(task)
        if task.action.endswith("include_role") or text == self._last:
            return
        self._last = text
        self._write({"text": text, "state": "progress"})

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        if asks_for_reboot(result):
            self._reboot = self._name(result._task)
            return
        if not ignore_errors:
            self._failure = self._failure or f"{self._name(result._task)}: {first_useful_line(result._result)}"

    def v2_runner_on_unreachable(self, result):
        self.v2_runner_on_failed(result)

    def v2_playbook_on_stats(self, stats):
        if self._reboot:
            result = {"reboot": self._reboot}
        elif self._failure or stats.failures or stats.dark:
            result = {"failed": (self._failure or "a task failed without saying why")[:500]}
        else:
            result = {"changed": sum(stats.changed.values())}
        path = os.environ.get("MUSTER_RESULT")
        if path:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(result, file)


def asks_for_reboot(result) -> bool:
    """Ansible's own module reboots no machine that it runs on itself: it says so, and that is how a node is asked."""
    is_reboot = result._task.action in ("reboot", "ansible.builtin.reboot", "ansible.legacy.reboot")
    return is_reboot and "would reboot the control node" in str(result._result.get("msg", ""))


SAYS_NOTHING = ("non-zero return code", "All items completed")


def first_useful_line(result: dict) -> str:
    """The line a person would look for: the program's own words before Ansible's."""
    for item in result.get("results", []):
        if isinstance(item, dict) and item.get("failed"):
            return first_useful_line(item)
    for key in ("stderr", "module_stderr", "msg", "stdout", "exception"):
        text = result.get(key)
        lines = [line.strip() for line in str(text).splitlines() if line.strip()] if text else []
        # A Python traceback says it in its last line.
        if lines and lines[0].startswith("Traceback"):
            return lines[-1]
        if lines and lines[0] not in SAYS_NOTHING:
            return lines[0]
    return f"exit code {result['rc']}" if "rc" in result else "failed"
