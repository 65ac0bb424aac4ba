# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The report for people: one page that needs nothing beside itself (docs/reports.md).

Without its script the page is a table with every diagnosis unfolded; the script folds, filters, groups and sorts it.
Rows come ready made, so that nothing has to be built before the page can be read; only the timings of a mailbox, of
which there are many and which few people open, are kept as data.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from .assets import SCRIPT, STYLE
from .view import MARK, PROTOCOLS, STATUSES, Comparison, Row, compare, counts, line, number, rows, seconds, title

_BEGIN = (
    f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="{MARK}">\n'
)
BEGIN = re.compile(re.escape(_BEGIN.encode()))
"""How a page begins."""

_DAY = 86400
_SOON = 14
_IDS = 6
_WORDS = {
    "ok": "✓ works",
    "warning": "✓ works",
    "failed": "✗ fails",
    "inconclusive": "~ unclear",
    "skipped": "– not probed",
}
_PASSWORD = {
    "yes": "The password is at fault: a new one is needed.",
    "no": "The password is not at fault: do not change it.",
    "unknown": "Whether the password is at fault is not known.",
}
_COLUMNS = (
    ("Mailbox", "wide"),
    ("Verdict", "narrow"),
    ("Sending", "narrow"),
    ("Reading", "narrow"),
    ("Provider", "mid"),
    ("Category", "long"),
    ("Change", "mid"),
    ("Cert., days", "mid"),
    ("Time, s", "narrow"),
)
_CHANGES = ("newly broken", "still broken", "fixed")


def render(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> str:
    """Return the whole page."""
    return "".join(parts(fleet, results, previous))


def parts(
    fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield the page."""
    comparison = compare(fleet, results, previous)
    run = fleet.get("run") or {}
    now = seconds(run.get("started_at"))
    data = _Data()
    ordered = []
    for row in rows(results):
        change = comparison.of(row.id)
        rank = STATUSES.index(row.status) if row.status in STATUSES else -1
        ordered.append((rank, change != "newly broken", row.id, _body(row, comparison, now), data.of(row)))
        data.time(row)
    ordered.sort()
    name = line(run.get("fleet") or "Mailboxes")
    yield _begin(name)
    yield from _summary(name, fleet, run, comparison, data)
    yield _controls()
    head = "".join(f'<th scope="col"{_number_class(column)}><span>{column}</span></th>' for column, _unused in _COLUMNS)
    widths = "".join(f'<col class="{width}">' for _unused, width in _COLUMNS)
    yield f'<table id="mailboxes"><colgroup>{widths}</colgroup><thead><tr>{head}</tr></thead>\n'
    for entry in ordered:
        yield entry[3]
    yield '</table>\n<script type="application/json" id="data">'
    yield data.dump([entry[4] for entry in ordered])
    yield f"</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


class _Data:
    """What the script needs beside the table, with names as numbers."""

    def __init__(self) -> None:
        self._stages: dict[str, int] = {}
        self._statuses: dict[str, int] = {}
        self.times: dict[tuple[str, str], list[float]] = {}

    def of(self, row: Row) -> list[Any]:
        """Return a mailbox's tags, its stages, its notices and its servers."""
        protocols = ("", *PROTOCOLS)
        stages = [
            [
                protocols.index(entry.protocol),
                self._stages.setdefault(entry.stage, len(self._stages)),
                self._statuses.setdefault(entry.status, len(self._statuses)),
                round(entry.ms, 1),
            ]
            for entry in row.stages
        ]
        hosts = ", ".join(f"{name.upper()} {host}" for name, host in row.hosts.items())
        return [list(row.tags), stages, [line(notice.get("text") or "") for notice in row.notices], hosts]

    def time(self, row: Row) -> None:
        """Take the timings of a mailbox in."""
        for entry in row.stages:
            if entry.status != "skipped":
                self.times.setdefault((entry.protocol, entry.stage), []).append(entry.ms)

    def dump(self, listed: Sequence[list[Any]]) -> str:
        """Return JSON that can't end the element it stands in: all of ASCII, without the signs of markup."""
        whole = {
            "protocols": ["", *(name.upper() for name in PROTOCOLS)],
            "stages": list(self._stages),
            "statuses": list(self._statuses),
            "rows": listed,
        }
        told = json.dumps(whole, ensure_ascii=True, separators=(",", ":"))
        return told.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _begin(name: str) -> str:
    policy = (
        f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return (
        f'{_BEGIN}<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(name)}: mailbox report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _summary(
    name: str, fleet: Mapping[str, Any], run: Mapping[str, Any], comparison: Comparison, data: _Data
) -> Iterator[str]:
    took = number(run.get("duration_ms")) / 1000
    cut = " The run was interrupted: not every mailbox has a verdict." if run.get("interrupted") else ""
    yield f"<header><h1>{_text(name)}</h1>\n"
    yield f'<p class="soft">Run of {_text(_when(run.get("started_at")))}, {took:.1f} s.{cut}</p>\n'
    policy = fleet.get("policy") or {}
    passed = bool(policy.get("passed", True))
    reasons = [*(policy.get("reasons") or ()), *(run.get("network") or ()), *(run.get("auth_breaker") or ())]
    listed = f"<ul>{''.join(f'<li>{_text(reason)}</li>' for reason in reasons)}</ul>" if reasons else ""
    told = "The policy is met." if passed else "The policy is not met."
    yield f'<div class="policy{"" if passed else " failed"}"><strong>{told}</strong>{listed}</div>\n'
    tiles = "".join(f'<li class="{status}"><b>{n}</b>{status}</li>' for status, n in counts(fleet).items())
    yield f'<ul class="tiles">{tiles}</ul></header>\n'
    yield from _changes(comparison)
    yield from _causes(fleet.get("summary") or ())
    yield from _timings(data)


def _changes(comparison: Comparison) -> Iterator[str]:
    if comparison.previous is None:
        return
    yield f"<section><h2>Since the run of {_text(_when(comparison.previous))}</h2>\n"
    for told, ids in zip(_CHANGES, (comparison.newly_broken, comparison.still_broken, comparison.fixed), strict=True):
        listed = ", ".join(_text(mailbox) for mailbox in ids[:_IDS])
        more = f" and {len(ids) - _IDS} more" if len(ids) > _IDS else ""
        mark = ("ok" if told == "fixed" else "failed") if ids else "soft"
        shown = f' <span class="ids">{listed}{more}</span>' if ids else ""
        link = f'<a class="{mark}" href="#change={told.replace(" ", "+")}">{len(ids)} {told}</a>'
        yield f"<p><strong>{link}</strong>{shown}</p>\n"
    yield "</section>\n"


def _causes(groups: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    listed = list(groups)
    if not listed:
        return
    yield '<section><h2>Causes</h2>\n<table class="causes"><thead><tr><th scope="col" class="n">Mailboxes</th>'
    yield '<th scope="col">What happened, and what to do</th><th scope="col">Category</th></tr></thead><tbody>\n'
    for group in listed:
        ids = [str(mailbox) for mailbox in group.get("ids") or ()][:_IDS]
        count = int(number(group.get("count")))
        more = f" and {count - len(ids)} more" if count > len(ids) else ""
        yield (
            f'<tr><td class="n">{count}</td><td>{_text(group.get("sentence"))}<br>{_text(group.get("remedy"))}'
            f"<br><small>{_text(', '.join(ids))}{more}</small></td><td><code>{_text(group.get('category'))}</code></td>"
            "</tr>\n"
        )
    yield "</tbody></table></section>\n"


def _timings(data: _Data) -> Iterator[str]:
    if not data.times:
        return
    yield "<section><h2>Timings</h2>\n<details><summary>How long each stage took</summary>\n<table><thead><tr>"
    yield "".join(f'<th scope="col">{name}</th>' for name in ("Service", "Stage"))
    yield "".join(
        f'<th scope="col" class="n">{name}</th>' for name in ("Mailboxes", "Median, ms", "95 %, ms", "Most, ms")
    )
    yield "</tr></thead><tbody>\n"
    for (protocol, stage), found in data.times.items():
        found.sort()
        figures = (found[len(found) // 2], found[min(len(found) - 1, len(found) * 95 // 100)], found[-1])
        cells = "".join(f'<td class="n">{figure:.1f}</td>' for figure in figures)
        yield f'<tr><td>{protocol.upper()}</td><td>{_text(stage)}</td><td class="n">{len(found)}</td>{cells}</tr>\n'
    yield "</tbody></table></details></section>\n"


def _controls() -> str:
    statuses = "".join(f"<option>{status}</option>" for status in STATUSES)
    changes = "".join(f"<option>{change}</option>" for change in _CHANGES)
    groups = "".join(f"<option>{group}</option>" for group in ("provider", "category", "tag", "status", "change"))
    return (
        '<section><h2>Mailboxes</h2>\n<form id="controls" role="search">'
        '<label>Filter by any words<input id="q" type="search" autocomplete="off" spellcheck="false"></label>'
        f'<label>Verdict<select id="status"><option value="">all</option>{statuses}</select></label>'
        f'<label>Change<select id="change"><option value="">all</option>{changes}</select></label>'
        f'<label>Group by<select id="group"><option value="">nothing</option>{groups}</select></label>'
        '<output id="shown" role="status"></output></form></section>\n'
    )


def _body(row: Row, comparison: Comparison, now: float | None) -> str:
    change = comparison.of(row.id)
    since = comparison.since.get(row.id, "")
    changed = _text(change) + (f"<small>since {_text(since[:10])}</small>" if since and change != "fixed" else "")
    days = _days(row, now)
    expiry = "" if days is None else str(days)
    alarm = "" if days is None or days >= _SOON else " bad"
    email = f"<small>{_text(row.email)}</small>" if row.email and row.email != row.id else ""
    services = "".join(_service(row.services.get(name)) for name in PROTOCOLS)
    reason = f"<small>{_text(row.reason.replace('_', ' '))}</small>" if row.reason else ""
    data = {"status": row.status, "provider": title(row.provider), "category": row.category, "change": change}
    attributes = f' data-id="{escape(row.id, quote=True)}"'
    attributes += "".join(f' data-{key}="{_text(value)}"' for key, value in data.items())
    return (
        f'<tbody{attributes}><tr><td><span class="id">{_text(row.id)}</span>{email}</td>'
        f'<td class="{_text(row.status)}">{_text(row.status)}{reason}</td>{services}'
        f"<td>{_text(title(row.provider))}</td>"
        f"<td><code>{_text(row.category)}</code></td><td>{changed}</td>"
        f'<td class="n{alarm}" data-sort="{expiry}">{expiry}</td>'
        f'<td class="n" data-sort="{row.ms / 1000:.3f}">{row.ms / 1000:.2f}</td></tr>{_detail(row)}</tbody>\n'
    )


def _service(status: str | None) -> str:
    return "<td></td>" if status is None else f'<td class="{_text(status)}">{_text(_WORDS.get(status, status))}</td>'


def _days(row: Row, now: float | None) -> int | None:
    """Return the whole days until the first certificate expires, counted from the run."""
    return int((min(row.expiry.values()) - now) // _DAY) if row.expiry and now is not None else None


def _detail(row: Row) -> str:
    """Return the diagnosis of a mailbox that does not work."""
    told = "".join(_failure(failure) for failure in row.failures)
    if not told:
        return ""
    return f'<tr class="detail"><td colspan="{len(_COLUMNS)}">{told}</td></tr>'


_UNPROTECTED = "This came before TLS, so anybody on the way may have written it:"


def _failure(failure: Mapping[str, Any]) -> str:
    where = " ".join(line(failure[key]) for key in ("protocol", "stage") if failure.get(key)).replace("_", " ")
    reply = f"<samp>{_text(failure['reply'])}</samp>" if failure.get("reply") else ""
    evidence = failure.get("evidence")
    if reply and isinstance(evidence, Mapping) and evidence.get("before_tls"):
        reply = f'<p class="soft">{_UNPROTECTED}</p>{reply}'
    causes = "".join(
        f"<li>{_text(cause.get('cause'))} <small>({_text(cause.get('confidence'))})</small><br>"
        f"{_text(cause.get('remedy'))}</li>"
        for cause in failure.get("causes") or ()
        if isinstance(cause, Mapping)
    )
    password = _PASSWORD.get(str(failure.get("password_at_fault")), "")
    after = failure.get("retry_after")
    wait = f"<p>The server wants {number(after):.0f} s to pass before the next attempt.</p>" if after else ""
    return (
        f'<h3>{_text(failure.get("sentence"))}</h3><p class="soft">{_text(where)} · '
        f"<code>{_text(failure.get('category'))}</code></p>{reply}"
        f"{f'<ol>{causes}</ol>' if causes else ''}<p>{password}</p>{wait}"
    )


def _when(value: object) -> str:
    return line(value or "an unknown time").replace("T", " ").replace("Z", " UTC")


def _number_class(column: str) -> str:
    return ' class="n"' if "," in column else ""


def _text(value: object) -> str:
    return escape(line("" if value is None else value), quote=True)
