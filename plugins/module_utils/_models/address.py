# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The names and addresses of mail: hosts as A-labels (RFC 5890), addresses after RFC 5321 §4.1.2 and RFC 6531.

Every function takes text and returns its canonical form, or raises ValueError with the id of a fault out of
:data:`.problems.FAULTS`. The text itself is never part of the error.
"""

from __future__ import annotations

import functools
import ipaddress
import re

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_HOST_AND_PORT = re.compile(r"(?:[^:]+|\[[^\]]*\]):[0-9]+")
_ATOM = re.compile(r"[^\s\x00-\x1f\x7f()<>\[\]:;@\\,.\"]+")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"')

# IDNA 2003 and 2008 turn these into different names (RFC 5894 §7.2): a guess could send a password elsewhere.
_AMBIGUOUS = frozenset("\u00df\u03c2\u200c\u200d\u1e9e")


@functools.lru_cache(maxsize=4096)
def host_name(text: str) -> str:
    """Return a host as an A-label or an IP address, lower case, without a final dot or brackets."""
    text = text.strip()
    if not text:
        raise ValueError("empty")
    if "://" in text:
        raise ValueError("host_url")
    address = _ip(text.removeprefix("[").removesuffix("]"))
    if address is not None:
        return address
    if "@" in text:
        raise ValueError("host_address")
    if _HOST_AND_PORT.fullmatch(text):
        raise ValueError("host_port")
    if "/" in text:
        raise ValueError("host_url")
    return a_label(text)


def a_label(text: str) -> str:
    """Return a domain name in its ASCII form, lower case, without a final dot."""
    name = text.removesuffix(".")
    if not name.isascii():
        if _AMBIGUOUS & set(name):
            raise ValueError("idna_ambiguous")
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("host_name") from None
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("host_name")
    if labels[-1].isdigit():
        raise ValueError("host_number")
    return name.lower()


def ehlo_name(text: str) -> str:
    """Return what EHLO says: a domain name, or an address literal in brackets (RFC 5321 §4.1.3)."""
    text = text.strip()
    if text.startswith("["):
        return _literal(text, "ehlo")
    if _ip(text) is not None:
        raise ValueError("ehlo")
    return host_name(text)


def mail_address(text: str) -> str:
    """Return an address with its domain as A-labels; local parts may be UTF-8 (RFC 6531)."""
    text = text.strip()
    if not text:
        raise ValueError("empty")
    if "<" in text or ">" in text:
        raise ValueError("address_display")
    local, at, domain = text.rpartition("@")
    if not at or not domain:
        raise ValueError("address")
    if not _QUOTED.fullmatch(local) and not all(_ATOM.fullmatch(atom) for atom in local.split(".")):
        raise ValueError("address")
    try:
        domain = _literal(domain, "address") if domain.startswith("[") else a_label(domain)
        octets = len(local.encode("utf-8"))
    except UnicodeEncodeError:
        raise ValueError("address") from None
    except ValueError as error:
        raise ValueError("idna_ambiguous" if str(error) == "idna_ambiguous" else "address") from None
    if octets > 64 or octets + 1 + len(domain) > 254:
        raise ValueError("address_long")
    return f"{local}@{domain}"


def known_address(text: str) -> str:
    """Return what :func:`mail_address` does, or an empty text for what is no address."""
    try:
        return mail_address(text)
    except ValueError:
        return ""


def domain_of(address: str) -> str:
    """Return what stands after the last ``@``, or an empty text."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def _ip(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _literal(text: str, fault: str) -> str:
    inner = text[1:-1] if text.endswith("]") else ""
    tag = "IPv6:" if inner.lower().startswith("ipv6:") else ""
    address = _ip(inner[len(tag) :])
    if address is None or (":" in address) != bool(tag):
        raise ValueError(fault)
    return f"[{tag}{address}]"
