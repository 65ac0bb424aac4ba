# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A database of settings in the format of Thunderbird's ISPDB: a directory of clientConfig files, or an address."""

from __future__ import annotations

import threading
from pathlib import Path

from .candidate import Origin, Trust
from .clientconfig import MAX_BYTES, ClientConfig, read
from .described import Told, candidates_of
from .lookup import NOTHING, Found, Id

MAX_FILES = 5000


class IspdbDirectory:
    """The files ``*.xml`` of a directory, found by the domains inside them; read once, when first asked.

    Thread-safe. Where two files name a domain, the first in the order of their names has it.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._files: dict[str, tuple[str, ClientConfig]] | None = None
        self._trouble = ""

    @property
    def domains(self) -> tuple[str, ...]:
        """Every domain that the directory holds, sorted."""
        return tuple(sorted(self._index()))

    @property
    def trouble(self) -> str:
        """What could not be read, as a sentence; empty where all could."""
        self._index()
        return self._trouble

    def config(self, domain: str) -> ClientConfig | None:
        """Return the configuration that names ``domain``, or None."""
        entry = self._index().get(domain)
        return entry[1] if entry else None

    def of_domain(self, domain: str) -> Found:
        """Return what the directory says about ``domain``, and what is wrong with the directory."""
        found = self._described(domain, domain, Origin.ISPDB)
        trouble = self.trouble
        return found + Found(findings=(Id.ISPDB_FAILED.finding(trouble),)) if trouble else found

    def of_mail_exchange(self, domain: str, exchange: str) -> Found:
        """Return what it says about the domain of a mail exchanger, the longest name first."""
        labels = exchange.split(".")
        for index in range(1, len(labels) - 1):
            found = self._described(domain, ".".join(labels[index:]), Origin.ISPDB_MX)
            if found.candidates:
                return found
        return NOTHING

    def _described(self, domain: str, key: str, origin: Origin) -> Found:
        entry = self._index().get(key)
        if entry is None:
            return NOTHING
        name, config = entry
        return candidates_of(config, domain, Told(origin, Trust.MEDIUM, f"the database of settings ({name}, {key})"))

    def _index(self) -> dict[str, tuple[str, ClientConfig]]:
        with self._lock:
            if self._files is None:
                self._files = self._read()
            return self._files

    def _read(self) -> dict[str, tuple[str, ClientConfig]]:
        found: dict[str, tuple[str, ClientConfig]] = {}
        bad: list[str] = []
        try:
            paths = sorted(path for path in Path(self._path).expanduser().iterdir() if path.suffix == ".xml")
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such directory"
            self._trouble = f"The database of settings at {self._path} can't be read: {reason}."
            return found
        for path in paths[:MAX_FILES]:
            config = _file(path)
            if config is None:
                bad.append(path.name)
                continue
            for domain in config.domains:
                found.setdefault(domain, (path.name, config))
        if bad:
            more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
            self._trouble = f"Files of the database of settings can't be used: {', '.join(bad[:5])}{more}."
        elif not found:
            self._trouble = f"The database of settings at {self._path} holds no domain."
        return found


def _file(path: Path) -> ClientConfig | None:
    try:
        with path.open("rb") as stream:
            config = read(stream.read(MAX_BYTES + 1))
    except OSError:
        return None
    return config if isinstance(config, ClientConfig) else None
