# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The embedded registry: one SQLite file.

A write is one transaction (``BEGIN IMMEDIATE``, WAL, ``synchronous=FULL``): when a method has returned, a kill or a
power cut loses nothing of it, and two writers wait for each other. WAL needs memory that all writers share, so the file
belongs on a local file system; NFS and SMB are refused where SQLite notices, and are not supported where it does not.

Opened for reading only, the registry is a copy in memory as of that moment; no file is created or changed. The file is
written for its owner alone (0600, new directories 0700); an existing file that others may read is tightened.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .base import Registration, SecretMark, utc_now, utc_text
from .errors import os_failure, registry_error, sqlite_failure
from .files import inspect, load_copy, load_live, prepare
from .history import HistoryTables
from .reconcile import Change, reconcile, reconcile_absent
from .schema import MIGRATIONS, Migration, check_schema, migrate

if TYPE_CHECKING:
    from typing_extensions import Self

_COLUMNS = "id, email, settings, secrets, verdict, created_at, updated_at, verified_at"
_OPENING = threading.Lock()
_OPEN_HERE: dict[tuple[int, int], int] = {}
_POLL = 0.02


class SqliteRegistry(HistoryTables):
    """Registrations, verdict history and refused secrets in one file; usable from several threads.

    ``create=False`` opens for reading only: a missing file is an empty registry and stays missing. ``timeout`` is how
    many seconds to wait for another writer. What is newly registered while ``fleet`` is set belongs to that fleet.
    ``tightened`` tells that the file had been readable by others. Every method raises StageError (stage ``register``)
    when the file can't be used.
    """

    kind = "sqlite"

    def __init__(
        self,
        path: str,
        create: bool = True,
        *,
        timeout: float = 10.0,
        clock: Callable[[], datetime] = utc_now,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self.path = str(Path(path).absolute())
        self.read_only = not create
        self.tightened = False
        self.fleet: str | None = None
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.RLock()
        self._identity: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = None
        with _OPENING, self._explained():
            try:
                if create:
                    self._open(migrations)
                else:
                    self._load(migrations)
            except BaseException:
                if self._connection is not None:
                    self._connection.close()
                raise

    def _open(self, migrations: Sequence[Migration]) -> None:
        self.tightened = prepare(self.path)
        connection = self._connect(self.path)
        check_schema(connection, self.path, migrations)
        self._enter_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        # Writes in any case: a file that can't be written is told now, rather than after an hour of probing. SQLite
        # opens one for reading without a word, and then starts even an immediate transaction.
        migrate(connection, migrations)
        state = inspect(self.path)
        if state is not None:
            self._identity = (state.st_dev, state.st_ino)
            _OPEN_HERE[self._identity] = _OPEN_HERE.get(self._identity, 0) + 1

    def _load(self, migrations: Sequence[Migration]) -> None:
        connection = self._connect(":memory:")
        state = inspect(self.path)
        if state is not None and (state.st_dev, state.st_ino) in _OPEN_HERE:
            load_live(self.path, connection)
        elif state is not None:
            load_copy(self.path, connection)
        check_schema(connection, self.path, migrations)
        migrate(connection, migrations)

    def _connect(self, name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(name, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        self._connection = connection
        return connection

    def _enter_wal(self, connection: sqlite3.Connection) -> None:
        # The switch does not wait for a writer as other statements do.
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= deadline:
                    raise
                time.sleep(_POLL)
        if mode != "wal":
            raise registry_error(
                self.path,
                f"The file system of the registry {self.path} lacks what safe writing needs (shared memory for a WAL).",
                "It is a network or a container file system that SQLite can't lock.",
                "Point registry.path at a local volume.",
            )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise sqlite_failure(self.path, error, self._timeout) from None
        except OSError as error:
            raise os_failure(self.path, "use", error) from None

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explained():
            if self._connection is None:
                raise registry_error(
                    self.path,
                    f"The registry {self.path} was used after it had been closed.",
                    "This is a fault of the collection.",
                    "Please report it with the task that led to it.",
                )
            yield self._connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            if self.read_only:
                raise registry_error(
                    self.path,
                    f"The registry {self.path} is open for reading only, so nothing was written.",
                    "Check mode and info modules never write; asking them to is a fault of the collection.",
                    "Please report it with the task that led to it.",
                )
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _now(self) -> str:
        return utc_text(self._clock())

    def find(self, id: str) -> Registration | None:
        """Return what is registered under ``id``."""
        with self._reading() as connection:
            return _find(connection, id)

    def list(self) -> tuple[Registration, ...]:
        """Return everything that is registered, ordered by id."""
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM registrations ORDER BY id").fetchall()
        return tuple(_registration(row) for row in rows)

    def create(self, registration: Registration) -> Registration:
        """Register a mailbox that was not there and return it as stored, with its times."""
        with self._writing() as connection:
            if _find(connection, registration.id) is not None:
                raise registry_error(
                    self.path,
                    f"The mailbox {registration.id} was registered by another run in the meantime.",
                    "Two runs register the same mailboxes at once.",
                    "Run it again; it compares with what is there now.",
                    retryable=True,
                )
            return _store(connection, registration, None, self._now())

    def update(self, registration: Registration) -> Registration:
        """Replace what is registered under the same id; a verdict alone does not move ``updated_at``."""
        with self._writing() as connection:
            stored = _find(connection, registration.id)
            if stored is None:
                raise registry_error(
                    self.path,
                    f"The mailbox {registration.id} was removed by another run in the meantime.",
                    "Two runs work on the same mailboxes at once.",
                    "Run it again; it compares with what is there now.",
                    retryable=True,
                )
            return _store(connection, registration, stored, self._now())

    def delete(self, id: str) -> bool:
        """Remove a mailbox and its verdict history; False when it was not registered."""
        with self._writing() as connection:
            return _delete(connection, id)

    def register(self, wanted: Registration) -> Change:
        """Compare and write the difference in one transaction, so that no other writer comes in between.

        Verdict and ``verified_at`` are written even when nothing else changed.
        """
        with self._writing() as connection:
            stored = _find(connection, wanted.id)
            change = reconcile(stored, wanted)
            if change.target is None:
                return change
            if stored is None and self.fleet is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO fleet_members (id, fleet) VALUES (?, ?)", (wanted.id, self.fleet)
                )
            return replace(change, target=_store(connection, change.target, stored, self._now()))

    def fleet_members(self, fleet: str) -> tuple[str, ...]:
        """Return the ids of what is registered and was first registered by a fleet, in order."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id FROM fleet_members JOIN registrations USING (id) WHERE fleet = ? ORDER BY id", (fleet,)
            ).fetchall()
        return tuple(row[0] for row in rows)

    def hasten(self) -> None:
        """Commit without waiting for the disk from now on: a kill still loses nothing, a power cut the last seconds."""
        with self._reading() as connection:
            connection.execute("PRAGMA synchronous = NORMAL")

    def unregister(self, id: str) -> Change:
        """Remove a mailbox and its verdict history in one transaction with the comparison."""
        with self._writing() as connection:
            change = reconcile_absent(_find(connection, id))
            if change.changed:
                _delete(connection, id)
            return change

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with _OPENING, self._lock, self._explained():
            connection, self._connection = self._connection, None
            if connection is None:
                return
            connection.close()
            if self._identity is not None:
                _OPEN_HERE[self._identity] -= 1
                if not _OPEN_HERE[self._identity]:
                    del _OPEN_HERE[self._identity]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _find(connection: sqlite3.Connection, id: str) -> Registration | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM registrations WHERE id = ?", (id,)).fetchone()
    return None if row is None else _registration(row)


def _delete(connection: sqlite3.Connection, id: str) -> bool:
    found = connection.execute("DELETE FROM registrations WHERE id = ?", (id,)).rowcount > 0
    if found:
        connection.execute("DELETE FROM verdicts WHERE id = ?", (id,))
    connection.execute("DELETE FROM fleet_members WHERE id = ?", (id,))
    return found


def _store(
    connection: sqlite3.Connection, registration: Registration, stored: Registration | None, now: str
) -> Registration:
    same = stored is not None and _same(stored, registration)
    # Replacing also checks the settings for secrets again; they could have been changed in place.
    result = replace(
        registration,
        created_at=(stored.created_at if stored else None) or registration.created_at or now,
        updated_at=stored.updated_at if stored and same else now,
    )
    if result == stored:
        return result
    connection.execute(
        f"INSERT OR REPLACE INTO registrations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            result.id,
            result.email,
            json.dumps(result.settings, sort_keys=True),
            json.dumps({protocol: mark.as_dict() for protocol, mark in result.secrets.items()}, sort_keys=True),
            result.verdict,
            result.created_at,
            result.updated_at,
            result.verified_at,
        ),
    )
    return result


def _same(stored: Registration, new: Registration) -> bool:
    """Tell whether the content is the same; a mark may have taken up when its secret was written."""
    return (stored.email, stored.settings, stored.secrets.keys()) == (
        new.email,
        new.settings,
        new.secrets.keys(),
    ) and all(
        mark == new.secrets[protocol] or mark.same_as(new.secrets[protocol]) is True
        for protocol, mark in stored.secrets.items()
    )


def _registration(row: tuple[Any, ...]) -> Registration:
    return Registration(
        id=row[0],
        email=row[1],
        settings=json.loads(row[2]),
        secrets={protocol: SecretMark(**mark) for protocol, mark in json.loads(row[3]).items()},
        verdict=row[4],
        created_at=row[5],
        updated_at=row[6],
        verified_at=row[7],
    )
