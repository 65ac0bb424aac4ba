# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for whatever DNS may hold: nothing is raised, and the work has a limit."""

from __future__ import annotations

import ipaddress
from typing import Any

from asked import Zones
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._domain import (
    dkim,
    dkim_key,
    dmarc,
    dmarc_record,
    ids,
    spf,
    spf_record,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.finding import Section
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.spf_evaluate import check_host
from ansible_collections.mailops.mailbox.plugins.module_utils._domain.spf_tree import MOST_WALKED, grow

NAMES = ("a.test", "b.a.test", "c.test", "%{d}", "%{i}.c.test", "%{l}.%{d2}", "test", "1.2.3.4", "", "x" * 70 + ".test")
QUALIFIERS = ("", "+", "-", "~", "?")
terms = st.one_of(
    st.builds(
        "{}{}:{}{}".format,
        *map(st.sampled_from, (QUALIFIERS, ("include", "a", "mx", "ptr", "exists"), NAMES, ("", "/24", "//64", "/0"))),
    ),
    st.builds("{}{}".format, *map(st.sampled_from, (QUALIFIERS, ("all", "a", "mx", "ptr", "include", "ALL", "al")))),
    st.builds("{}={}".format, st.sampled_from(("redirect", "exp", "foo", "include")), st.sampled_from(NAMES)),
    st.builds("ip4:{}".format, st.sampled_from(("192.0.2.1", "0.0.0.0/0", "10.0.0.0/8", "1.2.3", "192.0.2.0/33"))),
    st.builds("ip6:{}".format, st.sampled_from(("2001:db8::/32", "::/0", "::1%eth0", "x", "::ffff:192.0.2.1"))),
    st.text(max_size=12),
)
spf_texts = st.one_of(
    st.builds(lambda parts: "v=spf1 " + " ".join(parts), st.lists(terms, max_size=12)).map(
        lambda text: text.encode("utf-8")
    ),
    st.binary(max_size=60).map(lambda raw: b"v=spf1 " + raw),
    st.binary(max_size=60),
)
tags = st.builds(
    "{}{}{}".format,
    st.sampled_from(
        ("v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "pct", "ri", "t", "psd", "k", "h", "s", "n", "x")
    ),
    st.sampled_from(("=", " = ", ":", "")),
    st.one_of(
        st.sampled_from(
            (
                "none",
                "reject",
                "r",
                "s",
                "y",
                "0:1:d",
                "100",
                "-1",
                "mailto:a@b.test",
                "mailto:a@c.test!10m",
                "rsa",
                "AAAA",
                "",
            )
        ),
        st.text(max_size=20),
    ),
)
tag_texts = st.builds(
    "{}{}".format,
    st.sampled_from(("v=DMARC1; p=reject; ", "v=DMARC1; ", "v=DKIM1; p=", "v=DKIM1; k=ed25519; p=", "")),
    st.lists(tags, max_size=8).map(";".join),
).map(lambda text: text.encode("utf-8"))
values = st.one_of(spf_texts, tag_texts)
outcomes = st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.FOUND])


class Whatever:
    """Answers every question from what hypothesis draws, the same question the same way."""

    def __init__(self, data: st.DataObject, texts: st.SearchStrategy[bytes]) -> None:
        self.data, self.texts = data, texts
        self.known: dict[tuple[str, str], Answer] = {}

    def __call__(self, name: str, kind: str) -> Answer:
        if (name, kind) not in self.known:
            self.known[name, kind] = self._drawn(name, kind)
        return self.known[name, kind]

    def _drawn(self, name: str, kind: str) -> Answer:
        if not self.data.draw(st.integers(0, 4)):
            return Answer(name, kind, self.data.draw(outcomes))
        one: Any = {
            "TXT": self.texts,
            "A": st.sampled_from(("192.0.2.1", "203.0.113.1")),
            "AAAA": st.sampled_from(("2001:db8::1", "::1")),
            "MX": st.builds(Mx, st.integers(0, 9), st.sampled_from(("mail.a.test", ""))),
        }.get(kind, st.sampled_from(("a.test", "mail.a.test")))
        records = self.data.draw(st.lists(one, min_size=1, max_size=2))
        return Answer(name, kind, Outcome.FOUND, tuple(records))


def check(section: Section) -> None:
    """What every section holds to."""
    for finding in section.findings:
        assert finding.id in ids.RULES
        text = finding.text + finding.cause + finding.remedy
        assert text.replace("§", "").isascii()
        assert text.isprintable()
        assert len(text) < 3000


@settings(max_examples=300)
@given(st.data())
def test_spf_of_whatever(data: st.DataObject) -> None:
    asked = Whatever(data, spf_texts)
    check(spf.section("a.test", asked, includes=["c.test"]))
    asked = Whatever(data, spf_texts)
    check(spf.section("a.test", asked, sending_ips=["192.0.2.1", "2001:db8::1"]))


@settings(max_examples=200)
@given(st.data())
def test_spf_costs_no_more_than_its_limits(data: st.DataObject) -> None:
    """Ten lookups, each with up to ten exchangers or names, and the record itself; a tree has a limit of its own."""
    asked = Whatever(data, spf_texts)
    grow("a.test", asked)
    assert len(asked.known) <= 2 * MOST_WALKED + 1
    asked = Whatever(data, spf_texts)
    check_host(ipaddress.ip_address("192.0.2.1"), "a.test", asked, sender="someone@a.test")
    # One for the record, ten for lookups with ten names each, and eleven for the names of the sender (%{p}).
    assert len(asked.known) <= 1 + 10 * 11 + 11 + 1


@settings(max_examples=300)
@given(st.data(), st.sampled_from([None, "a.test", "b.a.test", "c.test"]), st.lists(st.sampled_from(NAMES), max_size=3))
def test_dmarc_of_whatever(data: st.DataObject, envelope: str | None, signers: list[str]) -> None:
    check(dmarc.section("b.a.test", Whatever(data, values), spf_domain=envelope, dkim_domains=signers))


@settings(max_examples=300)
@given(st.data(), st.lists(st.one_of(st.sampled_from(("s1", "s2")), st.text(max_size=8)), max_size=4))
def test_dkim_of_whatever(data: st.DataObject, selectors: list[str]) -> None:
    asked = Whatever(data, values)
    check(dkim.section("a.test", asked, selectors=selectors, expected={"s2": "Somebody", "s3": "Somebody"}))
    assert len(asked.known) <= 2 * (len(selectors) + 2)


@settings(max_examples=500)
@given(st.one_of(values, st.binary(max_size=200)))
def test_parsers_take_anything(raw: bytes) -> None:
    spf_record.parse(raw)
    text = raw.decode("utf-8", "backslashreplace")
    dmarc_record.parse(text)
    dkim_key.parse(text)
    assert not (dmarc_record.is_record(text) and dmarc_record.is_nearly(text))
    assert not (spf_record.is_record(raw) and spf_record.is_nearly(raw))


@given(spf_texts)
def test_a_record_without_faults_is_written_as_it_was_read(raw: bytes) -> None:
    """Every word of a valid record is a term, in order, and none is lost."""
    record = spf_record.parse(raw)
    terms = [*record.mechanisms, *record.unknown, *(term for term in (record.redirect, record.explanation) if term)]
    if spf_record.is_record(raw) and not record.faults:
        assert [term.text for term in sorted(terms, key=lambda term: term.number)] == raw.decode().split()[1:]


def test_nothing_is_asked_twice() -> None:
    zones = Zones(
        {"a.test": {"TXT": ["v=spf1 include:b.test include:b.test -all"]}, "b.test": {"TXT": ["v=spf1 -all"]}}
    )
    spf.section("a.test", zones, includes=["b.test"], sending_ips=["192.0.2.1", "192.0.2.2"])
    assert len(zones.asked) == len(set(zones.asked))
