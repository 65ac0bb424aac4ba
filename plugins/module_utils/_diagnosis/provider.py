# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Which provider and which server software a dialogue is with, told from its marks."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from dataclasses import dataclass

from .._models.names import Protocol
from .._probe.charset import decode
from .._probe.evidence import ProtocolEvidence
from .._providers.table import PROVIDERS, by_name

# Server software says how a text is worded; it does not name who runs the mailbox.
_SOFTWARE_TITLES: dict[str, str] = {
    "courier": "Courier",
    "cpanel": "cPanel",
    "dovecot": "Dovecot",
    "exchange": "Exchange",
    "exim": "Exim",
    "hmailserver": "hMailServer",
    "postfix": "Postfix",
}
SOFTWARE = frozenset(_SOFTWARE_TITLES)


def _titles() -> dict[str, str]:
    known = {provider.identity: provider.title for provider in reversed(PROVIDERS) if provider.identity}
    return dict(sorted({**known, **_SOFTWARE_TITLES}.items()))


TITLES: dict[str, str] = _titles()
"""Names for people, by the name under which rules know a provider or software; the table's first provider counts."""

_HOSTS: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (provider.identity, provider.hosts) for provider in PROVIDERS if provider.identity
)

_GREETINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("gmail", r"Gimap ready for requests| - gsmtp\b|mx\.google\.com ESMTP"),
        ("microsoft365", r"\.prod\.outlook\.com|\.outlook\.office365\.com"),
        ("icloud", r"iSCREAM ready to rumble|\.mail\.me\.com|\.icloud\.com"),
        ("yahoo", r"smtp\.mail\.yahoo\.|\.mail\.[a-z0-9]+\.yahoo\.com"),
        ("zoho", r"Zoho Mail|svwall\.zoho|mx\.zoho\w*\."),
        ("yandex", r"Yandex IMAP4rev1|\.yandex\.net"),
        ("fastmail", r"messagingengine\.com|fastmail ready"),
        ("qq", r"\besmtp[a-z0-9.-]*\.qq\.com|XMIMAP4Server|newxmesmtplogicsvr"),
        ("netease", r"Coremail System.*163com|163\.com Anti-spam|\bIMAP4 ready.*netease"),
        ("gmx", r"\bgmx\.(?:net|com)\b|\bweb\.de\b"),
        ("ionos", r"kundenserver\.de|perfora\.net"),
        ("ovh", r"\.mail\.ovh\.(?:net|ca)"),
        ("proton-bridge", r"Proton ?Mail Bridge|gluon session ID"),
        ("exchange", r"Microsoft ESMTP MAIL Service|Microsoft Exchange (?:IMAP|POP)"),
        ("dovecot", r"\bDovecot\b"),
        ("courier", r"\bCourier-IMAP\b"),
        ("cpanel", r"We do not authorize the use of this system to transport unsolicited"),
        ("exim", r"\bESMTP Exim\b"),
        ("postfix", r"\bESMTP Postfix\b"),
        ("hmailserver", r"\bhMailServer\b"),
    )
)

_CAPABILITIES: tuple[tuple[str, str], ...] = (
    ("gmail", "X-GM-EXT-1"),
    ("icloud", "XAPPLELITERAL"),
    ("microsoft365", "CLIENTACCESSRULES"),
)


@dataclass(frozen=True)
class Identity:
    """Who the probe spoke to. ``provider`` runs the mailbox, ``software`` answers; either may be unknown ("")."""

    provider: str = ""
    software: str = ""

    @property
    def names(self) -> frozenset[str]:
        """All names under which rules may know this peer."""
        names = {name for name in (self.provider, self.software) if name}
        if self.provider == "outlook":
            names.add("microsoft365")
        if self.provider == "aol":
            names.add("yahoo")
        if names & {"microsoft365"}:
            names.add("exchange")
        if "cpanel" in names:
            names.add("exim")
        return frozenset(names)

    @property
    def title(self) -> str:
        """The provider's name for people, or "the server"."""
        return TITLES.get(self.provider, "the server")


def identify(evidence: ProtocolEvidence, reply: bytes = b"", declared: str = "") -> Identity:
    """Tell who the dialogue was with: by host name, else by capability, greeting, IMAP ID and the reply's own marks.

    ``declared`` is the provider that a declaration or a lookup of settings named, in the words of the table or of
    rules. What the dialogue itself tells goes before it: the servers of a custom domain may be anybody's.
    """
    provider = provider_of_host(evidence.host)
    software = ""
    marks = " ".join([decode(evidence.greeting), *evidence.identity.values(), decode(reply), _exchange_name(evidence)])
    for name, pattern in _GREETINGS:
        if not pattern.search(marks):
            continue
        if name in SOFTWARE:
            software = software or name
        else:
            provider = provider or name
    offered = {entry.upper() for entry in evidence.capabilities}
    for name, keyword in _CAPABILITIES:
        if not provider and keyword in offered:
            provider = name
    return Identity(provider or identity_of(declared), software)


def identity_of(name: str) -> str:
    """Return the name under which rules know what a declaration calls ``name``, empty where there are none."""
    known = by_name(name)
    if known is not None:
        return known.provider.identity
    return name if name in TITLES and name not in SOFTWARE else ""


@functools.lru_cache(maxsize=4096)
def provider_of_host(host: str) -> str:
    """Return the provider that a host name belongs to, empty where it is not known."""
    plain = host.rstrip(".").lower()
    best = max(
        ((len(suffix), name) for name, suffixes in _HOSTS for suffix in suffixes if _under(plain, suffix)),
        default=(0, ""),
    )
    return best[1]


def _under(host: str, suffix: str) -> bool:
    return host == suffix or host.endswith("." + suffix)


def _exchange_name(evidence: ProtocolEvidence) -> str:
    """Return the server name that Exchange hides in its IMAP greeting, as base64 of UTF-16LE in brackets."""
    if evidence.protocol is not Protocol.IMAP:
        return ""
    found = re.search(rb"\[([A-Za-z0-9+/]{16,}={0,2})\]\s*$", evidence.greeting)
    if found is None:
        return ""
    try:
        return base64.b64decode(found[1], validate=True).decode("utf-16-le")
    except (binascii.Error, ValueError):
        return ""
