# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nobody foresaw ends as a request to report it, and shows nothing of what the code was working on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from ansible.module_utils import basic

from ansible_collections.mailops.mailbox.plugins.module_utils import _module
from ansible_collections.mailops.mailbox.plugins.modules.mailbox_connection import ARGUMENT_SPEC

PASSWORD = "open-Sesame/7"
USER = "u@acme.example"
MAILBOX = {"email": USER, "secret": {"password": PASSWORD}, "smtp": {"host": "smtp.acme.example", "port": 465}}


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[_module.MailboxModule]:
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"mailbox": MAILBOX}}).encode()
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", arguments)
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    logged: list[str] = []
    monkeypatch.setattr(_module.MailboxModule, "log", lambda self, text, log_args=None: logged.append(text))
    made = _module.MailboxModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    assert logged
    assert PASSWORD not in "".join(logged)
    yield made


def test_section_7_1_a_crash_shows_no_secret(module: _module.MailboxModule, capsys: pytest.CaptureFixture[str]) -> None:
    def crash() -> None:
        password = module.params["mailbox"]["secret"]["password"]
        try:
            raise ValueError(password)
        except ValueError as error:
            raise RuntimeError(f"the secret is {password}") from error

    with pytest.raises(SystemExit):
        module.guarded(crash)
    told = capsys.readouterr()
    result = json.loads(told.out)
    assert result["failed"] is True
    assert "RuntimeError in test_module_crash.py" in result["msg"]
    assert PASSWORD not in told.out + told.err
