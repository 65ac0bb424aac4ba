# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A mailbox on its way into the inventory: what was declared, what lies below it, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.mailbox import MAILBOX_OPTIONS
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.provider import provider_of_host
from ansible_collections.mailops.mailbox.plugins.module_utils._models.address import a_label, known_address
from ansible_collections.mailops.mailbox.plugins.module_utils._providers import table
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import Encrypted

RESERVED = frozenset({"all", "ungrouped", "localhost", "127.0.0.1", "::1", "mailboxes", "mailboxes_invalid"})
_ADDRESS = re.compile(r"[^@\s]+@([^@\s]+)")
_SOURCES = frozenset({"vault", "password"})
_SORTING = ("email", "provider", "tags")
"""The keys by which mailboxes are grouped."""
_SHOWN = 10


class Found(NamedTuple):
    """Where a key path stands; ``exact`` is false where only a part of the path is there."""

    line: int
    key: str
    exact: bool


class Place(Protocol):
    """A part of a file that holds a declaration, or what lies below declarations."""

    file: str

    def find(self, path: str) -> Found | None:
        """Return where a key path stands, or None where even its first step is missing."""

    def path_of(self, key: str) -> str:
        """Return the key path that a fault means by its key."""


@dataclass
class Entry:
    """A mailbox: ``base`` is from the file's templates, ``own`` from its declaration; with ``faults`` it is invalid.

    What is worked out of ``base`` and ``own`` is kept, so it may only be asked for when both are complete. ``whole``
    marks one that stands for a file, or a part of it, with an unknown number of mailboxes.
    """

    name: str
    file: str
    line: int = 0
    own: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    place: Place | None = None
    whole: bool = False

    @cached_property
    def merged(self) -> dict[str, Any]:
        """The declaration over the templates."""
        return merged(self.base, self.own)

    @cached_property
    def address(self) -> str:
        """The address as it is compared, or ""."""
        return address_of(self.merged)

    @cached_property
    def groups(self) -> dict[str, int]:
        """The groups by provider, domain and tag, each with its priority: a tag's variables win over a domain's."""
        data = self.merged
        found = {f"provider_{provider(data) or 'unknown'}": 1}
        if domain := domain_of(data):
            found[f"domain_{domain}"] = 2
        found |= {f"tag_{tag}": 3 for tag in tags_of(data)}
        return {re.sub(r"\W", "_", name): priority for name, priority in found.items()}

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What is wrong with it, as the host variable ``mailbox_error`` lists it."""
        return [{**one, "whole": True} for one in self.faults] if self.whole else self.faults

    def mark_unsorted(self) -> None:
        """Mark each fault that leaves open which groups it belongs to; an unknown key may be one of those, misspelt."""
        for one in self.faults:
            path = self.place.path_of(one["key"]) if self.place is not None else one["key"]
            top = re.split(r"[.\[]", path)[0]
            meant = top in _SORTING or not top or not self.own.get("tags") or bool(get_close_matches(top, _SORTING))
            if not self.own or top in _SORTING or (top not in MAILBOX_OPTIONS and meant):
                one["unsorted"] = True

    def wrong(self, key: str, text: str, line: int | None = None) -> None:
        """Add something that is wrong with it."""
        self.faults.append(fault(self.file, self.line if line is None else line, key, text))


def fault(file: str, line: int, key: str, text: str) -> dict[str, Any]:
    """Return one thing that is wrong."""
    # Before ansible-core 2.19 every variable is a template.
    file, key, text = (re.sub(r"\{(?=[{%#])", "(", part) for part in (file, key, text))
    return {"file": file, "line": line, "key": key, "text": text}


def half_read(hosts: Iterable[Any]) -> list[str]:
    """Return a sentence for each of the hosts that stands for a file, or a part of it, that could not be used."""
    told = []
    for host in hosts:
        errors = host.vars.get("mailbox_error")
        one = errors[0] if isinstance(errors, list) and errors else None
        if isinstance(one, Mapping) and one.get("whole"):
            told.append(f"It is not known which mailboxes are missing because of {_told(one)}")
    return told


def unsorted(hosts: Iterable[Any]) -> list[str]:
    """Return a sentence for each fault that leaves open which groups some of the hosts belong to."""
    names: dict[str, list[str]] = {}
    for host in hosts:
        errors = host.vars.get("mailbox_error")
        faults = [one for one in errors if isinstance(one, Mapping)] if isinstance(errors, list) else []
        if not any(one.get("whole") for one in faults):
            for one in [one for one in faults if one.get("unsorted")][:1]:
                names.setdefault(_told(one), []).append(host.name)
    told = []
    for why, found in list(names.items())[:_SHOWN]:
        some = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        told.append(f"It is not known whether {some} belong{'s' if len(found) == 1 else ''} here, because of {why}")
    more = sum(map(len, list(names.values())[_SHOWN:]))
    return [*told, f"The same is not known of {more} more in the group mailboxes_invalid."] if more else told


def _told(one: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (f"{one['file']}, line {one['line']}:", one["key"], one["text"])))


def basename(path: str) -> str:
    """Return the name of a file."""
    return path.rpartition("/")[2]


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` on top, key by key; a list replaces a list, and a secret one of another kind."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            if key == "secret" and (given := {name for name in _SOURCES if value.get(name) is not None}):
                old = {name: item for name, item in old.items() if name not in _SOURCES or name in given}
            result[key] = merged(old, value)
        else:
            result[key] = value
    return result


def sole_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration whose secrets take the place of those of the other kind that group variables may bring."""
    result: dict[str, Any] = {}
    for key, value in data.items():
        if not isinstance(value, Mapping):
            result[key] = value
        elif key == "secret" and any(value.get(name) is not None for name in _SOURCES):
            result[key] = {**dict.fromkeys(sorted(_SOURCES - set(value))), **value}
        else:
            result[key] = sole_secrets(value)
    return result


def without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration without any of its secrets, for what only sorts mailboxes into groups."""
    return {
        key: without_secrets(value) if isinstance(value, Mapping) else value
        for key, value in data.items()
        if key != "secret"
    }


def is_template(value: Any) -> bool:
    """Tell whether a value is only known in the run: a template, or encrypted."""
    return isinstance(value, Encrypted) or (isinstance(value, str) and ("{{" in value or "{%" in value))


def known(value: Any) -> Any:
    """Return ``value`` as plain Python without what is only known in the run."""
    # Texts first: nearly all values are, and to ask for an abstract class takes longer.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {str(key): known(item) for key, item in value.items() if not _open(item)}
    if isinstance(value, (list, tuple)):
        return [known(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _open(value: Any) -> bool:
    return is_template(value) or (isinstance(value, (list, tuple)) and any(is_template(item) for item in value))


def provider(data: Mapping[str, Any]) -> str:
    """Return the provider of a declaration, or "": as it is named, else by the domain of the address, else by hosts.

    It is the name under which rules and paces know it, the same for all parts of a provider.
    """
    named = known({"provider": data.get("provider")}).get("provider")
    if isinstance(named, str) and (found := table.known_as(named.strip().lower())):
        return found
    by_domain = table.by_domain(_mail_domain(data))
    if by_domain is not None:
        return table.known_as(by_domain.variant.name)
    for section in ("smtp", "imap"):
        service = data.get(section)
        host = service.get("host") if isinstance(service, Mapping) else None
        if isinstance(host, str) and not is_template(host) and (found := _of_host(host)):
            return found
    return ""


def _of_host(host: str) -> str:
    owner = table.by_host(host)
    return provider_of_host(host) or (table.known_as(owner.variant.name) if owner is not None else "")


def _mail_domain(data: Mapping[str, Any]) -> str:
    try:
        return a_label(domain_of(data))
    except ValueError:
        return ""


def address_of(data: Mapping[str, Any]) -> str:
    """Return the address of a declaration as it is compared, or ""."""
    return str(known({"email": data.get("email")}).get("email") or "").casefold()


def domain_of(data: Mapping[str, Any]) -> str:
    """Return the domain of the address, or ""."""
    address = address_of(data)
    found = _ADDRESS.fullmatch(address)
    return found[1] if found and known_address(address) else ""


def tags_of(data: Mapping[str, Any]) -> list[str]:
    """Return the tags, which may be one text with commas."""
    tags = known({"tags": data.get("tags")}).get("tags")
    if isinstance(tags, str):
        tags = tags.split(",")
    return [str(tag).strip() for tag in tags if str(tag).strip()] if isinstance(tags, list) else []
