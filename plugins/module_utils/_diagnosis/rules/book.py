# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""All rules, in the order in which they are asked: providers, server software, wording, standards, the rest."""

from __future__ import annotations

from ..._models.names import Category, Protocol, Stage
from ..provider import Identity
from ..reply import Reply
from .coarse import RULES as COARSE
from .consumer import RULES as CONSUMER
from .consumer_mail import RULES as CONSUMER_MAIL
from .eastern import RULES as EASTERN
from .enhanced_codes import RULES as ENHANCED_CODES
from .envelope import RULES as ENVELOPE
from .exchange import RULES as EXCHANGE
from .families_login import RULES as FAMILIES_LOGIN
from .families_mail import RULES as FAMILIES_MAIL
from .generic import RULES as GENERIC
from .google import RULES as GOOGLE
from .google_mail import RULES as GOOGLE_MAIL
from .hosters import RULES as HOSTERS
from .imapd import RULES as IMAPD
from .microsoft import RULES as MICROSOFT
from .microsoft_mail import RULES as MICROSOFT_MAIL
from .model import Rule, words_of
from .relays import RULES as RELAYS
from .response_codes import RULES as RESPONSE_CODES
from .standards import RULES as REGISTRY
from .submission import RULES as SUBMISSION
from .wording_client import RULES as WORDING_CLIENT
from .wording_first import RULES as WORDING_FIRST
from .wording_login import RULES as WORDING_LOGIN
from .wording_mail import RULES as WORDING_MAIL

PROVIDERS = (
    words_of(frozenset({"gmail"}), GOOGLE_MAIL + GOOGLE)
    + words_of(frozenset({"microsoft365", "exchange"}), EXCHANGE + MICROSOFT + MICROSOFT_MAIL)
    + CONSUMER_MAIL
    + CONSUMER
    + EASTERN
    + HOSTERS
    + RELAYS
)
SOFTWARE = SUBMISSION + ENVELOPE + IMAPD
STANDARDS = REGISTRY + ENHANCED_CODES + RESPONSE_CODES

# A bare code says less than words do, whichever server gives it, and so does a reply that quotes another's words.
_QUOTING = "postfix-auth-reason"
BARE = tuple(rule for rule in SOFTWARE if rule.id == _QUOTING or not (rule.text or rule.enhanced or rule.response_code))
# Codes registered for one fault of a login (RFC 5248); that of wrong credentials is given for others too.
EXACT = tuple(
    rule
    for rule in ENHANCED_CODES
    if rule.enhanced and rule.category.value.startswith("auth.") and rule.category is not Category.AUTH_CREDENTIALS
)
WORDING = WORDING_FIRST + WORDING_LOGIN + WORDING_CLIENT + WORDING_MAIL + FAMILIES_LOGIN + FAMILIES_MAIL

RULES: tuple[Rule, ...] = (
    PROVIDERS
    + tuple(rule for rule in SOFTWARE if rule not in BARE)
    + WORDING
    + EXACT
    + BARE
    + GENERIC
    + tuple(rule for rule in STANDARDS if rule not in EXACT)
    + COARSE
)

# Provider-specific rules come first wherever they are written, so that a shared text never hides one.
_ORDERED: tuple[Rule, ...] = tuple(
    sorted(RULES, key=lambda rule: rule in COARSE or not rule.providers),
)


# Rules that go by classes of words, which a code may contradict.
LOOSE = frozenset(rule.id for rule in WORDING + GENERIC)

# Words of these have one meaning, whoever says them.
_TERMS = frozenset(
    {
        "app-password",
        "country-blocked",
        "greylisting",
        "mail-authentication",
        "mailbox-full",
        "password-expired",
        "words-app-password",
        "words-clear-login",
        "words-clear-session",
        "words-client-names",
        "words-domain-proof",
        "words-expired",
        "words-mailbox-full",
        "words-size",
    }
)

# The subject of an enhanced status code (RFC 3463 section 3) and the families of categories that it can stand for.
_SUBJECTS: dict[str, frozenset[str]] = {
    "1": frozenset({"address", "deliverability", "policy", "rcpt", "sender"}),
    "2": frozenset({"quota", "rcpt", "size"}),
    "3": frozenset({"conn", "quota", "server", "size"}),
    "4": frozenset({"conn", "deliverability", "quota", "rcpt", "server"}),
    "5": frozenset({"address", "auth", "client", "policy", "protocol", "rcpt", "server", "tls"}),
    "6": frozenset({"address", "message"}),
    "7": frozenset({"auth", "conn", "deliverability", "message", "policy", "rcpt", "sender", "tls"}),
}


# What passes by itself (RFC 5321 section 4.2.1): a reply that says so should be of class 4, and no other.
_PASSING = frozenset({"conn", "quota", "server"})
_PASSES = frozenset({Category.AUTH_RATE_LIMITED, Category.RCPT_GREYLISTED, Category.RCPT_RATE, Category.RCPT_LIMIT})
_EITHER = frozenset({"deliverability", "policy", "quota", "tls"})


def contradicts(rule: Rule, reply: Reply) -> bool:
    """Tell whether the reply's codes speak of something else than the words that the rule went by."""
    if not reply.code.isdigit():
        return False
    family = rule.category.value.split(".")[0]
    passes = family in _PASSING or rule.category in _PASSES
    if family not in _EITHER and passes is not reply.transient:
        return True
    if not reply.enhanced:
        return False
    _class, subject, detail = reply.enhanced.split(".")
    return detail != "0" and family not in _SUBJECTS.get(subject, frozenset())


def doubtful(rule: Rule, reply: Reply, protocol: Protocol, stage: Stage, identity: Identity) -> bool:
    """Tell whether a rule went by classes of words alone, without a code of the reply that says the same."""
    if rule in PROVIDERS and not rule.providers and not identity.provider:
        return True
    if rule.id not in LOOSE:
        return False
    if contradicts(rule, reply):
        return True
    return rule.id not in _TERMS and not any(
        other.category is rule.category and other.matches(reply, protocol, stage, identity)
        for other in STANDARDS
        if other.enhanced or other.response_code
    )


def find(reply: Reply, protocol: Protocol, stage: Stage, identity: Identity) -> Rule:
    """Return the first rule that speaks about the reply; the last one speaks about every reply."""
    for rule in _ORDERED:
        if rule.matches(reply, protocol, stage, identity):
            return rule
    raise LookupError("the last rule has to match everything")
