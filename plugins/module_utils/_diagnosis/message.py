# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Turns a result into text for people: one sentence, the stages, then causes and remedies."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 110
DIAGNOSTICS = "docs/diagnostics.md"

_SIGNS = {"ok": "✓", "failed": "✗", "inconclusive": "~", "skipped": "–", "warning": "!"}
_CAN = {"smtp": "send", "imap": "read"}
_TITLES = {
    "config": "config",
    "secret": "secret",
    "dns": "name resolution",
    "connect": "connection",
    "tls": "TLS",
    "greeting": "greeting",
    "capability": "capabilities",
    "starttls": "STARTTLS",
    "auth": "login",
    "sender": "sender",
    "recipient": "recipient",
    "message": "message",
    "session": "session",
    "list": "folder list",
    "select": "folder opened",
    "special_use": "folder uses",
    "domain": "domain",
    "register": "registration",
}
_PASSWORD = {
    "yes": "The password is at fault: a new one is needed.",
    "no": "The password is not at fault: do not change it.",
    "unknown": "The password may or may not be at fault: look at the causes before changing it.",
}
_UNPROTECTED = "This came before TLS, so anybody on the way may have written it"
# Words that begin a sentence in lower case when a colon comes before it.
_LOWER = frozenset(
    {"The", "A", "An", "No", "Nothing", "There", "What", "Your", "One", "Bytes", "Opening", "Looking", "It"}
)


def render(result: Mapping[str, Any], name: str | None = None) -> str:
    """Return the message of a result (docs/results.md). ``name`` is the address to speak of, else the result's id."""
    who = clean(name or result.get("id") or "The mailbox")
    failures = [entry for entry in result.get("failures") or () if isinstance(entry, Mapping)]
    notices = [entry for entry in result.get("notices") or result.get("warnings") or () if isinstance(entry, Mapping)]
    # The first line is the whole sentence, however long: whoever shows one line shows all that decides.
    blocks: list[list[str]] = [[headline(result, who)]]
    if failures or result.get("status") != "verified":
        blocks.extend(_stage_blocks(result))
    blocks.extend(_failure(number, entry, len(failures)) for number, entry in enumerate(failures, 1))
    if notices:
        blocks.append(_notices(notices))
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block)


def headline(result: Mapping[str, Any], who: str) -> str:
    """Return the first line: one full sentence that names the mailbox and what decides."""
    failures = result.get("failures") or ()
    decisive = _after_colon(clean(failures[0].get("sentence", ""))) if failures else ""
    status = str(result.get("status", ""))
    states = {key: str((result.get(key) or {}).get("status", "")) for key in _CAN if result.get(key)}
    works = [verb for key, verb in _CAN.items() if states.get(key) == "ok"]
    fails = [verb for key, verb in _CAN.items() if states.get(key) == "failed"]
    open_ = [verb for key, verb in _CAN.items() if states.get(key) == "inconclusive"]
    if status == "verified":
        if result.get("reason") == "recently_verified":
            return f"{who} was verified recently and was not probed again."
        return f"{who} can {' and '.join(works)}." if works else f"{who} is verified."
    if status == "skipped":
        return f"{who} was not probed{_colon(decisive)}"
    if status == "inconclusive":
        known = f"can {works[0]}, but whether it can {open_[0]}" if works and open_ else "could not be judged"
        tail = " is open" if works and open_ else ""
        return f"{who} {known}{tail}{_colon(decisive)}"
    if works and fails:
        return f"{who} can {works[0]}, but cannot {fails[0]}{_colon(decisive)}"
    if len(fails) == 2:
        return f"{who} can neither send nor read{_colon(decisive)}"
    if fails:
        return f"{who} cannot {fails[0]}{_colon(decisive)}"
    if works and status == "failed":
        return f"{who} can {' and '.join(works)}, but is not accepted{_colon(decisive)}"
    return f"{who} cannot be used{_colon(decisive)}"


def clean(value: object) -> str:
    """Return a text on one line without control characters, which a server may have put into it."""
    text = " ".join(str(value).split())
    return "".join(char if char.isprintable() else "?" for char in text)


def _colon(sentence: str) -> str:
    return f": {sentence}" if sentence else "."


def _after_colon(sentence: str) -> str:
    first, blank, rest = sentence.partition(" ")
    return f"{first.lower()}{blank}{rest}" if first in _LOWER else sentence


def _wrap(text: str, indent: str = "", hang: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hang is None else hang,
        break_long_words=True,
        break_on_hyphens=False,
    )


def _stage_blocks(result: Mapping[str, Any]) -> Iterable[list[str]]:
    shared = _stage_lines(result.get("stages") or ())
    if shared:
        yield shared
    for key in _CAN:
        section = result.get(key)
        if not isinstance(section, Mapping):
            continue
        head = f"{key.upper()} {section.get('host')}:{section.get('port')} ({section.get('security')})"
        yield [*_wrap(clean(head)), *_stage_lines(section.get("stages") or (), section)]


def _stage_lines(stages: Iterable[Mapping[str, Any]], section: Mapping[str, Any] | None = None) -> list[str]:
    lines = []
    for entry in stages:
        stage, status = str(entry.get("stage", "")), str(entry.get("status", ""))
        taken = entry.get("duration_ms")
        ms = f"{taken:8.0f} ms" if isinstance(taken, (int, float)) and status != "skipped" else " " * 11
        note = clean(_note(stage, entry, section or {}))
        line = f"  {_SIGNS.get(status, '?')} {_TITLES.get(stage, stage):<16}{ms}  {note}".rstrip()
        lines.append(line if len(line) <= WIDTH else line[: WIDTH - 1].rstrip() + "…")
    return lines


def _note(stage: str, entry: Mapping[str, Any], section: Mapping[str, Any]) -> str:
    """Say what a stage found, in a few words."""
    facts = entry.get("facts") or {}
    if entry.get("status") == "skipped":
        return str(facts.get("why") or "")
    if entry.get("reply") and entry.get("status") != "ok":
        return str(entry["reply"])
    if stage == "connect":
        attempts = [a for a in section.get("addresses") or () if a.get("result") not in ("not_tried", "cancelled")]
        taken = [a for a in attempts if a.get("result") == "connected"]
        return ", ".join(_attempt(a) for a in taken or attempts)
    secure = section.get("tls") or {}
    if stage == ("starttls" if section.get("security") == "starttls" else "tls") and secure.get("version"):
        days = (secure.get("certificate") or {}).get("days_left")
        left = f", certificate for {days} more days" if isinstance(days, int) and days >= 0 else ""
        return f"{secure['version']}{left}" + ("" if secure.get("verified") else ", certificate not checked")
    if stage == "auth":
        return str(section.get("mechanism") or "")
    return ""


def _attempt(attempt: Mapping[str, Any]) -> str:
    result = str(attempt.get("result", "")).replace("_", " ")
    address = str(attempt.get("address", ""))
    return address if result == "connected" else f"{address} {result}"


def _failure(number: int, entry: Mapping[str, Any], of: int) -> list[str]:
    title = f"{number}. " if of > 1 else ""
    lines = _wrap(f"{title}{clean(entry.get('sentence', ''))}", "", " " * len(title))
    reply = str(entry.get("reply") or "")
    if reply:
        unprotected = (entry.get("evidence") or {}).get("before_tls")
        lines.append(f"   {_UNPROTECTED if unprotected else 'The server said'}:")
        for line in reply.splitlines() or [reply]:
            lines.extend(_wrap(clean(line), "     ", "       "))
    causes = [cause for cause in entry.get("causes") or () if isinstance(cause, Mapping)]
    if causes:
        lines.append(
            "   Causes, the likeliest first, and what to do:" if len(causes) > 1 else "   Cause, and what to do:"
        )
    for position, cause in enumerate(causes, 1):
        lines.extend(_wrap(clean(cause.get("cause", "")), f"     {position}) ", "        "))
        lines.extend(_wrap(clean(cause.get("remedy", "")), "        -> ", "           "))
    if entry.get("stage") == "auth":
        lines.extend(_wrap(_PASSWORD.get(str(entry.get("password_at_fault")), ""), "   "))
    after = entry.get("retry_after")
    if entry.get("retryable"):
        when = f"; try again in {_duration(float(after))}" if isinstance(after, (int, float)) and after > 0 else ""
        lines.extend(_wrap(f"This may pass by itself{when}.", "   "))
    lines.extend(_wrap(f"More: {DIAGNOSTICS}#{clean(entry.get('category', ''))}", "   "))
    return lines


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(1, round(seconds))} s"


def _notices(notices: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = ["Warnings:"]
    for entry in notices:
        lines.extend(_wrap(f"{clean(entry.get('text', ''))} ({clean(entry.get('id', ''))})", "  ! ", "    "))
    return lines
