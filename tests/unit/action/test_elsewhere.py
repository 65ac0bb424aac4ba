# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of what a task says, only what holds no secret is sent to another machine: there Ansible writes it to a file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.action import mailbox_connection as connection_action
from ansible_collections.mailops.mailbox.plugins.action import mailbox_fleet as fleet_action

SECRET = "open-Sesame/7"
VAULT = {"vault": {"path": "mail/u", "field": "app_password"}}
SMTP = {"host": "smtp.acme.example", "port": 465}
GOOD = {"email": "u@acme.example", "protocols": ["smtp"], "secret": VAULT, "smtp": SMTP}
BAD = {
    "password": {**GOOD, "password": SECRET},
    "smtp.password": {**GOOD, "smtp": {**SMTP, "password": SECRET}},
    "smtp.auth.secrets": {**GOOD, "smtp": {**SMTP, "auth": {"secrets": SECRET}}},
    "smtp.host": {**GOOD, "smtp": {**SMTP, "host": f"u:{SECRET}@smtp.acme.example"}},
}


def acted(
    monkeypatch: pytest.MonkeyPatch, name: str, arguments: dict[str, Any], transport: str = "ssh"
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run an action, and return its result and the arguments of the modules that it started."""
    action = {"mailbox_fleet": fleet_action, "mailbox_connection": connection_action}[name]
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=False, diff=False, action=name)
    connection = SimpleNamespace(transport=transport, _shell=SimpleNamespace(tmpdir="/nonexistent"))
    made = action.ActionModule(
        task=task, connection=connection, play_context=None, loader=None, templar=None, shared_loader_obj=None
    )
    sent: list[dict[str, Any]] = []

    def started(module_args: dict[str, Any] | None = None, **_more: Any) -> dict[str, Any]:
        sent.append(arguments if module_args is None else module_args)
        return {"changed": False}

    monkeypatch.setattr(made, "_execute_module", started)
    return made.run(task_vars={"inventory_hostname": "h1"}), sent


@pytest.mark.parametrize("place", BAD)
def test_a_fleet_with_a_wrong_declaration_is_not_sent(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A password under a wrong key is no Vault reference either."""
    arguments = {"state": "verified", "mailboxes": [{**GOOD, "id": "right"}, BAD[place]]}
    told, sent = acted(monkeypatch, "mailbox_fleet", arguments)
    assert sent == []
    assert told["failed"]
    first, *more = told["msg"].splitlines()
    assert first.startswith("The declarations of mailboxes[1] are invalid, so nothing was sent to another machine.")
    assert place in "\n".join(more)
    assert SECRET not in told["msg"]


@pytest.mark.parametrize("place", BAD)
def test_a_wrong_declaration_of_one_mailbox_is_not_sent(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    told, sent = acted(monkeypatch, "mailbox_connection", {"state": "verified", "mailbox": BAD[place]})
    assert sent == []
    assert (told["failed"], told["reason"]) == (True, "invalid_declaration")
    assert place in told["msg"]
    assert SECRET not in told["msg"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"mailbox": GOOD, "password": SECRET}, "password"),
        ({"mailbox": GOOD, "vault": {"passwort": SECRET}}, "vault.passwort"),
        ({"mailbox": {"email": "u@acme.example", "password": SECRET}, "state": "absent"}, "mailbox.password"),
        ({"mailbox": GOOD, "vault": f"token={SECRET}"}, "vault"),
        ({"mailbox": f"email=u@acme.example password={SECRET}"}, "password"),
    ],
)
def test_arguments_that_are_not_known_are_not_sent(
    monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], named: str
) -> None:
    told, sent = acted(monkeypatch, "mailbox_connection", arguments)
    assert sent == []
    assert told["failed"]
    assert named in told["msg"]
    assert SECRET not in told["msg"]


@pytest.mark.parametrize("name", ["mailbox_fleet", "mailbox_connection"])
def test_a_password_in_the_address_of_vault_is_not_sent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    arguments: dict[str, Any] = {"state": "verified", "vault": {"url": f"http://joe:{SECRET}@vault.acme.example:8200"}}
    arguments |= {"mailboxes": [GOOD]} if name == "mailbox_fleet" else {"mailbox": GOOD}
    told, sent = acted(monkeypatch, name, arguments)
    assert sent == []
    assert "The secret in vault.url was not sent to another machine" in told["msg"]
    assert SECRET not in told["msg"]


@pytest.mark.parametrize("name", ["mailbox_fleet", "mailbox_connection"])
def test_what_is_right_is_sent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(fleet_action.ActionModule, "_once", lambda *_given: None)
    arguments: dict[str, Any] = {"state": "verified", "vault": {"url": "https://vault.acme.example:8200"}}
    arguments |= {"mailboxes": [GOOD]} if name == "mailbox_fleet" else {"mailbox": GOOD}
    told, sent = acted(monkeypatch, name, arguments)
    assert told == {"changed": False}
    assert sent == [arguments]


@pytest.mark.parametrize("place", BAD)
def test_here_the_module_tells_what_is_wrong(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    told, sent = acted(monkeypatch, "mailbox_connection", {"state": "verified", "mailbox": BAD[place]}, "local")
    assert told == {"changed": False}
    assert len(sent) == 1
