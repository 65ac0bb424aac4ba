# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Mail addresses and host names in the form the wire wants.

Domains become A-labels with the ``idna`` codec of the standard library, which is IDNA2003 (RFC 3490). It differs from
IDNA2008 (RFC 5891) where a character is mapped away that today stands for itself, so that the mail would go to another
domain: those four characters are refused here, and such a domain is to be written as its A-label (``xn--...``).
"""

from __future__ import annotations

import ipaddress

_DEVIATIONS = frozenset("\u00df\u03c2\u200c\u200d")
_LDH = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def a_label(domain: str) -> str:
    """Return a domain in ASCII, lower case. Raises ValueError, in words for people, where it has no such form."""
    if domain.isascii():
        return domain.lower()
    if _DEVIATIONS.intersection(domain.lower()):
        raise ValueError("the domain has a character that must be written as an A-label (xn--...)")
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError("the domain is not a valid internationalised name") from None


def domain_of(address: str) -> str:
    """Return the domain of an address as an A-label; an empty text where there is none."""
    return a_label(address.rpartition("@")[2]) if "@" in address else ""


def needs_smtputf8(address: str) -> bool:
    """Tell whether the local part is outside ASCII, which only SMTPUTF8 carries (RFC 6531 §3.3)."""
    return not address.rpartition("@")[0].isascii()


def path(address: str) -> bytes:
    """Return the address as a path, ``<local@a-label>`` (RFC 5321 §4.1.2).

    Raises ValueError for an address that would change the command around it.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("a mail address needs a local part and a domain")
    if any(c < " " or c == "\x7f" for c in address) or _closes_path(local) or any(c in domain for c in '<> "'):
        raise ValueError("a mail address has a character that can't be sent")
    return f"<{local}@{a_label(domain)}>".encode()


def _closes_path(local: str) -> bool:
    quoted = len(local) >= 2 and local[0] == local[-1] == '"'
    return not quoted and any(c in local for c in '<> "')


def ehlo_name(configured: str | None, fqdn: str | None, local_address: str | None) -> str:
    """Return what EHLO says (RFC 5321 §4.1.1.1): the configured name, else a real host name, else an address literal.

    ``local_address`` is the probe's own end of the connection; give None behind a proxy, where that would be false.
    Raises ValueError for a configured name that can't be sent.
    """
    if configured:
        name = a_label(configured)
        if not (_is_literal(name) or all(_is_label(label, underscore=True) for label in name.split("."))):
            raise ValueError("the EHLO name is neither a host name nor an address literal")
        return name if not _is_literal(name) else configured
    if fqdn and is_real_fqdn(fqdn):
        return a_label(fqdn)
    return address_literal(local_address) if local_address else "[127.0.0.1]"


def is_real_fqdn(name: str) -> bool:
    """Tell whether a name can mean this host to others: LDH labels, a dot, nothing that only has meaning at home."""
    try:
        labels = a_label(name).split(".")
    except ValueError:
        return False
    if len(labels) < 2 or len(name) > 253 or not all(_is_label(label) for label in labels):
        return False
    return (
        not labels[0].startswith("localhost")
        and labels[-1] not in ("local", "localdomain")
        and not labels[-1].isdigit()
    )


def address_literal(address: str) -> str:
    """Return an IP address as a literal (RFC 5321 §4.1.3). Raises ValueError where it is no address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        return f"[{ip.ipv4_mapped}]" if ip.ipv4_mapped else f"[IPv6:{ip.compressed}]"
    return f"[{ip}]"


def _is_label(label: str, *, underscore: bool = False) -> bool:
    allowed = label.replace("_", "") if underscore else label
    return 0 < len(label) <= 63 and _LDH.issuperset(allowed) and not label.startswith("-") and not label.endswith("-")


def _is_literal(name: str) -> bool:
    if not (name.startswith("[") and name.endswith("]")):
        return False
    inside = name[1:-1]
    try:
        ipaddress.ip_address(inside[5:] if inside.lower().startswith("ipv6:") else inside)
    except ValueError:
        return False
    return True
