# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The tables beside the registrations: what earlier runs found out, and which secrets were refused."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator

from .base import RefusedSecret, SecretMark, VerdictRecord, utc_normal

KEPT_VERDICTS = 20
_REPLY_LIMIT = 1000
_CONCLUSIVE = ("verified", "partial", "failed")


class HistoryTables:
    """Verdict history and refused secrets; mixed into the embedded registry, which owns the connection."""

    def _reading(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def _writing(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def _now(self) -> str:
        raise NotImplementedError

    def record_verdict(self, id: str, email: str, verdict: str, at: str | None = None, summary: str = "") -> None:
        """Remember what a run found; the last 20 of an id are kept, and the last conclusive one in any case.

        ``at`` is ISO 8601 with an offset, by default now; ``summary`` is one redacted line.
        """
        moment = self._now() if at is None else utc_normal(at)
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO verdicts (id, email, verdict, at, summary) VALUES (?, ?, ?, ?, ?)",
                (id, email, str(getattr(verdict, "value", verdict)), moment, summary),
            )
            # In the order of recording: those that a wrong clock dated ahead would push out all later ones.
            connection.execute(
                """
                DELETE FROM verdicts WHERE id = ?1
                AND seq NOT IN (SELECT seq FROM verdicts WHERE id = ?1 ORDER BY seq DESC LIMIT ?2)
                AND seq IS NOT (SELECT seq FROM verdicts WHERE id = ?1 AND verdict IN (?3, ?4, ?5)
                                ORDER BY seq DESC LIMIT 1)
                """,
                (id, KEPT_VERDICTS, *_CONCLUSIVE),
            )

    def verdicts(self, id: str) -> tuple[VerdictRecord, ...]:
        """Return the kept verdicts of a mailbox, the latest first."""
        return tuple(self._verdicts(id))

    def last_verdict(self, id: str, *, conclusive: bool = False, until: str | None = None) -> VerdictRecord | None:
        """Return the latest verdict; with ``conclusive`` the latest that says something about the mailbox.

        ``until`` is a time as it is kept here; later ones don't count.
        """
        for record in self._verdicts(id):
            if (not conclusive or record.verdict in _CONCLUSIVE) and (until is None or record.at <= until):
                return record
        return None

    def _verdicts(self, id: str) -> Iterator[VerdictRecord]:
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, email, verdict, at, summary FROM verdicts WHERE id = ? ORDER BY at DESC, seq DESC", (id,)
            ).fetchall()
        return (VerdictRecord(*row) for row in rows)

    def remember_refused(
        self, account: str, mark: SecretMark, at: str | None = None, category: str = "", reply: str | None = None
    ) -> None:
        """Remember the secret that a server refused for an account; an older one of the same account is forgotten.

        ``account`` is composed by the caller (``smtp:user@host:port``); ``reply`` is the server's word, redacted.
        """
        moment = self._now() if at is None else utc_normal(at)
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO refused_secrets (account, mark, at, category, reply) VALUES (?, ?, ?, ?, ?)",
                (
                    account,
                    json.dumps(mark.as_dict(), sort_keys=True),
                    moment,
                    str(getattr(category, "value", category)),
                    None if reply is None else reply[:_REPLY_LIMIT],
                ),
            )

    def refusal(self, account: str) -> RefusedSecret | None:
        """Return what was refused for an account last; :meth:`RefusedSecret.is_of` tells whether it was this secret."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT account, mark, at, category, reply FROM refused_secrets WHERE account = ?", (account,)
            ).fetchone()
        return None if row is None else RefusedSecret(row[0], SecretMark(**json.loads(row[1])), row[2], row[3], row[4])

    def refused(self, account: str, mark: SecretMark) -> RefusedSecret | None:
        """Return the refusal of exactly this secret; a secret that can't be compared counts as a new one."""
        known = self.refusal(account)
        return known if known is not None and known.is_of(mark) else None

    def forget_refused(self, account: str) -> bool:
        """Forget what was refused for an account, after a login or by force; False when there was nothing."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM refused_secrets WHERE account = ?", (account,)).rowcount > 0
