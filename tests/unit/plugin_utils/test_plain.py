# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain values out of what Ansible really hands to plugins on the controller."""

from __future__ import annotations

import datetime
from typing import Any

import ansible.template
import pytest
from ansible.parsing import vault
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import Templar

from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import plain

PLAIN = (str, int, float, bool, type(None), dict, list, datetime.date)
VAULT_PASSWORD = VaultSecret(b"test")


def kinds(value: Any) -> set[type]:
    found = {type(value)}
    if isinstance(value, dict):
        return found.union(*(kinds(item) for pair in value.items() for item in pair))
    if isinstance(value, list):
        return found.union(*(kinds(item) for item in value))
    return found


def templar(loader: DataLoader, text: str) -> Any:
    """The value of the variable ``mailbox`` as an action plugin sees it."""
    trust: Any = getattr(ansible.template, "trust_as_template", str)  # ansible-core 2.19 and later
    variables = loader.load(trust(text))
    return Templar(loader=loader, variables=variables).template(trust("{{ mailbox }}"))


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> DataLoader:
    secrets = [("default", VAULT_PASSWORD)]
    context = getattr(vault, "VaultSecretsContext", None)
    if context is not None:  # ansible-core 2.19 and later
        monkeypatch.setattr(context, "_current", context(secrets))
    made = DataLoader()
    made.set_vault_secrets(secrets)
    return made


def test_templated_and_encrypted_values(loader: DataLoader) -> None:
    encrypted = VaultLib([("default", VAULT_PASSWORD)]).encrypt("hunter2", VAULT_PASSWORD).decode()
    text = (
        "domain: acme.example\n"
        "mailbox:\n"
        '  email: "a@{{ domain }}"\n'
        "  secret:\n"
        "    password: !vault |\n" + "".join(f"      {line}\n" for line in encrypted.splitlines()) + "  smtp:\n"
        '    host: "smtp.{{ domain }}"\n'
        "    port: 587\n"
        '    from: ["a@{{ domain }}", "b@{{ domain }}"]\n'
        "  imap: {host: mx.acme.example, tls: {verify: true}}\n"
        "  tags: [x, '{{ domain }}']\n"
    )
    value = templar(loader, text)
    result = plain(value)
    assert kinds(result) <= set(PLAIN)
    assert result["smtp"]["from"] == ["a@acme.example", "b@acme.example"]
    assert result["tags"] == ["x", "acme.example"]
    assert result["secret"]["password"] == "hunter2"
    mailbox = parse_mailbox(result)
    assert mailbox.smtp is not None
    assert mailbox.smtp.senders == ("a@acme.example", "b@acme.example")
    assert mailbox.tags == ("x", "acme.example")


def test_lazy_containers_render_what_they_hold(loader: DataLoader) -> None:
    inside = "ansible._internal._templating"
    engine = pytest.importorskip(f"{inside}._engine", reason="ansible-core 2.19 and later")
    utils = pytest.importorskip(f"{inside}._utils")
    trust = ansible.template.trust_as_template
    variables = {"domain": "acme.example", "m": {"tags": ["x", trust("{{ domain }}")], "in": [{"a": trust("{{ 1 }}")}]}}
    templar = engine.TemplateEngine(loader=loader, variables=variables)
    with utils.TemplateContext(
        template_value=None, templar=templar, options=engine.TemplateOptions.DEFAULT, stop_on_template=False
    ):
        # As a filter or a lookup gets it: nested calls are not finalized.
        lazy = templar.template(variables["m"])
        tags = list.__getitem__(lazy["tags"], 1)
        result = plain(lazy)
    # What C code reads in such a list is not what the list holds.
    assert not isinstance(tags, str)
    assert result == {"tags": ["x", "acme.example"], "in": [{"a": 1}]}
    assert kinds(result) <= set(PLAIN)


def test_an_encrypted_value_by_itself(loader: DataLoader) -> None:
    encrypted = VaultLib([("default", VAULT_PASSWORD)]).encrypt("hunter2", VAULT_PASSWORD).decode()
    raw = loader.load("key: !vault |\n" + "".join(f"  {line}\n" for line in encrypted.splitlines()))
    assert plain(raw) == {"key": "hunter2"}
    assert kinds(plain(raw)) <= {dict, str}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        (b"x", b"x"),
        ((1, "a"), [1, "a"]),
        ({1: {"a": (2,)}}, {"1": {"a": [2]}}),
        (datetime.date(2026, 1, 1), datetime.date(2026, 1, 1)),
    ],
)
def test_what_is_plain_stays(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_subclasses_are_left_behind() -> None:
    class Text(str):
        __slots__ = ()

    class Number(int):
        pass

    result = plain({Text("key"): [Text("a"), Number(2)]})
    assert kinds(result) == {dict, list, str, int}
