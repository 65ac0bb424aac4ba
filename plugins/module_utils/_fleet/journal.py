# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Every full result, written as it finishes: one line of JSON each, so that a kill loses nothing of what was done.

The first line says what the run set out to do. A file can be turned into a fleet result and its reports again.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .policy import Member
from .request import FleetRefused, FleetRequest

VERSION = 1
_SUFFIX = ".fleet.jsonl"
# Results are trees, so nothing need be remembered on the way.
_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def default_path(registry_path: str, fleet: str | None) -> str:
    """Return where the journal lies when nothing is said: beside the registry, one for each named fleet."""
    name = "".join(char if char.isalnum() or char in "-_" else "_" for char in fleet or "")
    return f"{registry_path}{'.' + name if name else ''}{_SUFFIX}"


class Journal(Mapping[str, Mapping[str, Any]]):
    """The full results of a run by id. They are kept in the file; only their places are kept in memory.

    Without a path the file has no name and is gone with the process.
    """

    def __init__(self, path: str | None, head: Mapping[str, Any]) -> None:
        self.path = path
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        try:
            self._file = _create(path) if path is not None else _nameless()
            self._write({"journal": VERSION, **head})
        except OSError as error:
            raise FleetRefused(
                f"The journal {path} can't be written: {error.strerror or type(error).__name__}. Nothing was sent to "
                "any server. Name a place that is writable in the option journal."
            ) from None

    def add(self, mailbox: str, result: Mapping[str, Any]) -> None:
        """Write a result. It has been handed to the operating system when this returns, so a kill can't undo it."""
        start = self._end
        self._write({"id": mailbox, "result": result})
        self._places[mailbox] = start, self._end - start

    def close(self) -> None:
        """Make the file durable and close it."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def __getitem__(self, mailbox: str) -> Mapping[str, Any]:
        start, length = self._places[mailbox]
        found: dict[str, Any] = json.loads(os.pread(self._file, length, start))["result"]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places))

    def __len__(self) -> int:
        return len(self._places)

    def _write(self, line: Mapping[str, Any]) -> None:
        data = _JSON.encode(line).encode("utf-8", "replace") + b"\n"
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._end += len(data)


def read_journal(path: str) -> tuple[dict[str, Any], Journal]:
    """Return the first line of a journal and its results; a last line that was cut by a kill is left out.

    :raises FleetRefused: for a file that is missing, or is no journal.
    """
    try:
        with Path(path).open("rb") as file:
            head = json.loads(file.readline())
            if not isinstance(head, dict) or head.get("journal") != VERSION:
                raise ValueError(path)
            journal = Journal(None, head)
            for line in file:
                if line.endswith(b"\n"):
                    entry = json.loads(line)
                    journal.add(entry["id"], entry["result"])
    except OSError as error:
        raise FleetRefused(
            f"The journal {path} can't be read: {error.strerror or type(error).__name__}. Name the one of the run in "
            "the option journal."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise FleetRefused(f"The file {path} is not a journal of a fleet run, or it was changed by hand.") from None
    return head, journal


def begin_journal(request: FleetRequest, started_at: str, members: Iterable[Member]) -> Journal:
    """Begin the journal of a run, where the request says or beside the registry; in check mode it leaves no file."""
    path = None if request.check_mode else request.journal or default_path(request.registry_path, request.fleet)
    return Journal(path, head_of(started_at, request.state.value, request.fleet, members))


def head_of(started_at: str, state: str, fleet: str | None, members: Iterable[Member]) -> dict[str, Any]:
    """Return the first line: what the run set out to do."""
    return {
        "started_at": started_at,
        "state": state,
        "fleet": fleet,
        "members": [[m.id, m.email, list(m.tags), m.daily_limit, m.sends] for m in members],
    }


def members_of(head: Mapping[str, Any]) -> list[Member]:
    """Return what :func:`head_of` kept."""
    return [
        Member(id, email, tuple(tags), daily_limit, sends)
        for id, email, tags, daily_limit, sends in head.get("members", ())
    ]


def _create(path: str) -> int:
    """Create the file for its owner alone; what an earlier run left is kept as ``.previous``."""
    place = Path(path)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        place.replace(f"{path}.previous")
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _nameless() -> int:
    descriptor, name = tempfile.mkstemp(prefix="mailbox-fleet-")
    Path(name).unlink()
    return descriptor
