# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What findings about DKIM keys say."""

from __future__ import annotations

from collections.abc import Mapping

from .finding import Severity
from .rules import Rule

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

DKIM: Mapping[str, Rule] = {
    "dkim.no_selector": Rule(
        _INFO,
        "No selector is known",
        "Whether {domain} signs with DKIM is not known, because no selector is known.",
        "DNS can't list selectors; they are named by the provider, or learnt from a signed message.",
        "Give the selectors, or let a round trip learn them.",
        "RFC 6376 §3.1",
    ),
    "dkim.missing_key": Rule(
        _ERROR,
        "No key for a selector",
        "There is no DKIM key at {name}, which is the selector {source}.",
        "The record was not published, or at another name; signatures with this selector fail.",
        "Publish the key that the provider shows at {name}.",
        "RFC 6376 §3.6.2.1",
    ),
    "dkim.usual_key_missing": Rule(
        _WARNING,
        "No key for a selector that the provider uses",
        "There is no DKIM key at {name}, a selector that {source} uses for domains of its customers.",
        "Signing is not set up for this domain, or another selector was chosen there.",
        "Set up DKIM at the provider and publish the key that it shows, or give the selector that it signs with.",
        "RFC 6376 §3.6.2.1",
    ),
    "dkim.dangling_alias": Rule(
        _ERROR,
        "Alias leads nowhere",
        "{name} is an alias of {target}, which does not exist.",
        "The provider has not made the key yet, has removed it, or the alias has a typing error.",
        "Compare the CNAME record with what the provider shows, or remove it if the provider is no longer used.",
        "RFC 6376 §3.6.2.1, RFC 1034 §3.6.2",
    ),
    "dkim.unanswered": Rule(
        _INFO,
        "DNS gave no answer about a key",
        "DNS gave no definite answer for {name} ({outcome}), so that the DKIM key is not known.",
        "The name servers of the domain or the resolver have trouble.",
        "Try again later; if it stays, ask who runs the name servers.",
        "RFC 6376 §6.1.2",
    ),
    "dkim.bad_selector": Rule(
        _ERROR,
        "Selector that is not valid",
        "{selector} is not a valid selector.",
        "A selector is one or more labels of letters, digits and hyphens, separated by dots.",
        "Correct the selector.",
        "RFC 6376 §3.1",
    ),
    "dkim.multiple_records": Rule(
        _ERROR,
        "More than one key for a selector",
        "{name} has {count} TXT records; what receivers make of them is not defined.",
        "A key was added instead of replaced.",
        "Keep one record; a new key gets a new selector.",
        "RFC 6376 §3.6.2.2",
    ),
    "dkim.not_a_key": Rule(
        _ERROR,
        "Record is no DKIM key",
        "The TXT record at {name} is no DKIM key: {record}",
        "Another record is at this name, or a wildcard answers for it.",
        "Publish the key that the provider shows at {name}.",
        "RFC 6376 §3.6.1",
    ),
    "dkim.bad_version": Rule(
        _ERROR,
        "Version that is not valid",
        "The key at {name} has v={value}; receivers ignore it.",
        "v= may be left out; where it is given it comes first and is DKIM1, in just this case.",
        "Let the record begin with v=DKIM1;.",
        "RFC 6376 §3.6.1",
    ),
    "dkim.bad_tag": Rule(
        _ERROR,
        "Part of the record is not a tag",
        "The key at {name} has a part that is no tag=value: {value}",
        "Tags are separated by semicolons; quotes, backslashes and lost semicolons come from copying.",
        "Copy the record from the provider anew, without quotes.",
        "RFC 6376 §3.2",
    ),
    "dkim.repeated_tag": Rule(
        _ERROR,
        "A tag is given twice",
        "The key at {name} has the tag {value} more than once, which makes the record invalid.",
        "Two records were joined into one, as happens when a long one is split by hand.",
        "Keep every tag once.",
        "RFC 6376 §3.2",
    ),
    "dkim.no_key": Rule(
        _ERROR,
        "Record without p=",
        "The record at {name} has no p tag, which is the key.",
        "The record was cut off, or the tag was lost in copying.",
        "Copy the record from the provider anew.",
        "RFC 6376 §3.6.1",
    ),
    "dkim.bad_base64": Rule(
        _ERROR,
        "Key that is not base64",
        "The key at {name} can't be decoded: it is not valid base64.",
        "Characters were lost or added in copying, or the record was cut off at 255 characters.",
        "Copy the key anew; split it into strings of up to 255 characters without adding anything.",
        "RFC 6376 §3.6.1",
    ),
    "dkim.bad_key": Rule(
        _ERROR,
        "Key that can't be read",
        "The key at {name} is no {kind} key ({value}).",
        "Part of it is missing, or k= names another type of key.",
        "Copy the record from the provider anew.",
        "RFC 6376 §3.6.1, RFC 8463 §4",
    ),
    "dkim.bad_key_type": Rule(
        _ERROR,
        "Type of key that DKIM does not know",
        "The key at {name} has k={value}, a type that receivers don't know.",
        "DKIM has rsa and ed25519.",
        "Use k=rsa, or leave k out for it.",
        "RFC 6376 §3.6.1, RFC 8463 §4",
    ),
    "dkim.revoked": Rule(
        _ERROR,
        "Revoked key",
        "The key at {name} is revoked: its p tag is empty.",
        "An empty p tag says that the selector must no longer be used.",
        "Sign with another selector, or publish the key again if this was not meant.",
        "RFC 6376 §3.6.1",
    ),
    "dkim.key_too_short": Rule(
        _ERROR,
        "RSA key under 1024 bits",
        "The RSA key at {name} has {bits} bits; receivers treat signatures by it as invalid.",
        "Keys under 1024 bits can be broken.",
        "Make a new key of 2048 bits with a new selector.",
        "RFC 8301 §3.2",
    ),
    "dkim.key_short": Rule(
        _WARNING,
        "RSA key under 2048 bits",
        "The RSA key at {name} has {bits} bits; at least 2048 are recommended.",
        "Shorter keys still work but are no longer considered strong.",
        "Make a new key of 2048 bits with a new selector.",
        "RFC 8301 §3.2",
    ),
    "dkim.key_long": Rule(
        _WARNING,
        "RSA key over 4096 bits",
        "The RSA key at {name} has {bits} bits, more than receivers have to be able to check.",
        "Receivers have to support 1024 to 4096 bits.",
        "Use a key of 2048 bits.",
        "RFC 8301 §3.2",
    ),
    "dkim.weak_exponent": Rule(
        _WARNING,
        "Unusual RSA exponent",
        "The RSA key at {name} has the exponent {exponent}.",
        "65537 is the usual one; small or even exponents are weak or can't work.",
        "Make a new key with a common tool.",
        "RFC 8017 §3.1",
    ),
    "dkim.test_mode": Rule(
        _WARNING,
        "Key under test",
        "The key at {name} is marked as a test (t=y), so that receivers may treat the mail as unsigned.",
        "The mark was left from setting up.",
        "Remove y from the t tag.",
        "RFC 6376 §3.6.1",
    ),
    "dkim.hash_excluded": Rule(
        _ERROR,
        "Key allows no hash that may be used",
        "The key at {name} allows only h={value}; signatures have to use sha256.",
        "SHA-1 must no longer be used for signing or be accepted.",
        "Remove the h tag, or set it to sha256.",
        "RFC 8301 §3.1",
    ),
    "dkim.service_excluded": Rule(
        _ERROR,
        "Key is not for mail",
        "The key at {name} is for s={value} and not for mail.",
        "The s tag limits what a key may be used for.",
        "Remove the s tag, or set it to email or *.",
        "RFC 6376 §3.6.1",
    ),
}
