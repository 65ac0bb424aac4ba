# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The registries of a run: each file opened once, one writer, and what earlier runs found out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from .._models.failure import StageError
from .._models.mailbox import Mailbox
from .._models.names import State
from .._registry.base import VerdictRecord, utc_text
from .._registry.sqlite import SqliteRegistry
from .._run.refused import AHEAD, age
from .policy import Member
from .request import FleetRequest


class Registries:
    """Opens what is needed when it is needed; closed at the end of the run. ``warnings`` is for people."""

    def __init__(self, request: FleetRequest) -> None:
        self._request = request
        self._open: dict[str, SqliteRegistry] = {}
        self._failed: dict[str, StageError] = {}
        self._reading: dict[str, SqliteRegistry] = {}
        self._path_of: dict[str, str] = {}
        self.warnings: list[str] = []

    def __enter__(self) -> Registries:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for registry in (*self._open.values(), *self._reading.values()):
            registry.close()

    def place(self, mailbox_id: str, mailbox: Mailbox) -> tuple[str, float]:
        """Return path and timeout of a mailbox; what it says itself wins over the run."""
        own = mailbox.registry
        path, timeout = self._request.registry_path, self._request.registry_timeout
        if own is not None:
            path = str(Path(own.path).expanduser()) if own.path else path
            timeout = float(own.timeout or timeout)
        self._path_of[mailbox_id] = path
        return path, timeout

    def path_of(self, mailbox_id: str) -> str:
        """Return the path of a mailbox's registry, as :meth:`place` found it; else that of the run."""
        return self._path_of.get(mailbox_id, self._request.registry_path)

    def of(self, path: str, timeout: float | None = None) -> SqliteRegistry:
        """Return the open registry. Raises :class:`StageError`, the same again for every mailbox.

        A run that only verifies writes verdicts; where it can't, it goes on without.
        """
        if path in self._failed:
            raise self._failed[path]
        found = self._open.get(path)
        if found is None:
            try:
                found = self._opened(path, timeout or self._request.registry_timeout)
            except StageError as error:
                self._failed[path] = error
                raise
            self._open[path] = found
        return found

    def reading(self, path: str) -> SqliteRegistry:
        """Return the registry as it is now, without touching the file. Raises :class:`StageError`."""
        if path in self._open:
            return self._open[path]
        if path not in self._reading:
            self._reading[path] = SqliteRegistry(path, False, timeout=self._request.registry_timeout)
        return self._reading[path]

    def last_verdict(self, path: str, member: Member) -> str | None:
        """Return the last conclusive verdict of a mailbox, whatever its age; None where there is none."""
        try:
            record = _own(self.reading(path).last_verdict(member.id, conclusive=True), member)
        except StageError:
            return None
        return record.verdict if record is not None else None

    def record(self, member: Member, path: str, result: Mapping[str, Any]) -> None:
        """Keep the verdict of a run that registers nothing, so that a later gate can fall back on it."""
        registry = self.of(path)
        if registry.read_only:
            return
        failures = result.get("failures") or ()
        summary = str(failures[0]["sentence"]) if failures else ""
        try:
            registry.record_verdict(member.id, member.email, result["status"], None, summary)
        except StageError as error:
            self._warn(error)

    def _opened(self, path: str, timeout: float) -> SqliteRegistry:
        if self._request.check_mode:
            return SqliteRegistry(path, False, timeout=timeout)
        try:
            registry = SqliteRegistry(path, timeout=timeout)
        except StageError as error:
            if self._request.state is State.PRESENT:
                raise
            self._warn(error)
            return SqliteRegistry(path, False, timeout=timeout)
        registry.fleet = self._request.fleet
        # The probes wait while a result is written; a disk that takes 3 ms would add 6 s to a thousand mailboxes.
        registry.hasten()
        return registry

    def _warn(self, error: StageError) -> None:
        text = f"Verdicts are not remembered for later runs: {error.failure.sentence}"
        if text not in self.warnings:
            self.warnings.append(text)


def last_known(registries: Registries, member: Member, request: FleetRequest, now: datetime) -> str | None:
    """Return the last conclusive verdict of a mailbox that is young enough; None where there is none.

    One that a wrong clock dated ahead is passed over: it may be of any age. So is that of another address which had
    the same id.
    """
    until = utc_text(now + timedelta(seconds=AHEAD))
    try:
        registry = registries.reading(registries.path_of(member.id))
        record = _own(registry.last_verdict(member.id, conclusive=True, until=until), member)
    except StageError:
        return None
    if record is None or age(record.at, now) > request.policy.last_known_max_age:
        return None
    return record.verdict


def _own(record: VerdictRecord | None, member: Member) -> VerdictRecord | None:
    """Return a verdict unless it is of another address, which had the same id."""
    return record if record is not None and record.email.casefold() == member.email.casefold() else None
