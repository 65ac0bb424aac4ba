# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DKIM keys that are wrong in one way each, what we find, and how that compares with dkimpy."""

from __future__ import annotations

from faulty import Case, Records, case
from rsakeys import bare, ed25519, spki

SELECTOR = "s1"
_NAME = "s1._domainkey"
_KEY = spki(2048)


def _dkim(name: str, record: str | None, finds: str = "", more: Records | None = None) -> Case:
    own: Records = {_NAME: {"TXT": [record]}} if record is not None else {}
    return case("dkim", f"dkim-{name}", [{"": {"A": ["192.0.2.1"]}}, own, more or {}], finds)


CASES = [
    _dkim("sound", f"v=DKIM1; k=rsa; p={_KEY}"),
    _dkim("sound-short", f"p={_KEY}"),
    _dkim("sound-notes", f"v=DKIM1; n=made by hand; t=s; h=sha256; s=email; p={_KEY};"),
    _dkim("sound-blanks", f"v = DKIM1 ; k = rsa ; p = {_KEY[:60]} {_KEY[60:]}"),
    _dkim("sound-bare", f"v=DKIM1; p={bare(2048)}"),
    _dkim("sound-4096", f"v=DKIM1; p={spki(4096)}"),
    _dkim("sound-ed25519", f"v=DKIM1; k=ed25519; p={ed25519()}"),
    _dkim("sound-hashes", f"v=DKIM1; h=sha1:sha256; s=*; p={_KEY}"),
    _dkim("sound-unknown-tag", f"v=DKIM1; x=1; p={_KEY}"),
    _dkim("alias", None, "", {_NAME: {"CNAME": ["key.$D."]}, "key": {"TXT": [f"v=DKIM1; p={_KEY}"]}}),
    _dkim("missing", None, "missing_key"),
    _dkim("dangling", None, "dangling_alias", {_NAME: {"CNAME": ["gone.$D."]}}),
    _dkim("dangling-empty", None, "dangling_alias", {_NAME: {"CNAME": ["$D."]}}),
    _dkim("other-text", "v=spf1 -all", "not_a_key"),
    _dkim("two-keys", f"v=DKIM1; p={_KEY}", "multiple_records", {_NAME: {"TXT": [f"v=DKIM1; p={bare(2048)}"]}}),
    _dkim("text-beside", f"v=DKIM1; p={_KEY}", "multiple_records", {_NAME: {"TXT": ["some text"]}}),
    _dkim("version", f"v=DKIM2; p={_KEY}", "bad_version"),
    _dkim("version-case", f"v=dkim1; p={_KEY}", "bad_version"),
    _dkim("version-second", f"k=rsa; v=DKIM1; p={_KEY}", "bad_version"),
    _dkim("backslashes", f"v=DKIM1\\; k=rsa\\; p={_KEY}", "bad_version bad_key_type"),
    _dkim("quoted", f'"v=DKIM1; p={_KEY}"', "bad_tag bad_base64"),
    _dkim("no-key", "v=DKIM1; k=rsa", "no_key"),
    _dkim("key-twice", f"v=DKIM1; p={_KEY}; p={_KEY}", "repeated_tag"),
    _dkim("no-semicolon", f"v=DKIM1 k=rsa; p={_KEY}", "bad_version"),
    _dkim("revoked", "v=DKIM1; p=", "revoked"),
    _dkim("not-base64", f"v=DKIM1; p={_KEY[:100]}!{_KEY[100:]}", "bad_base64"),
    _dkim("base64-cut", f"v=DKIM1; p={_KEY[:301]}", "bad_base64"),
    _dkim("key-cut", f"v=DKIM1; p={_KEY[:300]}", "bad_key"),
    _dkim("not-a-key", "v=DKIM1; p=MAAwAA==", "bad_key"),
    _dkim("type", f"v=DKIM1; k=dsa; p={_KEY}", "bad_key_type"),
    _dkim("rsa-as-ed25519", f"v=DKIM1; k=ed25519; p={_KEY}", "bad_key"),
    _dkim("ed25519-as-rsa", f"v=DKIM1; k=rsa; p={ed25519()}", "bad_key"),
    _dkim("ed25519-cut", f"v=DKIM1; k=ed25519; p={ed25519(31)}", "bad_key"),
    _dkim("512", f"v=DKIM1; p={spki(512)}", "key_too_short"),
    _dkim("1023", f"v=DKIM1; p={spki(1023)}", "key_too_short"),
    _dkim("1024", f"v=DKIM1; p={spki(1024)}", "key_short"),
    _dkim("8192", f"v=DKIM1; p={spki(8192)}", "key_long"),
    _dkim("exponent", f"v=DKIM1; p={spki(2048, 1)}", "weak_exponent"),
    _dkim("test", f"v=DKIM1; t=y:s; p={_KEY}", "test_mode"),
    _dkim("sha1", f"v=DKIM1; h=sha1; p={_KEY}", "hash_excluded"),
    _dkim("service", f"v=DKIM1; s=tlsrpt; p={_KEY}", "service_excluded"),
]

_MALFORMED = ("bad_version", "bad_tag", "repeated_tag", "no_key", "bad_base64", "bad_key", "bad_key_type", "revoked")
MALFORMED = frozenset(f"dkim.{name}" for name in (*_MALFORMED, "not_a_key"))
"""What makes a record unusable for its form, which is all that dkimpy looks at."""

DIFFERS = {
    "version-second": "v= has to come first (RFC 6376 §3.6.1); dkimpy takes it anywhere.",
    "not-base64": "Only blanks may be ignored in base64 (RFC 6376 §2.10); dkimpy drops other characters as well.",
}
"""Why dkimpy takes a record that we don't, or the other way round, by the domain's name."""
