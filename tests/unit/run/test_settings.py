# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's result: what it says of each address, of a provider, and of arguments that can't be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from mailnet import TableDns, TableWeb, a, config, server

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.settings import SETTINGS_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Mx
from ansible_collections.mailops.mailbox.plugins.module_utils._run.settings import find

FILE = "https://acme.example/.well-known/autoconfig/mail/config-v1.1.xml"
HERE = {("acme.example", "MX"): (Mx(1, "mx.acme.example"),), **a("acme.example")}


def run(*emails: str, dns: Any = None, pages: Any = None, **options: Any) -> Any:
    params = {name: option.get("default") for name, option in SETTINGS_OPTIONS.items()}
    params |= {"email": list(emails), **options}
    discoverer = Discoverer(DiscoveryOptions(), TableDns(dns or {}), TableWeb(pages or {}))  # type: ignore[arg-type]
    return find(params, discoverer)


def test_a_sentence_for_each_address() -> None:
    pages = {FILE: config(server("imap", "imap.acme.example", 993, username="%EMAILLOCALPART%"))}
    outcome = run("sales@acme.example", "x@nowhere.example", dns=HERE, pages=pages)
    assert outcome.result["msg"].splitlines() == [
        "sales@acme.example reads from imap.acme.example port 993 (tls) as sales, by "
        "https://acme.example/.well-known/autoconfig/mail/config-v1.1.xml, trust high; nothing was found for SMTP.",
        "No settings were found for x@nowhere.example. DNS knows no domain nowhere.example.",
    ]
    assert outcome.result["missing"] == ["sales@acme.example", "x@nowhere.example"]
    assert (outcome.failed, outcome.result["changed"], outcome.result["lookups"]) == (False, False, 2)


def test_a_provider_without_passwords_is_told() -> None:
    assert run("x@outlook.com").result["msg"].endswith("trust high. Outlook.com takes OAuth2, no password.")
    assert "no password" not in run("x@gmail.com").result["msg"]


def test_missing_settings_fail_only_when_asked() -> None:
    assert run("x@nowhere.example", fail_on_missing=True).failed
    assert not run("x@gmail.com", fail_on_missing=True).failed


def test_what_is_known_of_the_provider() -> None:
    result = run("x@gmail.com").result["settings"]["x@gmail.com"]
    provider = result["provider"]
    assert provider["name"] == "gmail"
    assert "app_password" in provider["credentials"]
    assert provider["preparation"] and all(step["sources"] for step in provider["preparation"])
    assert all(limit["unit"] in ("messages", "recipients") for limit in provider["limits"])
    assert result["smtp"]["host"] == "smtp.gmail.com"
    assert [one["chosen"] for one in result["candidates"] if one["port"] == 465] == [True]
    assert all(one["lost"] for one in result["candidates"] if not one["chosen"])


def test_the_plan_holds_every_address_once() -> None:
    outcome = run("x@gmail.com", "y@gmail.com", "x@GMAIL.com")
    assert list(yaml.safe_load(outcome.result["plan"])["mailboxes"]) == ["x", "y"]


def test_findings_can_be_turned_off() -> None:
    both = run("x@acme.example", dns=HERE).result["settings"]["x@acme.example"]["findings"]
    assert {one["id"] for one in both} == {"discovery.not_found"}
    ignored = run("x@acme.example", dns=HERE, ignore_checks=["discovery.not_found"])
    assert ignored.result["settings"]["x@acme.example"]["findings"] == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"provider": "gmial"}, "gmail"),
        ({"provider": "G Suite"}, "google-workspace"),
        ({"email": []}, "email must not be empty"),
        ({"ignore_checks": ["discovery.not_fund"]}, "Did you mean discovery.not_found?"),
        ({"provider": "xyzzy"}, "docs/providers.md"),
        ({"nameservers": ["dns.example"]}, "nameservers"),
        ({"timeout": 0}, "timeout"),
        ({"dns_port": 0}, "dns_port"),
        ({"ispdb_url": "http://db.example"}, "https://"),
        ({"autoconfig_user": "a@b"}, "autoconfig_user"),
    ],
)
def test_arguments_that_can_not_be_used(options: dict[str, Any], told: str) -> None:
    outcome = run(*options.pop("email", ["x@gmail.com"]), **options)
    assert outcome.failed
    assert told in outcome.result["msg"]


def test_all_addresses_that_are_none_are_told_by_their_place() -> None:
    outcome = run("x@gmail.com", "nonsense", "a b@c")
    assert outcome.failed
    assert "email[1]" in outcome.result["msg"] and "email[2]" in outcome.result["msg"]
    assert "nonsense" not in outcome.result["msg"]


def test_options_become_those_of_the_lookup(tmp_path: Path) -> None:
    (tmp_path / "acme.xml").write_bytes(config(server("smtp", "smtp.acme.example", 465), domains=("acme.example",)))
    params = {name: option.get("default") for name, option in SETTINGS_OPTIONS.items()}
    outcome = find({**params, "email": ["x@acme.example"], "sources": ["ispdb"], "ispdb_path": str(tmp_path)})
    assert outcome.result["settings"]["x@acme.example"]["smtp"]["origin"] == "ispdb"
