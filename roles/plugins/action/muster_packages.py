"""Installs Debian packages that are missing; one dpkg-query when none is.

A thorough run (MUSTER_THOROUGH) also installs again those whose files were removed or changed by hand.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

LISTS = Path("/var/lib/apt/lists")
LISTS_GOOD_SECONDS = 3600
POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# muster: daemons are started by bin/activate, not by their packages\nexit 101\n"
# A line of `dpkg --verify`: how the file differs, whether it is a setting (roles write those), its path.
VERIFIED = re.compile(r"^(missing|\S{9}) +(c )?(/.+)$", re.MULTILINE)
# What no program needs, and small images are made without.
PAPERS = tuple(f"/usr/share/{folder}/" for folder in ("doc", "info", "lintian", "locale", "man"))


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(argument_spec={"name": {"type": "list", "elements": "str"}})
        names = args["name"] or self._own_packages(task_vars)
        missing = missing_of(names)
        damaged = damages_of(names) if os.environ.get("MUSTER_THOROUGH") else {}
        result.update(changed=bool(missing or damaged), installed=missing, reinstalled=sorted(damaged))
        if missing and not self._task.check_mode:
            install(missing)
        if damaged and not self._task.check_mode:
            install_again(damaged)
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


def damages_of(names: list[str]) -> dict[str, str]:
    """Packages with a file that is not as it was installed, and that file. Settings and papers do not count."""
    found = {}
    for name in names:
        answer = subprocess.run(["dpkg", "--verify", name], capture_output=True, text=True, check=False)
        for differs, setting, path in VERIFIED.findall(answer.stdout):
            if not setting and not path.startswith(PAPERS):
                found.setdefault(name, f"{path} is {'missing' if differs == 'missing' else 'changed'}")
    return found


def install_again(damaged: dict[str, str]) -> None:
    reason = ""
    try:
        install(["--reinstall", *damaged])
    except AnsibleError as error:
        reason = f": {error}"
    # Where apt has no source for a package it says so, and that it succeeded.
    for name, damage in damages_of(list(damaged)).items():
        raise AnsibleError(f"{damage}, and its package {name} cannot be installed again{reason}")


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
