# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the documentation are run as they stand; only names and ports become those of the lab."""

from __future__ import annotations

import importlib
import json
from typing import Any

import dovecot
import pytest
import yaml
from lab import Lab
from plays import Plays

MODULES = ["mailbox_connection", "mailbox_connection_info"]
HOSTS = {"smtp.acme.example": "127.0.0.1", "imap.acme.example": "127.0.0.1"}
ADDRESSES = {
    "sales01@acme.example": "sales01@acme.test",
    "sales01@gmail.com": "sales01@acme.test",
    "news@acme.example": "sales01@acme.test",
    "offers@acme.example": "team@acme.test",
}


def in_the_lab(lab: Lab, example: Any) -> Any:
    """Return an example with the lab's names and ports."""
    ports = {
        465: lab.postfix.ports["submissions"],
        587: lab.postfix.ports["submission"],
        993: lab.dovecot.ports["imaps"],
    }
    modes = {465: "tls", 587: "starttls", 993: "tls"}
    if isinstance(example, list):
        return [in_the_lab(lab, entry) for entry in example]
    if isinstance(example, str):
        for name, other in {**ADDRESSES, **HOSTS}.items():
            example = example.replace(name, other)
        assert lab.vault is not None
        return example.replace("https://vault.acme.example:8200", lab.vault.address)
    if not isinstance(example, dict):
        return example
    changed = {key: in_the_lab(lab, value) for key, value in example.items()}
    if example.get("port") in ports:
        changed.update(port=ports[example["port"]], security=modes[example["port"]])
    if "email" in changed and "secret" in changed and not {"smtp", "imap"} & set(changed):
        # What finds such servers has tests of its own (test_provider.py).
        found = {"smtp": {"host": "127.0.0.1", "port": 465}, "imap": {"host": "127.0.0.1", "port": 993}}
        changed.update(in_the_lab(lab, found))
    if "email" in changed and "secret" in changed:
        changed["tls"] = {"ca": str(lab.pki.ca)}
    return changed


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(lab: Lab, plays: Plays, module: str) -> None:
    assert lab.vault is not None
    source = importlib.import_module(f"ansible_collections.mailops.mailbox.plugins.modules.{module}")
    tasks = in_the_lab(lab, yaml.safe_load(source.EXAMPLES))
    lab.vault.put("mail/sales01", {"app_password": dovecot.PASSWORD})
    registry = {"path": str(plays.registry)}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/mailops.mailbox.mailbox": {"registry": registry}},
        "vars": {
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "mailbox": tasks[0]["mailops.mailbox.mailbox_connection"]["mailbox"] if module == MODULES[0] else {},
            "vault_role_id": lab.vault.role_id,
            "vault_secret_id": lab.vault.secret_id,
            "news_password": dovecot.PASSWORD,
        },
        "tasks": tasks,
    }
    played = plays.play([play], json.dumps({"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}))
    assert played.process.returncode == 0, played.output
    assert f"ok={len(tasks)}" in played.process.stdout
