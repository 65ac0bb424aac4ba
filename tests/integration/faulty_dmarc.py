# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains whose DMARC is wrong in one way each, what we find, and how that compares with checkdmarc."""

from __future__ import annotations

from faulty import Case, Records, case

_MAIL: Records = {"": {"MX": ["10 mail"]}, "mail": {"A": ["192.0.2.1"]}}
_RUA = "rua=mailto:d@$D"


def _dmarc(name: str, record: str | None, more: Records | None = None, finds: str = "") -> Case:
    own: Records = {"_dmarc": {"TXT": [record]}} if record is not None else {}
    return case("dmarc", f"dmarc-{name}", [_MAIL, own, more or {}], finds)


CASES = [
    _dmarc("sound", f"v=DMARC1; p=reject; {_RUA}"),
    _dmarc(
        "sound-tags",
        f"v=DMARC1; p=quarantine; sp=reject; np=reject; adkim=s; aspf=s; fo=1:d:s; ruf=mailto:f@$D; {_RUA};",
    ),
    _dmarc("sound-blanks", "v = DMARC1 ; p = reject ; rua = mailto:d@$D , mailto:e@$D"),
    _dmarc("none", f"v=DMARC1; p=none; {_RUA}", None, "policy_none"),
    _dmarc("none-unseen", "v=DMARC1; p=none", None, "policy_none no_reports"),
    _dmarc("missing", None, None, "missing"),
    _dmarc("other-text", "some text", None, "missing other_text"),
    _dmarc("spf-there", "v=spf1 -all", None, "missing other_text"),
    _dmarc("text-beside", f"v=DMARC1; p=reject; {_RUA}", {"_dmarc": {"TXT": ["some text"]}}, "other_text"),
    _dmarc("two-records", f"v=DMARC1; p=reject; {_RUA}", {"_dmarc": {"TXT": ["v=DMARC1; p=none"]}}, "multiple_records"),
    _dmarc("lower-case", f"v=dmarc1; p=reject; {_RUA}", None, "bad_version"),
    _dmarc("blank-first", f" v=DMARC1; p=reject; {_RUA}", None, "bad_version"),
    _dmarc("quoted", f'"v=DMARC1; p=reject; {_RUA}"', None, "bad_version"),
    _dmarc("version-second", f"p=reject; v=DMARC1; {_RUA}", None, "bad_version"),
    _dmarc("no-version", f"p=reject; {_RUA}", None, "bad_version"),
    _dmarc("no-semicolon", f"v=DMARC1 p=reject; {_RUA}", None, "bad_version"),
    _dmarc("at-domain", None, {"": {"TXT": [f"v=DMARC1; p=reject; {_RUA}"]}}, "wrong_place"),
    _dmarc("no-policy", f"v=DMARC1; {_RUA}", None, "no_policy policy_none"),
    _dmarc("no-policy-unseen", "v=DMARC1; adkim=s", None, "no_policy policy_none no_reports"),
    _dmarc("bad-policy", f"v=DMARC1; p=block; {_RUA}", None, "bad_policy policy_none"),
    _dmarc("monitor", "v=DMARC1; p=monitor", None, "bad_policy policy_none no_reports"),
    _dmarc("bad-subdomain-policy", f"v=DMARC1; p=reject; sp=all; {_RUA}", None, "bad_policy policy_none"),
    _dmarc("policy-last", f"v=DMARC1; {_RUA}; p=reject", None, "policy_not_second"),
    _dmarc("repeated", f"v=DMARC1; p=reject; p=none; {_RUA}", None, "repeated_tag"),
    _dmarc("no-equals", f"v=DMARC1; p=reject; adkim; {_RUA}", None, "bad_tag"),
    _dmarc("colon", f"v=DMARC1; p:reject; {_RUA}", None, "bad_tag no_policy policy_none"),
    _dmarc("comma", f"v=DMARC1; p=reject, {_RUA}", None, "bad_policy policy_none no_reports"),
    _dmarc("unknown-tag", f"v=DMARC1; p=reject; policy=reject; {_RUA}", None, "unknown_tag"),
    _dmarc("bad-adkim", f"v=DMARC1; p=reject; adkim=x; {_RUA}", None, "bad_value"),
    _dmarc("bad-aspf", f"v=DMARC1; p=reject; aspf=strict; {_RUA}", None, "bad_value"),
    _dmarc("bad-fo", f"v=DMARC1; p=reject; fo=2; ruf=mailto:f@$D; {_RUA}", None, "bad_value"),
    _dmarc("fo-both", f"v=DMARC1; p=reject; fo=0:1; ruf=mailto:f@$D; {_RUA}", None, "bad_value"),
    _dmarc("fo-alone", f"v=DMARC1; p=reject; fo=1; {_RUA}", None, "fo_without_ruf"),
    _dmarc("test", f"v=DMARC1; p=reject; t=y; {_RUA}", None, "test_mode"),
    _dmarc("bad-test", f"v=DMARC1; p=reject; t=yes; {_RUA}", None, "bad_value"),
    _dmarc("public-suffix", f"v=DMARC1; p=reject; psd=y; {_RUA}", None, "public_suffix"),
    _dmarc("percent", f"v=DMARC1; p=reject; pct=20; {_RUA}", None, "partial removed_tag"),
    _dmarc("bad-percent", f"v=DMARC1; p=reject; pct=110; {_RUA}", None, "bad_value removed_tag"),
    _dmarc("interval", f"v=DMARC1; p=reject; ri=3600; rf=afrf; {_RUA}", None, "removed_tag"),
    _dmarc("weak-subdomains", f"v=DMARC1; p=reject; sp=none; {_RUA}", None, "subdomains_weaker"),
    _dmarc("weak-nonexistent", f"v=DMARC1; p=reject; np=none; {_RUA}", None, "subdomains_weaker"),
    _dmarc("no-reports", "v=DMARC1; p=reject", None, "no_reports"),
    _dmarc("no-mailto", "v=DMARC1; p=reject; rua=d@$D", None, "bad_report_uri"),
    _dmarc("blank-in-address", "v=DMARC1; p=reject; rua=mailto: d@$D", None, "bad_report_uri"),
    _dmarc("no-at", "v=DMARC1; p=reject; rua=mailto:$D", None, "bad_report_uri"),
    _dmarc("semicolon", "v=DMARC1; p=reject; rua=mailto:d@$D; mailto:e@$D", None, "bad_tag"),
    _dmarc("by-web", "v=DMARC1; p=reject; rua=https://$D/d", None, "report_scheme"),
    _dmarc("size", "v=DMARC1; p=reject; rua=mailto:d@$D!10m", None, "report_size"),
    _dmarc("three", "v=DMARC1; p=reject; rua=mailto:d@$D,mailto:e@$D,mailto:f@$D", None, "many_report_addresses"),
    _dmarc(
        "elsewhere",
        "v=DMARC1; p=reject; rua=mailto:d@dmarc-reports.test",
        None,
        "report_not_authorised",
    ),
    _dmarc("elsewhere-agreed", "v=DMARC1; p=reject; rua=mailto:d@dmarc-reports.test"),
    _dmarc(
        "elsewhere-dead",
        "v=DMARC1; p=reject; rua=mailto:d@gone.test",
        None,
        "report_domain_no_mail report_not_authorised",
    ),
    _dmarc("elsewhere-null", "v=DMARC1; p=reject; rua=mailto:d@dmarc-null.test", None, "report_domain_no_mail"),
]

REPORTS = {
    "dmarc-reports.test": "@ IN MX 10 mail\nmail IN A 192.0.2.1\n"
    'dmarc-elsewhere-agreed.test._report._dmarc IN TXT "v=DMARC1;"',
    "dmarc-null.test": '@ IN MX 0 .\n*._report._dmarc IN TXT "v=DMARC1"',
}
"""Where reports go."""

WORDS = {
    "bad_version": "Unrelated TXT records|starts with whitespace",
    "multiple_records": "Multiple DMARC policy records",
    "wrong_place": "DMARC record does not exist",
    "policy_none": "p tag value of none",
    "no_policy": "missing p tag",
    "bad_policy": "must have one of the following values: none,quarantine,reject",
    "policy_not_second": "does not immediately follow the v tag",
    "repeated_tag": "Duplicate p tags",
    "bad_tag": "Expected .*at position",
    "unknown_tag": "Unknown DMARC tag",
    "bad_value": "is not a valid a[ds]|mutually exclusive|pct tag was removed",
    "partial": "pct tag was removed",
    "subdomains_weaker": "sp tag value of none",
    "no_reports": "rua tag .* not found",
    "bad_report_uri": "is not a valid DMARC report URI",
    "report_scheme": "only required to support mailto",
    "many_report_addresses": "more than two rua URIs",
    "report_not_authorised": "does not indicate that it accepts DMARC reports",
    "report_domain_no_mail": "has no MX records|does not indicate that it accepts",
}
"""In what words checkdmarc says the same, as regular expressions."""

_IGNORED = (
    "Syntax errors behind the version are ignored or give way to defaults (RFC 9989 §4.8), so that the policy counts; "
)
DIFFERS = {
    "none": "Monitoring is a step that every domain goes through (RFC 9989 §5.1.7): with reports it only informs.",
    "missing": "Without a record receivers do not apply DMARC (RFC 9989 §4.10.1); no mail is refused for it.",
    "other-text": "Other text is discarded (RFC 9989 §4.10), so that this is the same as no record.",
    "spf-there": "Other text is discarded (RFC 9989 §4.10), so that this is the same as no record.",
    "text-beside": "Other text is discarded (RFC 9989 §4.10), so that the record beside it counts.",
    "no-policy-unseen": "Without p and without a report address receivers apply no DMARC (RFC 9989 §4.10.1).",
    "no-equals": _IGNORED + "checkdmarc gives the record up.",
    "colon": _IGNORED + "checkdmarc gives the record up.",
    "semicolon": _IGNORED + "checkdmarc gives the record up.",
    "bad-fo": _IGNORED + "checkdmarc does so for adkim and aspf only.",
    "bad-test": _IGNORED + "checkdmarc does so for adkim and aspf only.",
    "test": "t=y weakens the policy by one step (RFC 9989 §4.7); checkdmarc does not mention it.",
    "public-suffix": "psd=y is for names that others register below (RFC 9989 §4.7); checkdmarc takes it as it is.",
    "interval": "Unknown tags are ignored (RFC 9989 §4.7), and these had no effect on policies: it only informs.",
    "weak-nonexistent": "np=none lets names that do not exist be forged (RFC 9989 §4.7); checkdmarc looks at sp only.",
    "size": "The limit is ignored (RFC 9989 §4.8): it only informs.",
}
"""Why we are stricter or milder than checkdmarc, by the domain's name."""

OTHER_COUNTS: dict[str, str] = {}
