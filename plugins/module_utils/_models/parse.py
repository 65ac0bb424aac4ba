# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From what a user wrote to a mailbox, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from .._deps import ValidationError
from .declared import Declared
from .mailbox import Mailbox
from .problems import DeclarationError, Problem, fault, from_pydantic, path_of, unknown_key
from .rules import settle, tied_problems

_STAND_IN_EMAIL = "nobody@invalid"
_BREAK = re.compile("[\r\n\0]")


def parse_mailbox(raw: Mapping[str, Any]) -> Mailbox:
    """Return the mailbox that ``raw`` declares, with everything filled in that follows from other keys.

    ``raw`` holds plain values; scalars may be written as Ansible hands them over (``"587"``, ``"yes"``).

    :raises DeclarationError: with every problem at once; no text of it holds a value of ``raw``.
    """
    if not isinstance(raw, Mapping):
        raise DeclarationError([fault("", "not_mapping")])
    problems: list[Problem] = []
    data = _known(Mailbox, raw, "", problems)
    mailbox = _validated(data, problems)
    if mailbox is not None:
        told = tuple(problems)
        problems.extend(tied_problems(mailbox, lambda path: _touches(told, path)))
    if problems:
        raise DeclarationError(sorted(_told_once(problems), key=_place))
    if mailbox is None:
        raise DeclarationError([fault("", "")])
    return settle(mailbox)


def _known(model: type[Declared], data: Mapping[Any, Any], section: str, problems: list[Problem]) -> dict[str, Any]:
    """Return ``data`` without what is certainly wrong: unknown keys, and texts with a line break."""
    fields = _fields(model)
    found: dict[str, Any] = {}
    for key, value in data.items():
        path = f"{section}.{key}" if section else f"{key}"
        if not isinstance(key, str) or key not in fields:
            show = value is not None and "secret" not in section.split(".")
            problems.append(unknown_key(section, key, tuple(fields), _all_paths(), show=show))
        elif isinstance(value, Mapping):
            inner = fields[key]
            if inner is not None:
                found[key] = _known(inner, value, path, problems)
            else:
                problems.append(fault(path, "not_scalar"))
        elif broken := _breaks(value, path):
            problems.extend(broken)
        else:
            found[key] = value
    return found


def _breaks(value: Any, path: str) -> list[Problem]:
    if isinstance(value, str):
        return [fault(path, "line_break")] if _BREAK.search(value) else []
    if isinstance(value, (list, tuple)):
        return [problem for index, item in enumerate(value) for problem in _breaks(item, f"{path}[{index}]")]
    return []


def _validated(data: dict[str, Any], problems: list[Problem]) -> Mailbox | None:
    """Return the mailbox, or what can be made of it without its wrong parts, so that other rules can be checked."""
    for _attempt in range(8):
        try:
            return Mailbox.model_validate(data)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False, include_input=False)
        for detail in details:
            location = detail["loc"]
            if detail["type"] == "too_short" and any(_begins(other["loc"], location) for other in details):
                # pydantic does not count wrong items, and then finds the list short.
                continue
            problem = from_pydantic(path_of(location), detail["type"], detail["msg"])
            # What was wrong and has been taken out is missing now.
            if detail["type"] != "missing" or not _touches(tuple(problems), problem.path):
                problems.append(problem)
            if detail["type"] == "missing":
                # What a section can't do without takes the section with it.
                location = location[:-1]
            _remove(data, location)
        data.setdefault("email", _STAND_IN_EMAIL)
    return None


def _begins(location: tuple[Any, ...], start: tuple[Any, ...]) -> bool:
    return len(location) > len(start) and location[: len(start)] == start


def _remove(data: Any, location: tuple[Any, ...]) -> None:
    """Take the value at a location out; a wrong item takes its list with it."""
    for step in location[:-1]:
        inner = data.get(step)
        if not isinstance(inner, dict):
            location = (step,)
            break
        data = inner
    if location:
        data.pop(location[-1], None)


def _touches(problems: tuple[Problem, ...], path: str) -> bool:
    """Tell whether a problem is at this path, above it or below it."""
    return any(_within(problem.path, path) or _within(path, problem.path) for problem in problems if problem.path)


def _within(path: str, section: str) -> bool:
    return path == section or path.startswith((f"{section}.", f"{section}["))


def _told_once(problems: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))


def _place(problem: Problem) -> int:
    top = problem.path.partition(".")[0].partition("[")[0]
    order = tuple(_fields(Mailbox))
    return order.index(top) if top in order else len(order)


@cache
def _fields(model: type[Declared]) -> dict[str, type[Declared] | None]:
    """Return the keys of a section as users write them, with the model of each nested section."""
    return {
        info.alias or name: next(
            (
                kind
                for kind in (info.annotation, *get_args(info.annotation))
                if isinstance(kind, type) and issubclass(kind, Declared)
            ),
            None,
        )
        for name, info in model.model_fields.items()
    }


@cache
def _all_paths(model: type[Declared] = Mailbox, section: str = "") -> frozenset[str]:
    """Return every key path of a declaration."""
    paths: set[str] = set()
    for key, inner in _fields(model).items():
        paths.add(section + key)
        if inner is not None:
            paths |= _all_paths(inner, f"{section}{key}.")
    return frozenset(paths)
