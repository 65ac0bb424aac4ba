# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings as YAML for an inventory: a declaration that lacks nothing but the secret."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mailnet import config, found, server

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import (
    Candidate,
    Finding,
    Origin,
    Settings,
    Trust,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.plan import entry, plan
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Mx
from ansible_collections.mailops.mailbox.plugins.module_utils._models.mailbox import Mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._models.parse import parse_mailbox
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import table
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import UserName
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import RESERVED

FILE = "https://acme.example/.well-known/autoconfig/mail/config-v1.1.xml"
HERE = {("acme.example", "MX"): (Mx(1, "mx.acme.example"),), ("acme.example", "A"): ("192.0.2.1",)}


def declared(text: str) -> Mailbox:
    """The mailbox that the text declares, with the secret that is left to add."""
    (data,) = yaml.safe_load(text).values()
    return parse_mailbox({**data, "secret": {"password": "x"}})


@pytest.mark.parametrize("name", table.names())
def test_every_provider_makes_a_declaration(name: str) -> None:
    got = found("sales@acme.example", provider=name)
    mailbox = declared(entry("sales@acme.example", got))
    assert {protocol for protocol, _endpoint in mailbox.endpoints} == set(got.chosen)
    for protocol, endpoint in mailbox.endpoints:
        one = got.chosen[protocol]
        assert (endpoint.host, endpoint.port, endpoint.security.value) == (one.host, one.port, one.security.value)
        assert endpoint.username == one.login_of("sales@acme.example")


def test_an_entry_says_where_everything_comes_from() -> None:
    text = entry("sales@acme.example", found(provider="google-workspace"))
    assert text.startswith("sales:\n  email: sales@acme.example\n")
    assert "  # the table of providers (Google Workspace); trust: high\n  smtp:\n    host: smtp.gmail.com\n" in text
    assert "# secret: {vault: {path: mail/sales, field: app_password}}" in text
    assert "app password" in text


def test_one_protocol_makes_a_declaration_of_one() -> None:
    got = found(dns=HERE, pages={FILE: config(server("smtp", "smtp.acme.example", 2465))})
    text = entry("sales@acme.example", got)
    assert declared(text).protocols == (Protocol.SMTP,)
    assert "# without imap: nothing was found for it" in text


def test_nothing_makes_comments_only() -> None:
    text = plan({"sales@acme.example": found(dns=HERE)})
    assert yaml.safe_load(text) == {"mailboxes": None}
    assert "nothing was found" in text


def test_keys_are_short_and_apart() -> None:
    got = found(provider="gmail")
    emails = ["sales@a.example", "sales@b.example", "o'neil+x@a.example", "other@a.example"]
    keys = list(yaml.safe_load(plan(dict.fromkeys(emails, got)))["mailboxes"])
    assert keys == ["sales.a.example", "sales.b.example", "o_neil_x", "other"]


@pytest.mark.parametrize("name", sorted(RESERVED - {"::1"}))
def test_no_key_is_a_name_that_the_inventory_refuses(name: str) -> None:
    keys = yaml.safe_load(plan({f"{name.upper()}@a.example": found(provider="gmail")}))["mailboxes"]
    assert list(keys) == [f"{name.upper()}.a.example"]


@pytest.mark.parametrize(("name", "shown"), [("outlook", False), ("microsoft365", False), ("gmail", True)])
def test_no_secret_is_proposed_where_only_oauth2_is_taken(name: str, shown: bool) -> None:
    text = entry("sales@acme.example", found(provider=name))
    assert ("# secret: " in text) is shown
    assert ("This version logs in with passwords alone" in text) is not shown


def test_silence_is_no_reason_to_write_hosts() -> None:
    silent = Settings("acme.example", findings=(Finding("discovery.dns_failed", "No answer."),))
    text = entry("sales@acme.example", silent)
    assert "could not be looked up" in text and "No answer. [discovery.dns_failed]" in text
    assert "by hand" not in text


TEXTS = st.text(max_size=30)


@settings(max_examples=200)
@given(
    st.sampled_from(
        ["no@acme.example", "yes@acme.example", "1e3@acme.example", "\u00fc!#'*@acme.example", "a.b@x.example"]
    ),
    TEXTS,
    TEXTS,
    TEXTS.filter(lambda text: text.isprintable() and text.strip() == text and text),
)
def test_nothing_that_strangers_say_breaks_out_of_its_comment(email: str, source: str, note: str, login: str) -> None:
    one = Candidate(
        Protocol.IMAP,
        "imap.acme.example",
        993,
        Security.TLS,
        Origin.AUTOCONFIG,
        Trust.HIGH,
        source,
        UserName.OTHER,
        login,
        notes=(note,),
    )
    got = Settings("acme.example", (one,), findings=(Finding("x.y", note),), chosen={Protocol.IMAP: one})
    (data,) = yaml.safe_load(entry(email, got)).values()
    assert set(data) == {"email", "protocols", "imap"}
    assert data["email"] == email
    assert data["imap"].get("username", email) == one.login_of(email)
