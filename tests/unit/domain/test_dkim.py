# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DKIM: which selectors are judged, and what their keys are."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from asked import Zones
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rsakeys import spki

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._domain import dkim, dkim_key
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Section, Severity, Status

KEY = f"v=DKIM1; p={spki(2048)}"
NAME = "{}._domainkey.acme.test"


def judged(records: dict[str, Any], **arguments: Any) -> Section:
    """Judge keys by selector."""
    zones = {
        NAME.format(selector): value if isinstance(value, dict) else {"TXT": value}
        for selector, value in records.items()
    }
    return dkim.section("acme.test", Zones({"acme.test": {"A": ["192.0.2.1"]}, **zones}), **arguments)


def ids(section: Section) -> list[str]:
    return [finding.id.partition(".")[2] for finding in section.findings]


def test_without_a_selector_nothing_is_known() -> None:
    section = judged({"google": [KEY]})
    assert (section.status, ids(section)) == (Status.SKIPPED, ["no_selector"])
    assert section.findings[0].severity is Severity.INFO


def test_a_selector_that_is_used_needs_a_key() -> None:
    section = judged({}, selectors=["s1"])
    assert (section.status, ids(section)) == (Status.FAILED, ["missing_key"])


def test_a_selector_that_the_provider_uses_may_be_another_one_here() -> None:
    section = judged({}, expected={"google": "Google Workspace"})
    assert (section.status, ids(section)) == (Status.WARNING, ["usual_key_missing"])
    assert "Google Workspace" in section.findings[0].text


def test_one_of_the_selectors_of_a_provider_is_enough() -> None:
    section = judged({"selector2": [KEY]}, expected={"selector1": "Microsoft 365", "selector2": "Microsoft 365"})
    assert (section.status, ids(section)) == (Status.OK, [])
    assert {name: facts["state"] for name, facts in section.facts["selectors"].items()} == {
        "selector1": "absent",
        "selector2": "found",
    }


def test_a_known_selector_outweighs_what_the_provider_usually_has() -> None:
    section = judged({"s1": [KEY]}, selectors=["S1"], expected={"google": "Google", "s1": "Google"})
    assert (section.status, ids(section)) == (Status.OK, [])
    assert section.facts["selectors"]["s1"]["source"] == "known"


def test_a_broken_key_of_the_provider_is_said_though_another_one_works() -> None:
    expected = {"selector1": "Microsoft 365", "selector2": "Microsoft 365"}
    section = judged({"selector1": ["v=DKIM1; p="], "selector2": [KEY]}, expected=expected)
    assert ids(section) == ["revoked"]


def test_an_alias_that_leads_nowhere() -> None:
    section = judged({"selector1": {"CNAME": ["gone.provider.test"]}}, expected={"selector1": "Provider"})
    assert ids(section) == ["dangling_alias"]
    assert section.facts["selectors"]["selector1"]["aliases"] == ["gone.provider.test"]


def test_an_alias_that_the_resolver_does_not_show() -> None:
    """Some answer NXDOMAIN without the CNAME record that led there."""

    class Terse(Zones):
        def __call__(self, name: str, kind: str) -> Any:
            answer = super().__call__(name, kind)
            return answer if kind == "CNAME" else type(answer)(answer.name, answer.kind, answer.outcome, answer.records)

    zones = Terse({NAME.format("s1"): {"CNAME": ["gone.provider.test"]}})
    assert ids(dkim.section("acme.test", zones, selectors=["s1"])) == ["dangling_alias"]


@pytest.mark.parametrize("outcome", [Outcome.SERVFAIL, Outcome.TIMEOUT])
def test_no_definite_answer(outcome: Outcome) -> None:
    section = judged({"s1": outcome}, selectors=["s1"])
    assert (section.status, ids(section)) == (Status.UNKNOWN, ["unanswered"])


@pytest.mark.parametrize("selector", ["", "a b", "-a", "a..b", "s1._domainkey.acme.test;", "\xfc", "a\n"])
def test_what_is_no_selector(selector: str) -> None:
    section = judged({}, selectors=[selector])
    expected = "missing_key" if selector == "a\n" else "bad_selector"
    assert ids(section) == [expected]


def test_selectors_may_have_dots() -> None:
    assert judged({"march2026.news": [KEY]}, selectors=["march2026.news"]).status is Status.OK


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_keys_of_a_library_are_read(bits: int, form: PublicFormat) -> None:
    public = rsa.generate_private_key(65537, bits).public_key()
    text = base64.b64encode(public.public_bytes(Encoding.DER, form)).decode("ascii")
    key = dkim_key.parse(f"v=DKIM1; k=rsa; p={text}")
    assert (key.bits, key.exponent, key.faults) == (bits, 65537, ())


def test_ed25519_keys_of_a_library_are_read() -> None:
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = dkim_key.parse(f"k=ed25519; p={base64.b64encode(raw).decode('ascii')}")
    assert (key.bits, key.faults) == (256, ())


@pytest.mark.parametrize("cut", range(0, 294, 7))
def test_a_key_that_was_cut_is_no_key(cut: int) -> None:
    raw = base64.b64decode(spki(2048))
    key = dkim_key.parse("p=" + base64.b64encode(raw[:cut]).decode("ascii"))
    assert key.bits is None
    assert key.revoked is (cut == 0)
    assert cut == 0 or [fault.kind for fault in key.faults] == ["key"]


def test_a_key_with_something_behind_it_is_no_key() -> None:
    raw = base64.b64decode(spki(2048))
    for more in (raw + b"\x00", b"\x30" + _longer(raw[1:4]) + raw[4:] + b"\x05\x00"):
        assert dkim_key.parse("p=" + base64.b64encode(more).decode("ascii")).bits is None


def _longer(length: bytes) -> bytes:
    """A length of two octets (0x82) for two octets more."""
    return length[:1] + (int.from_bytes(length[1:], "big") + 2).to_bytes(2, "big")
