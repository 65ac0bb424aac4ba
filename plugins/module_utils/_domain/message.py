# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Turns what was found about domains into text for people: a sentence, the sections, then causes and remedies."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from .finding import Finding, Section, Severity, Status, status_of
from .ids import RULES
from .inspect import Inspection

WIDTH = 110
PAGE = "docs/domain.md"

TITLES = {
    "mx": "mail exchangers",
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "mta_sts": "MTA-STS",
    "tls_rpt": "TLS reports",
    "dane": "DANE",
    "dnssec": "DNSSEC",
    "block_lists": "block lists",
    "tracking": "tracking hosts",
}
_SIGNS = {
    Status.OK: "✓",
    Status.WARNING: "!",
    Status.FAILED: "✗",
    Status.ABSENT: "–",
    Status.UNKNOWN: "~",
    Status.SKIPPED: "–",
}
_PLAIN = {Status.ABSENT: "none", Status.UNKNOWN: "not known", Status.SKIPPED: "not asked for"}


def render(inspections: Sequence[Inspection]) -> str:
    """Return the message of a result."""
    blocks = [block for inspection in inspections for block in _blocks(inspection)]
    if len(inspections) > 1:
        blocks.insert(0, [_of_all(inspections)])
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks)


def headline(inspection: Inspection) -> str:
    """Return one sentence about a domain."""
    counts = {
        severity: sum(entry.severity is severity for entry in inspection.findings)
        for severity in (Severity.ERROR, Severity.WARNING)
    }
    told = [_counted(count, severity.value) for severity, count in counts.items() if count]
    unknown = [TITLES[one.name] for one in inspection.sections if one.status is Status.UNKNOWN]
    if unknown and not told and not inspection.judged:
        return f"Nothing could be found out about {inspection.domain} ({', '.join(unknown)})."
    text = f"{inspection.domain} has {' and '.join(told)}" if told else f"{inspection.domain} has no fault"
    return f"{text}; not all could be found out ({', '.join(unknown)})." if unknown else f"{text}."


def _of_all(inspections: Sequence[Inspection]) -> str:
    bad = [one.domain for one in inspections if one.status in (Status.FAILED, Status.WARNING)]
    if not bad:
        open_ = sum(any(section.status is Status.UNKNOWN for section in one.sections) for one in inspections)
        rest = f" that was found; of {open_} not all could be found out" if open_ else ""
        return f"None of {len(inspections)} domains has a fault{rest}."
    names = ", ".join(bad[:5]) + (", …" if len(bad) > 5 else "")
    return f"{len(bad)} of {len(inspections)} domains {'has' if len(bad) == 1 else 'have'} faults: {names}."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _blocks(inspection: Inspection) -> Iterator[list[str]]:
    yield [headline(inspection), *(_line(section) for section in inspection.sections)]
    faults = [entry for entry in inspection.findings if entry.severity is not Severity.INFO]
    for number, entry in enumerate(faults, 1):
        yield _fault(number, entry, len(faults))
    rest = [entry for entry in inspection.findings if entry.severity is Severity.INFO]
    if rest:
        yield [
            "Worth knowing:",
            *(line for entry in rest for line in _wrap(f"{entry.text} ({entry.id})", "  - ", "    ")),
        ]


def _line(section: Section) -> str:
    told = status_of(section.findings, section.status)
    line = f"  {_SIGNS[told]} {TITLES[section.name]:<16}  {_note(section)}".rstrip()
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1].rstrip()}…"


def _note(section: Section) -> str:
    for severity in (Severity.ERROR, Severity.WARNING):
        told = [RULES[entry.id].title for entry in section.findings if entry.severity is severity]
        if told:
            more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
            return f"{told[0]}{more}"
    if section.status is not Status.OK:
        return _PLAIN.get(section.status, "")
    facts = section.facts
    if section.name == "mx":
        return ", ".join(str(entry["exchange"]) for entry in facts.get("records", ()))
    if section.name == "mta_sts":
        return f"mode {facts.get('mode')}"
    if section.name == "dmarc" and facts.get("policy"):
        return f"policy {facts['policy']}"
    if section.name == "dkim":
        return ", ".join(sorted(facts.get("selectors", ())))
    return ""


def _fault(number: int, entry: Finding, of: int) -> list[str]:
    sign = "✗" if entry.severity is Severity.ERROR else "!"
    head = f"{sign} {number}. " if of > 1 else f"{sign} "
    return [
        *_wrap(entry.text, head, " " * len(head)),
        *_wrap(entry.cause, "     ", "     "),
        *_wrap(entry.remedy, "     -> ", "        "),
        *_wrap(f"{entry.reference}. More: {PAGE}#{entry.id}", "     ", "     "),
    ]


def _wrap(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=True, break_on_hyphens=False
    )
