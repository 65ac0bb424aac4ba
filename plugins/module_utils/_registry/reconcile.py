# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The difference between what is registered and what is wanted; pure, for every registry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .base import Registration, SecretMark

PROTOCOLS = ("smtp", "imap")


@dataclass(frozen=True)
class Change:
    """What has to be written, and how ``--diff`` shows it.

    ``before`` and ``after`` are None where there is no registration. ``target`` is the registration to store: what is
    stored, overlaid with what the user set; None after a deletion.
    """

    changed: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reasons: tuple[str, ...]
    target: Registration | None = None


def reconcile(stored: Registration | None, wanted: Registration) -> Change:
    """Compare only what the user set: the settings in ``wanted`` that are not None, and the secrets it names.

    Mappings are compared key by key, everything else as a whole. A protocol that ``settings.protocols`` no longer names
    loses its settings and its secret mark. Verdict and times are carried over, but never are a change by themselves.
    """
    wanted = _declared(wanted)
    if stored is None:
        target = replace(wanted, settings=_without_unset(wanted.settings))
        return Change(True, None, _printable(target, {}), ("not registered yet",), target)

    reasons: list[str] = []
    if stored.email != wanted.email:
        reasons.append("email changed")
    settings = _overlay(stored.settings, wanted.settings, "", reasons)
    secrets = dict(stored.secrets)
    notes: dict[str, str] = {}
    for protocol, mark in sorted(wanted.secrets.items()):
        known = secrets.get(protocol)
        # An unchanged mark stays as stored: the wanted one may lack the fingerprint that an earlier run took.
        if known is not None and known.same_as(mark) is True:
            secrets[protocol] = replace(known, written_at=known.written_at or mark.written_at)
            continue
        secrets[protocol] = mark
        reasons.append(_secret_reason(protocol, known, mark))
        note = _note(known, mark)
        if note:
            notes[protocol] = note
    _drop_undeclared(settings, secrets, wanted.settings.get("protocols"), reasons)

    target = replace(
        stored,
        email=wanted.email,
        settings=settings,
        secrets=secrets,
        verdict=wanted.verdict or stored.verdict,
        verified_at=wanted.verified_at or stored.verified_at,
    )
    return Change(bool(reasons), _printable(stored, {}), _printable(target, notes), tuple(reasons), target)


def reconcile_absent(stored: Registration | None) -> Change:
    """Return what it takes for a registration to be gone."""
    if stored is None:
        return Change(False, None, None, ())
    return Change(True, _printable(stored, {}), None, ("registered, and declared absent",))


def _without_unset(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_unset(inner) if isinstance(inner, dict) else inner
        for key, inner in value.items()
        if inner is not None
    }


def _overlay(stored: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str, reasons: list[str]) -> dict[str, Any]:
    result = dict(stored)
    for key, value in wanted.items():
        if value is None:
            continue
        path = f"{prefix}{key}"
        present = result.get(key)
        if isinstance(value, dict):
            before = present if isinstance(present, dict) else {}
            if key not in result or not isinstance(present, dict):
                reasons.append(f"{path} {'set' if key not in result else 'changed'}")
                result[key] = _without_unset(value)
            else:
                result[key] = _overlay(before, value, f"{path}.", reasons)
        elif key not in result or not _equal(present, value):
            reasons.append(f"{path} {'changed' if key in result else 'set'}")
            result[key] = value
    return result


def _equal(left: Any, right: Any) -> bool:
    # Python takes True for 1; a declaration does not.
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _undeclared(protocols: Any) -> tuple[str, ...]:
    return tuple(name for name in PROTOCOLS if name not in protocols) if isinstance(protocols, list) else ()


def _declared(wanted: Registration) -> Registration:
    gone = _undeclared(wanted.settings.get("protocols"))
    return replace(
        wanted,
        settings={key: value for key, value in wanted.settings.items() if key not in gone},
        secrets={key: mark for key, mark in wanted.secrets.items() if key not in gone},
    )


def _drop_undeclared(
    settings: dict[str, Any], secrets: dict[str, SecretMark], protocols: Any, reasons: list[str]
) -> None:
    for protocol in _undeclared(protocols):
        if protocol in settings or protocol in secrets:
            settings.pop(protocol, None)
            secrets.pop(protocol, None)
            reasons.append(f"{protocol} is no longer declared")


def _secret_reason(protocol: str, known: SecretMark | None, mark: SecretMark) -> str:
    if known is None:
        return f"the {protocol} secret is new"
    if known.kind != mark.kind or known.reference != mark.reference:
        return f"the {protocol} secret comes from another place"
    if known.version is not None and mark.version is not None:
        return f"the {protocol} secret {'has another version' if known.version != mark.version else 'was written anew'}"
    if known.same_as(mark) is None:
        return f"the {protocol} secret can't be compared with the one registered"
    return f"the {protocol} secret changed"


def _note(known: SecretMark | None, mark: SecretMark) -> str:
    """Say what two equal labels would hide."""
    if known is None or known.label() != mark.label():
        return ""
    return " (changed)" if known.same_as(mark) is False else " (can't be compared)"


def _printable(registration: Registration, notes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": registration.id,
        "email": registration.email,
        "settings": dict(registration.settings),
        "secrets": {
            protocol: mark.label() + notes.get(protocol, "") for protocol, mark in sorted(registration.secrets.items())
        },
    }
