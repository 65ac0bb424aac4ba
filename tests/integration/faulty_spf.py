# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains whose SPF is wrong in one way each, what we find, and how that compares with checkdmarc."""

from __future__ import annotations

from faulty import Case, Records, case

_GOOD: Records = {"ok": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]}}
_HOST: Records = {"": {"A": ["192.0.2.1"]}}


def _spf(name: str, record: str | None, more: Records | None = None, finds: str = "") -> Case:
    own: Records = {"": {"TXT": [record]}} if record is not None else {}
    return case("spf", f"spf-{name}", [own, more or {}], finds)


def _chain(count: int) -> Records:
    """``ok1`` to ``ok<count>``, each with a record that needs no lookup."""
    return {f"ok{number}": {"TXT": [f"v=spf1 ip4:192.0.2.{number} -all"]} for number in range(1, count + 1)}


def _includes(count: int) -> str:
    return " ".join(f"include:ok{number}.$D" for number in range(1, count + 1))


_TEN_HOSTS: Records = {f"mx{number}": {"A": [f"192.0.2.{number}"]} for number in range(1, 12)}

CASES = [
    _spf("sound", "v=spf1 ip4:192.0.2.0/24 include:ok.$D -all", _GOOD),
    _spf("sound-softfail", "v=spf1 ip4:192.0.2.0/24 ~all"),
    _spf("sound-redirect", "v=spf1 redirect=ok.$D", _GOOD),
    _spf("sound-case", "V=SPF1 IP4:192.0.2.0/24 Include:ok.$D -ALL", _GOOD),
    _spf("sound-blanks", "v=spf1  ip4:192.0.2.0/24   -all  "),
    _spf("sound-macro", "v=spf1 exists:%{i}._spf.$D -all"),
    _spf("sound-own-macro", "v=spf1 include:ok.%{d} -all", _GOOD),
    _spf("sound-host", "v=spf1 a/28//64 mx -all", {**_HOST, "": {"A": ["192.0.2.1"], "MX": ["10 $D."]}}),
    # --- which record ---
    _spf("missing", None, {"": {"TXT": ["some text"]}}, "missing"),
    _spf("no-text", None, _HOST, "missing"),
    _spf("two-records", "v=spf1 ip4:192.0.2.2 -all", {"": {"TXT": ["v=spf1 mx -all"]}}, "multiple_records"),
    _spf("near-version", "v=spf10 ip4:192.0.2.1 -all", None, "bad_version"),
    _spf("quoted", '"v=spf1 ip4:192.0.2.1 -all"', None, "bad_version"),
    _spf("blank-first", " v=spf1 ip4:192.0.2.1 -all", None, "bad_version"),
    _spf("blank-in-version", "v= spf1 ip4:192.0.2.1 -all", None, "bad_version"),
    _spf("sender-id", "spf2.0/pra ip4:192.0.2.1 -all", None, "missing"),
    # --- grammar ---
    _spf("ipv4", "v=spf1 ipv4:192.0.2.1 -all", None, "unknown_mechanism"),
    _spf("typing-error", "v=spf1 inlcude:ok.$D -all", _GOOD, "unknown_mechanism"),
    _spf("typing-error-all", "v=spf1 ip4:192.0.2.1 -al", None, "unknown_mechanism"),
    _spf("colon-redirect", "v=spf1 redirect:ok.$D", _GOOD, "unknown_mechanism"),
    _spf("equals-include", "v=spf1 include=ok.$D -all", _GOOD, "mechanism_as_modifier"),
    _spf("blank-behind-colon", "v=spf1 include: ok.$D -all", _GOOD, "bad_domain unknown_mechanism"),
    _spf("comma", "v=spf1 ip4:192.0.2.1, ip4:192.0.2.2 -all", None, "bad_network"),
    _spf("semicolon", "v=spf1 ip4:192.0.2.1; -all", None, "bad_network"),
    _spf("host-as-network", "v=spf1 ip4:mail.$D -all", None, "bad_network"),
    _spf("octet-too-large", "v=spf1 ip4:192.0.2.256 -all", None, "bad_network"),
    _spf("three-octets", "v=spf1 ip4:192.0.2 -all", None, "bad_network"),
    _spf("wrong-family", "v=spf1 ip4:2001:db8::1 -all", None, "bad_network"),
    _spf("wrong-family-6", "v=spf1 ip6:192.0.2.1 -all", None, "bad_network"),
    _spf("prefix-33", "v=spf1 ip4:192.0.2.0/33 -all", None, "bad_prefix"),
    _spf("prefix-129", "v=spf1 ip6:2001:db8::/129 -all", None, "bad_prefix"),
    _spf("prefix-leading-zero", "v=spf1 ip4:192.0.2.0/024 -all", None, "bad_prefix"),
    _spf("prefix-of-host", "v=spf1 a/33 -all", _HOST, "bad_prefix"),
    _spf("address-as-host", "v=spf1 a:192.0.2.1 -all", None, "bad_domain"),
    _spf("single-label", "v=spf1 include:localhost -all", None, "bad_domain"),
    _spf("include-nothing", "v=spf1 include -all", None, "bad_domain"),
    _spf("all-with-value", "v=spf1 ip4:192.0.2.1 -all:$D", None, "bad_term"),
    _spf("bad-macro", "v=spf1 exists:%{x}.$D -all", None, "bad_macro"),
    _spf("bare-percent", "v=spf1 exists:100%.$D -all", None, "bad_macro"),
    _spf("two-redirects", "v=spf1 redirect=ok.$D redirect=ok.$D", _GOOD, "repeated_modifier"),
    _spf("not-ascii", "v=spf1 include:m\u00fcller.$D -all", None, "bad_characters bad_domain"),
    _spf("dash", "v=spf1 ip4:192.0.2.1 \u2013all", None, "bad_characters bad_term"),
    # --- what it leads to ---
    _spf("include-gone", "v=spf1 include:gone.$D -all", None, "broken_include"),
    _spf("include-without", "v=spf1 include:host.$D -all", {"host": {"A": ["192.0.2.1"]}}, "broken_include"),
    _spf(
        "include-two", "v=spf1 include:two.$D -all", {"two": {"TXT": ["v=spf1 -all", "v=spf1 ~all"]}}, "broken_include"
    ),
    _spf("include-invalid", "v=spf1 include:bad.$D -all", {"bad": {"TXT": ["v=spf1 foo -all"]}}, "broken_include"),
    _spf("redirect-gone", "v=spf1 redirect=gone.$D", None, "broken_include"),
    _spf("includes-itself", "v=spf1 include:$D -all", None, "loop"),
    _spf("loop", "v=spf1 include:a.$D -all", {"a": {"TXT": ["v=spf1 include:$D ~all"]}}, "loop"),
    _spf("redirect-loop", "v=spf1 redirect=a.$D", {"a": {"TXT": ["v=spf1 redirect=$D"]}}, "loop"),
    _spf("ten", f"v=spf1 {_includes(10)} -all", _chain(10), "near_lookup_limit"),
    _spf("eleven", f"v=spf1 {_includes(11)} -all", _chain(11), "too_many_lookups"),
    _spf(
        "eleven-below",
        "v=spf1 include:all.$D -all",
        {**_chain(10), "all": {"TXT": [f"v=spf1 {_includes(10)} -all"]}},
        "too_many_lookups",
    ),
    _spf("behind-all", f"v=spf1 ip4:192.0.2.1 -all {_includes(11)}", _chain(11), "after_all"),
    _spf("one-void", "v=spf1 a:gone.$D ip4:192.0.2.1 -all", None, "void_lookup"),
    _spf("two-voids", "v=spf1 a:gone.$D mx ip4:192.0.2.1 -all", None, "void_lookup"),
    _spf("three-hosts-void", "v=spf1 a:a.$D a:b.$D mx -all", None, "too_many_voids"),
    _spf("three-voids", "v=spf1 a:gone.$D mx exists:gone.$D -all", None, "too_many_voids"),
    _spf(
        "eleven-exchangers",
        "v=spf1 mx -all",
        {"": {"MX": [f"10 mx{number}" for number in range(1, 12)]}, **_TEN_HOSTS},
        "too_many_exchangers",
    ),
    # --- what it means ---
    _spf("plus-all", "v=spf1 ip4:192.0.2.1 +all", None, "allows_all"),
    _spf("bare-all", "v=spf1 ip4:192.0.2.1 all", None, "allows_all"),
    _spf("plus-all-below", "v=spf1 include:a.$D -all", {"a": {"TXT": ["v=spf1 +all"]}}, "allows_all"),
    _spf("everything", "v=spf1 ip4:0.0.0.0/0 -all", None, "allows_all"),
    _spf("question-all", "v=spf1 ip4:192.0.2.1 ?all", None, "neutral_all"),
    _spf("no-all", "v=spf1 ip4:192.0.2.1", None, "no_all"),
    _spf("redirect-and-all", "v=spf1 redirect=ok.$D ~all", _GOOD, "redirect_ignored"),
    _spf("only-all", "v=spf1 -all", None, "sends_no_mail"),
    _spf("ptr", "v=spf1 ptr -all", None, "ptr"),
    _spf("half-the-world", "v=spf1 ip4:128.0.0.0/2 -all", None, "broad_network"),
    _spf("private", "v=spf1 ip4:10.1.2.3 -all", None, "private_network"),
    _spf("twice", "v=spf1 include:ok.$D include:ok.$D -all", _GOOD, "repeated_term"),
    _spf("modifier", "v=spf1 ip4:192.0.2.1 foo=bar -all", None, "unknown_modifier"),
    _spf("reporting", "v=spf1 ip4:192.0.2.1 ra=postmaster rp=100 -all"),
    _spf(
        "explained",
        "v=spf1 ip4:192.0.2.1 exp=why.%{d} -all",
        {"why": {"TXT": ["%{i} may not send for %{d}, see https://$D/?i=%{I}"]}},
    ),
    _spf("explanation-gone", "v=spf1 ip4:192.0.2.1 exp=gone.$D -all", None, "bad_explanation"),
    _spf("explanations", "v=spf1 exp=why.$D -all mx", {"why": {"TXT": ["one", "two"]}}, "bad_explanation after_all"),
    _spf("explanation-macro", "v=spf1 ip4:192.0.2.1 exp=why.$D -all", {"why": {"TXT": ["100% no"]}}, "bad_explanation"),
    _spf("joined", "v=spf1 ip4:192.0.2.1 v=spf1 ip4:192.0.2.2 -all", None, "mechanism_as_modifier"),
    _spf("long", "v=spf1 " + " ".join(f"ip4:192.0.2.{n}" for n in range(100, 135)) + " -all", None, "long_record"),
    _spf("much-text", "v=spf1 ip4:192.0.2.1 -all", {"": {"TXT": ["x" * 250, "y" * 250]}}, "long_answer"),
]

WORDS = {
    "missing": "SPF record does not exist",
    "bad_version": "SPF record does not exist",
    "multiple_records": "multiple SPF TXT records",
    "unknown_mechanism": "is not a valid SPF mechanism or modifier|must have a value",
    "mechanism_as_modifier": "unknown modifier .* was ignored",
    "unknown_modifier": "unknown modifier .* was ignored",
    "bad_domain": "must have a value|top-level label|Expected .*at position",
    "bad_term": "does not accept a value|Expected .*at position",
    "bad_network": "is not a valid IPv[46] value",
    "bad_prefix": "is not a valid IPv[46] value|leading zeros|must be between 0 and 32",
    "bad_macro": "Invalid SPF macro syntax",
    "bad_characters": "Expected .*at position",
    "repeated_modifier": "Multiple redirect modifiers",
    "broken_include": "permerror|does not exist|multiple SPF TXT records|foo is not a valid SPF mechanism",
    "loop": "loop: ",
    "too_many_lookups": "11/10 maximum DNS lookups",
    "after_all": "after the all mechanism",
    "void_lookup": "does not exist|does not have any MX records",
    "too_many_voids": "maximum void DNS lookups",
    "too_many_exchangers": "more than 10 MX records",
    "redirect_ignored": "redirect modifier was ignored",
    "ptr": "ptr mechanism",
    "repeated_term": "Duplicate include",
    "bad_explanation": "at exp value|Failed to get TXT records",
    "long_record": "over 512",
}
"""In what words checkdmarc says the same, as regular expressions."""

_SILENT = "checkdmarc judges whether a record is valid, not whom it lets send; "
DIFFERS = {
    "sound-case": "The version is case-insensitive, as are all names in the grammar (RFC 7208 §12, RFC 5234 §2.3).",
    "address-as-host": "A domain can't end in a label of digits only: this breaks the grammar, which is a permerror "
    "(RFC 7208 §4.6, §12); checkdmarc only warns.",
    "three-voids": "exists that finds nothing is a void lookup too (RFC 7208 §4.6.4), which checkdmarc does not count.",
    "plus-all": _SILENT + "+all makes everybody pass (RFC 7208 §5.1, §11.4).",
    "bare-all": _SILENT + "all without a sign is +all (RFC 7208 §4.6.2).",
    "plus-all-below": _SILENT
    + "an include that passes for everybody makes its term match for everybody (RFC 7208 §5.2).",
    "everything": _SILENT + "a network of length 0 matches everybody (RFC 7208 §5.6).",
    "question-all": _SILENT + "neutral must be treated like none (RFC 7208 §8.2).",
    "no-all": _SILENT + "a record without an end is neutral (RFC 7208 §4.7).",
    "only-all": _SILENT + "the record says that the domain sends no mail (RFC 7208 §10.1.2), but here it is to send.",
    "half-the-world": _SILENT + "such a network is as good as everybody (RFC 7208 §11.4).",
}
"""Why we are stricter or milder than checkdmarc, by the domain's name."""

OTHER_COUNTS = {
    "three-voids": "As above.",
    "address-as-host": "As above.",
    "ptr": "ptr looks up the sender's names and not, as checkdmarc does, the domain's addresses (RFC 7208 §5.5).",
}
"""Where checkdmarc counts other lookups than we do, and why."""
