"""ansible-playbook, started faster. Imported to be run.

Reading Ansible's list of its own settings, as YAML and in pure Python, is a third of its start. The bundle has such files
as JSON, which is YAML, too, and is read here by the JSON parser.
"""

from __future__ import annotations

import json

import ansible.module_utils.common.yaml as reading

_slowly = reading.yaml_load


def _load(source):
    text = source if isinstance(source, (str, bytes)) else source.read()
    try:
        return json.loads(text)
    except ValueError:
        return _slowly(text)


# Before anything imports it by name.
reading.yaml_load = _load

from ansible.cli.playbook import main  # noqa: E402

main()
