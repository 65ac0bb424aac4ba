# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The tables of the embedded registry, and the way from an older version to the current one.

``user_version`` counts the migrations that a file has been through. A migration is never changed once released; a new
one is appended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from .errors import registry_error

APPLICATION_ID = 0x6D6F6D62
"""``momb``: tells a registry from the SQLite files of other programs."""

Migration = tuple[str, ...]

MIGRATIONS: tuple[Migration, ...] = (
    (
        """
        CREATE TABLE registrations (
            id TEXT PRIMARY KEY NOT NULL,
            email TEXT NOT NULL,
            settings TEXT NOT NULL,
            secrets TEXT NOT NULL,
            verdict TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            verified_at TEXT
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE verdicts (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            email TEXT NOT NULL,
            verdict TEXT NOT NULL,
            at TEXT NOT NULL,
            summary TEXT NOT NULL
        )
        """,
        "CREATE INDEX verdicts_by_id ON verdicts (id, at, seq)",
        """
        CREATE TABLE refused_secrets (
            account TEXT PRIMARY KEY NOT NULL,
            mark TEXT NOT NULL,
            at TEXT NOT NULL,
            category TEXT NOT NULL,
            reply TEXT
        ) WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE fleet_members (
            id TEXT PRIMARY KEY NOT NULL,
            fleet TEXT NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    # Marks of secrets say when a version was written, which a release before this one can't read.
    (),
)


def schema_state(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Return application id, schema version and number of tables, read in one transaction."""
    connection.execute("BEGIN")
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    finally:
        connection.execute("ROLLBACK")
    return application, version, tables


def check_schema(connection: sqlite3.Connection, path: str, migrations: Sequence[Migration]) -> None:
    """Raise StageError for a file of another program or of a newer collection."""
    application, version, tables = schema_state(connection)
    if application != APPLICATION_ID and (application or version or tables):
        raise registry_error(
            path,
            f"The file {path} is an SQLite database, but not a registry of mailops.mailbox.",
            "registry.path names the database of another program.",
            "Point registry.path at a file of its own; nothing was changed in this one.",
        )
    if version > len(migrations):
        raise registry_error(
            path,
            f"The registry {path} has schema version {version}; this release knows up to {len(migrations)}.",
            "A newer release of mailops.mailbox has written it.",
            "Update the collection here, or give this run a registry.path of its own.",
        )


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Bring the schema up to date in one transaction; another process may have done it first."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for migration in migrations[version:]:
            for statement in migration:
                connection.execute(statement)
        # A PRAGMA takes no parameters; both values are integers of ours.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
        connection.execute(f"PRAGMA user_version = {max(version, len(migrations)):d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
