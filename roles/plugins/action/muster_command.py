"""Runs a program of the node's: what ansible.builtin.command does, without sending a module to the machine it is on."""

from __future__ import annotations

import os
import subprocess

from ansible.plugins.action import ActionBase

# How Ansible itself is run is no other program's matter.
OWN = ("ANSIBLE_", "MUSTER_", "PYTHON")


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(
            argument_spec={
                "argv": {"type": "list", "elements": "str", "required": True},
                "timeout": {"type": "int", "default": 600},
            },
        )
        if self._task.check_mode:
            return {**result, "skipped": True, "changed": False, "rc": 0, "stdout": "", "stderr": ""}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
        try:
            ended = subprocess.run(
                args["argv"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                cwd="/",
                env=environment,
                timeout=args["timeout"],
            )
        except subprocess.TimeoutExpired:
            return {**result, "failed": True, "rc": -1, "msg": f"{args['argv'][0]} did not end within {args['timeout']} s"}
        except OSError as error:
            return {**result, "failed": True, "rc": 127, "msg": f"{args['argv'][0]}: {error.strerror}"}
        said = {"rc": ended.returncode, "stdout": ended.stdout.rstrip("\n"), "stderr": ended.stderr.rstrip("\n")}
        result.update(said, changed=True)
        if ended.returncode != 0:
            reason = said["stderr"] or said["stdout"] or "it said nothing"
            result.update(failed=True, msg=f"{args['argv'][0]} ended with {ended.returncode}: {reason}")
        return result
