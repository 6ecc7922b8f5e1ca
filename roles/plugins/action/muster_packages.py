"""Installs Debian packages that are missing; one dpkg-query when none is."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

LISTS = Path("/var/lib/apt/lists")
LISTS_GOOD_SECONDS = 3600
POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# muster: daemons are started by bin/activate, not by their packages\nexit 101\n"


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(argument_spec={"name": {"type": "list", "elements": "str"}})
        missing = missing_of(args["name"] or self._own_packages(task_vars))
        result.update(changed=bool(missing), installed=missing)
        if missing and not self._task.check_mode:
            install(missing)
        return result

    def _own_packages(self, task_vars) -> list[str]:
        """The role's own list, which the image builder reads, too."""
        file = Path(self._task._role._role_path) / "vars/packages.yml"
        lists = self._templar.template(self._loader.load_from_file(str(file)))
        return lists.get(f"packages_{task_vars['distribution']['id']}") or lists["packages"]


def missing_of(names: list[str]) -> list[str]:
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    present = {line.split()[0] for line in answer.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in present]


def install(names: list[str]) -> None:
    try:
        age = time.time() - LISTS.stat().st_mtime if any(LISTS.glob("*Packages*")) else LISTS_GOOD_SECONDS
    except FileNotFoundError:
        age = LISTS_GOOD_SECONDS
    if age >= LISTS_GOOD_SECONDS:
        _apt(["update"])
    ours = not POLICY.exists() or POLICY.read_text() == POLICY_TEXT
    if ours:
        POLICY.write_text(POLICY_TEXT)
        POLICY.chmod(0o755)
    try:
        _apt(["install", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *names])
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


def _apt(arguments: list[str]) -> None:
    argv = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    environment.pop("PYTHONPATH", None)
    outcome = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    if outcome.returncode != 0:
        lines = [line for line in outcome.stderr.splitlines() if line.startswith("E:")] or outcome.stderr.splitlines()
        raise AnsibleError(f"apt-get {arguments[0]}: {'; '.join(lines[:3]) or 'failed'}")
