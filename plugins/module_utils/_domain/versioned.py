# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The form that records of MTA-STS and TLS-RPT share: a version, and fields behind semicolons (RFC 8461 §3.1)."""

from __future__ import annotations

from .._dns.answer import Answer
from .ask import octets


def records_of(answer: Answer, version: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the TXT records that count, and those that were meant to; all others are passed over."""
    texts = octets(answer)
    records = [text for text in texts if _is_record(text, version)]
    return records, [text for text in texts if not _is_record(text, version) and _is_nearly(text, version)]


def fields_of(text: bytes) -> list[str] | None:
    """Return the fields behind the version as they are written, or None where the record is not ASCII."""
    try:
        line = text.decode("ascii")
    except UnicodeDecodeError:
        return None
    parts = [part.strip(" \t") for part in line.split(";")[1:]]
    if parts and not parts[-1]:
        parts.pop()
    return parts


def _is_record(text: bytes, version: bytes) -> bool:
    return text.startswith(version) and text[len(version) :].lstrip(b" \t")[:1] == b";"


def _is_nearly(text: bytes, version: bytes) -> bool:
    return text.strip().lower().replace(b" ", b"").startswith(version.lower())
