# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Names as DNS takes them."""

from __future__ import annotations

from typing import Any

from .._models.address import a_label


def canonical(name: str) -> str:
    """Return a name in A-labels and lower case, without the final dot ("." for the root).

    Raises ValueError, with a sentence for people, for what can't be asked (RFC 1035 §2.3.4, RFC 5890).
    """
    text = name.strip()
    if not text or text == "@":
        raise ValueError("An empty name can't be looked up in DNS.")
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        raise ValueError("A name with blanks or control characters can't be looked up in DNS.")
    if not text.isascii():
        try:
            text = a_label(text)
        except ValueError:
            raise ValueError(
                f"The name {name} has no unambiguous form in DNS: write its labels as they stand there (xn--...)."
            ) from None
    return as_text(parse(text)) or "."


def parse(text: str) -> Any:
    """Return dnspython's name. Raises ValueError with a sentence."""
    import dns.name

    try:
        return dns.name.from_text(text, origin=dns.name.root)
    except dns.name.EmptyLabel:
        raise ValueError(f"The name {text[:100]} has an empty label: two dots in a row, or one at the start.") from None
    except dns.name.LabelTooLong:
        raise ValueError(f"The name {text[:100]} has a label of more than 63 octets.") from None
    except dns.name.NameTooLong:
        raise ValueError(f"The name {text[:100]}... has more than 255 octets.") from None
    except Exception:  # Names come from anywhere, and older versions stumble over some escapes.
        raise ValueError(f"The name {text[:100]} can't be looked up in DNS.") from None


def as_text(name: Any) -> str:
    """Return dnspython's name in lower case without the final dot; "" for the root."""
    text = str(name.to_text(omit_final_dot=True)).lower()
    return "" if text == "." else text
