# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The data in IMAP responses, by noun: capabilities, namespaces, identity, quota, rights, an opened folder.

Every reader takes responses as they came, skips what it can't use, and never raises.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from .imap_parsing import Response, Value, text_of

_ID_FIELDS = 30
_ID_TEXT = 1024


def number(value: Value) -> int | None:
    """Return a value as a number, or None."""
    if isinstance(value, bytes) and value.isdigit() and len(value) <= 20:
        return int(value)
    return None


@functools.lru_cache(maxsize=256)
def words(values: tuple[Value, ...]) -> tuple[str, ...]:
    """Return the words among the values, upper case, each once, in order."""
    found = (value.decode("ascii", "replace").upper() for value in values if isinstance(value, bytes))
    return tuple(dict.fromkeys(found))


def capabilities(responses: Iterable[Response]) -> tuple[str, ...] | None:
    """Return the last capabilities that the responses tell, as data or as response code, or None when none does."""
    offered = None
    for response in responses:
        if response.name == "CAPABILITY":
            offered = words(response.data)
        elif response.code is not None and response.code.name == "CAPABILITY":
            offered = words(response.code.args)
    return offered


@dataclass(frozen=True)
class Namespace:
    """One namespace (RFC 2342); ``prefix`` as on the wire, ``separator`` None for a flat one."""

    prefix: bytes
    separator: str | None


@dataclass(frozen=True)
class Namespaces:
    """The three classes of namespaces."""

    personal: tuple[Namespace, ...] = ()
    others: tuple[Namespace, ...] = ()
    shared: tuple[Namespace, ...] = ()


def namespaces(responses: Iterable[Response]) -> Namespaces | None:
    """Return what NAMESPACE told (RFC 2342 §5), or None."""
    for response in responses:
        if response.name == "NAMESPACE":
            classes = (*response.data, None, None, None)[:3]
            return Namespaces(*(_namespace_class(value) for value in classes))
    return None


def _namespace_class(value: Value) -> tuple[Namespace, ...]:
    found = []
    for entry in value if isinstance(value, tuple) else ():
        if isinstance(entry, tuple) and entry and isinstance(entry[0], bytes):
            separator = entry[1] if len(entry) > 1 else None
            found.append(Namespace(bytes(entry[0]), separator_of(separator)))
    return tuple(found)


def separator_of(value: Value) -> str | None:
    """Return a hierarchy separator, or None for NIL and nonsense (a flat namespace)."""
    if isinstance(value, bytes) and len(value) == 1:
        return value.decode("latin-1")
    return None


def server_id(responses: Iterable[Response]) -> dict[str, str]:
    """Return what the server says it is (RFC 2971 §3.2), at most 30 fields of 1,024 octets."""
    for response in responses:
        fields = response.data[0] if response.name == "ID" and response.data else None
        if isinstance(fields, tuple):
            pairs = list(zip(fields[::2], fields[1::2], strict=False))[:_ID_FIELDS]
            return {
                text_of(key[:_ID_TEXT]).lower(): text_of(value[:_ID_TEXT])
                for key, value in pairs
                if isinstance(key, bytes) and isinstance(value, bytes)
            }
    return {}


@dataclass(frozen=True)
class Quota:
    """Storage used and allowed, in octets (RFC 9208 §5.1: the wire counts 1,024 octets)."""

    used: int
    limit: int


def storage_quota(responses: Iterable[Response]) -> Quota | None:
    """Return the tightest STORAGE quota of the roots that were told, or None."""
    found: list[Quota] = []
    for response in responses:
        resources = response.data[-1] if response.data else None
        if response.name != "QUOTA" or not isinstance(resources, tuple):
            continue
        for index in range(0, len(resources) - 2, 3):
            name, used, limit = (
                resources[index],
                *map(number, resources[index + 1 : index + 3]),
            )
            if not isinstance(name, bytes) or name.upper() != b"STORAGE":
                continue
            if used is not None and limit is not None:
                found.append(Quota(used * 1024, limit * 1024))
    return min(found, key=lambda quota: quota.limit - quota.used, default=None)


def my_rights(responses: Iterable[Response]) -> str | None:
    """Return the rights that MYRIGHTS told (RFC 4314 §3.8), or None."""
    for response in responses:
        if response.name == "MYRIGHTS" and len(response.data) > 1:
            rights = response.data[-1]
            if isinstance(rights, bytes):
                return rights.decode("ascii", "replace")
    return None


@dataclass(frozen=True)
class Opened:
    """What EXAMINE told about a folder (RFC 3501 §6.3.1, §7.3.1); None where the server was silent."""

    exists: int | None = None
    uidvalidity: int | None = None
    uidnext: int | None = None
    read_only: bool | None = None
    permanent_flags: tuple[str, ...] | None = None


def opened(responses: Iterable[Response]) -> Opened:
    """Read the untagged data and the final reply of an EXAMINE."""
    exists: int | None = None
    codes: dict[str, Value] = {}
    for response in responses:
        if response.name == "EXISTS" and response.number is not None:
            exists = response.number
        elif response.code is not None:
            args = response.code.args
            codes[response.code.name] = args[0] if args else None
    flags = codes.get("PERMANENTFLAGS")
    read_only = True if "READ-ONLY" in codes else None
    return Opened(
        exists=exists,
        uidvalidity=number(codes.get("UIDVALIDITY")),
        uidnext=number(codes.get("UIDNEXT")),
        read_only=False if "READ-WRITE" in codes else read_only,
        permanent_flags=words(flags) if isinstance(flags, tuple) else None,
    )
