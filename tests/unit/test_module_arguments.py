# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible makes of a declaration before the module sees it must not hide what was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.mailops.mailbox.plugins.module_utils import _module
from ansible_collections.mailops.mailbox.plugins.module_utils._module import visible
from ansible_collections.mailops.mailbox.plugins.modules.mailbox_connection import ARGUMENT_SPEC, main


def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: dict[str, Any]
) -> dict[str, Any]:
    """Return the result of the module for these arguments."""
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(_module.MailboxModule, "log", lambda self, text, log_args=None: None)
    with pytest.raises(SystemExit):
        main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


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
    result = told(monkeypatch, capsys, {"mailbox": mailbox, "retry_refused_after": "3600"})
    assert result["reason"] == "invalid_declaration"
    assert [cause["cause"] for cause in result["failures"][0]["causes"]] == [
        "smtp.tls.warn_days: must be a whole number.",
        "daily_limit: must be a whole number.",
    ]


def test_the_address_of_vault_is_shown_without_its_password() -> None:
    vault = ARGUMENT_SPEC["vault"]["options"]
    for written in ("http://joe:open-Sesame@v.example:8200", "http://joe:open/Sesame@v.example:8200"):
        shown = visible({"vault": {"url": written, "token": "open-Sesame"}}, {"vault": {"options": vault}})
        assert "Sesame" not in str(shown)
        assert ("v.example:8200" in str(shown)) is ("/Sesame" not in written)


@pytest.mark.parametrize("written", [83, 1.5, True])
def test_a_text_that_yaml_read_as_another_type_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], written: object
) -> None:
    mailbox = {
        "id": written,
        "email": "u@acme.example",
        "secret": {"password": written},
        "username": written,
        "smtp": {"host": "smtp.acme.example", "port": 465, "username": written},
        "probe": {"pipelining": False},
    }
    result = told(monkeypatch, capsys, {"mailbox": mailbox})
    assert result["reason"] == "invalid_declaration"
    causes = {cause["cause"]: cause["remedy"] for cause in result["failures"][0]["causes"]}
    assert sorted(causes) == [
        "id: must be text.",
        "secret.password: must be text.",
        "smtp.username: must be text.",
        "username: must be text.",
    ]
    assert all(remedy.startswith("Put quotes around it") for remedy in causes.values())
    gone = told(monkeypatch, capsys, {"mailbox": {"id": written}, "state": "absent"})
    assert "id: must be text." in gone["msg"]
