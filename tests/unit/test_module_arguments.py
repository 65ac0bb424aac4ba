# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible makes of a declaration before the module sees it must not hide what was written."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils import basic

from ansible_collections.mailops.mailbox.plugins.module_utils import _module
from ansible_collections.mailops.mailbox.plugins.module_utils._module import visible
from ansible_collections.mailops.mailbox.plugins.modules.mailbox_connection import ARGUMENT_SPEC, main


@pytest.mark.parametrize("written", ["1.000", "1_000"])
def test_a_number_that_ansible_would_misread_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    mailbox = {
        "email": "u@acme.example",
        "secret": {"password": "open-Sesame/7"},
        "daily_limit": written,
        "smtp": {"host": "smtp.acme.example", "port": "465", "tls": {"warn_days": written}},
    }
    arguments = {"mailbox": mailbox, "retry_refused_after": "3600"}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(_module.MailboxModule, "log", lambda self, text, log_args=None: None)
    with pytest.raises(SystemExit):
        main()
    result = json.loads(capsys.readouterr().out)
    assert result["reason"] == "invalid_declaration"
    assert [cause["cause"] for cause in result["failures"][0]["causes"]] == [
        "smtp.tls.warn_days: must be a whole number.",
        "daily_limit: must be a whole number.",
    ]


def test_the_address_of_vault_is_shown_without_its_password() -> None:
    vault = ARGUMENT_SPEC["vault"]["options"]
    for written in ("http://joe:open-Sesame@v.example:8200", "http://joe:open/Sesame@v.example:8200"):
        told = visible({"vault": {"url": written, "token": "open-Sesame"}}, {"vault": {"options": vault}})
        assert "Sesame" not in str(told)
        assert ("v.example:8200" in str(told)) is ("/Sesame" not in written)
