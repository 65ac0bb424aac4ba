# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Every full result, written as it finishes: one line of JSON each, so that a kill loses nothing of what was done.

The first line says what the run set out to do. A file can be turned into a fleet result and its reports again.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .._models.names import State
from .policy import Member
from .request import FleetRefused, FleetRequest

VERSION = 1
_SUFFIX = ".fleet.jsonl"
_BEGINNING = b'{"journal":'
# Results are trees, so nothing need be remembered on the way.
_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def default_path(registry_path: str, fleet: str | None) -> str:
    """Return where the journal lies when nothing is said: beside the registry, one for each named fleet."""
    name = "".join(char if char.isalnum() or char in "-_" else "_" for char in fleet or "")
    return f"{registry_path}{'.' + name if name else ''}{_SUFFIX}"


class Journal(Mapping[str, Mapping[str, Any]]):
    """The full results of a run by id. They are kept in the file; only their places are kept in memory.

    Without a path the file has no name and is gone with the process. ``warnings`` says what is not as it was asked.

    :raises FleetRefused: where the file can't be made.
    """

    def __init__(self, path: str | None, head: Mapping[str, Any]) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._unwritten: dict[str, Mapping[str, Any]] = {}
        self._end = 0
        try:
            self._file, self.path = _create(path) if path is not None else (_nameless(), None)
            self._write({"journal": VERSION, **head})
        except OSError as error:
            raise FleetRefused(
                f"The journal {path} can't be written: {error.strerror or type(error).__name__}. Nothing was sent to "
                "any server. Name a place that is writable in the option journal."
            ) from None
        if self.path != path:
            self.warnings.append(
                f"Another run is writing the journal {path}, so the journal of this run is {self.path}."
            )

    def add(self, mailbox: str, result: Mapping[str, Any]) -> None:
        """Write a result. It has been handed to the operating system when this returns, so a kill can't undo it.

        Where that fails, on a full disk, the result is kept in memory, and a warning says so.
        """
        start = self._end
        try:
            self._write({"id": mailbox, "result": result})
        except OSError as error:
            self._unwritten[mailbox] = json.loads(_JSON.encode(result))
            text = (
                f"The journal {self.path} could not be written to the end: {error.strerror or type(error).__name__}. "
                "What it lacks is only in the result and the reports of this run."
            )
            if text not in self.warnings:
                self.warnings.append(text)
        else:
            self._unwritten.pop(mailbox, None)
            self._places[mailbox] = start, self._end - start

    def close(self) -> None:
        """Make the file durable and close it."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                # What a full disk let in of a line.
                os.ftruncate(self._file, self._end)
                os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def __getitem__(self, mailbox: str) -> Mapping[str, Any]:
        if mailbox in self._unwritten:
            return self._unwritten[mailbox]
        start, length = self._places[mailbox]
        found: dict[str, Any] = json.loads(os.pread(self._file, length, start))["result"]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places.keys() | self._unwritten))

    def __len__(self) -> int:
        return len(self._places.keys() | self._unwritten)

    def _write(self, line: Mapping[str, Any]) -> None:
        data = _JSON.encode(line).encode("utf-8", "replace") + b"\n"
        written = 0
        while written < len(data):
            # At the end of the last whole line, so that what came of a failed write is written over.
            written += os.pwrite(self._file, memoryview(data)[written:], self._end + written)
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


def begin_journal(
    request: FleetRequest, started_at: str, members: Iterable[Member], *, refused: bool = False
) -> Journal:
    """Begin the journal of a run, where the request says or beside the registry; in check mode it leaves no file.

    ``refused`` says that nothing is going to be sent. A run that registers nothing goes on where the folder of the
    registry takes no journal.
    """
    head = {
        **head_of(started_at, request.state.value, request.fleet, members),
        "unread": list(request.unread),
        "refused": refused,
    }
    if request.check_mode:
        return Journal(None, head)
    try:
        return Journal(request.journal or default_path(request.registry_path, request.fleet), head)
    except FleetRefused as error:
        if request.journal or request.state is State.PRESENT:
            raise
        journal = Journal(None, head)
        why = str(error).partition(". ")[0]
        journal.warnings.append(f"{why}, so a run that is killed leaves nothing. Name a place in the option journal.")
        return journal


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


def _create(path: str) -> tuple[int, str]:
    """Create the file for its owner alone, and return it with its path.

    What an earlier run left is kept as ``.previous``; where another run is writing there, or begins to in this moment,
    the path is a new one. Raises :class:`OSError`, also for what is there and is no journal.
    """
    place = Path(path)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _moved_away(place):
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, flags, 0o600)
            # Until it was locked, another run could take it for one that nobody writes.
            if _lock(descriptor) and _is_at(descriptor, place):
                return descriptor, path
            os.close(descriptor)
    return _create(f"{path}.{os.getpid()}")


def _moved_away(place: Path) -> bool:
    """Move a journal away that is there; False where a run is writing it.

    Raises :class:`OSError` for what must not be moved away.
    """
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            raise OSError(errno.EINVAL, "There is something else than a file at this path")
        if place.is_symlink():
            # Only the link is moved.
            place.replace(f"{place}.previous")
            return True
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        if place.is_symlink():
            place.replace(f"{place}.previous")
        return True
    try:
        # The lock is held until the file has moved, so that no other run can have put its own here meanwhile.
        if not _lock(descriptor) or not _is_at(descriptor, place):
            return False
        beginning = os.read(descriptor, len(_BEGINNING))
        if beginning and beginning != _BEGINNING:
            raise OSError(errno.EEXIST, "There is a file at this path that is no journal")
        if beginning:
            place.replace(f"{place}.previous")
        else:
            # Of a run that begins in this moment, and notices, or of one that was killed then. The previous one stays.
            place.unlink()
        return True
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, place: Path) -> bool:
    """Tell whether an open file is still the one at this path."""
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> bool:
    """Lock a file until it is closed; False where another process has it. Some file systems know no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _nameless() -> int:
    descriptor, name = tempfile.mkstemp(prefix="mailbox-fleet-")
    Path(name).unlink()
    return descriptor
