# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The registry as a file: where it lies, who may read it, and how it is read without being touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .._models.home import expanded
from .._models.problems import FAULTS, DeclarationError, Problem
from .errors import os_failure, registry_error

LOG = "-wal"
INDEX = "-shm"
_DIRECTORY = "mailops.mailbox"
_NAME = "registry.sqlite"
_WAL_HEADER = 32
_DATABASE_HEADER = 100
_ATTEMPTS = 50


def place_of(given: str | None, environ: Mapping[str, str]) -> str:
    """Return the whole path of a registry.

    Where none is given, the XDG base directories decide, of which a relative one does not count.

    :raises DeclarationError: where it lies in a home folder that this machine does not know.
    """
    state = environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path("~", ".local", "state")
    place = expanded(given or str(base / _DIRECTORY / _NAME))
    if place is not None:
        return place
    text, fix = FAULTS["home"]
    if not given:
        text = "is needed, because this user has no home folder, where the usual one would be."
        fix = "Give it, or set HOME or XDG_STATE_HOME."
    raise DeclarationError([Problem("registry.path", text, fix)])


def inspect(path: str) -> os.stat_result | None:
    """Return the state of a file, None when it is missing; StageError for what somebody else may have planted.

    That is anything but a regular file, because whoever plants a link chooses what is written, and a file that belongs
    neither to this user nor to the owner of its folder.
    """
    try:
        state = os.lstat(path)
        folder = Path(path).parent.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise os_failure(path, "read", error) from None
    if stat.S_ISREG(state.st_mode):
        if state.st_uid in (os.geteuid(), folder.st_uid):
            return state
        raise registry_error(
            path,
            f"The registry can't use {path}, because it belongs to another user (number {state.st_uid}) in a folder "
            "that is not his.",
            "Its owner could read and change what is kept in it, and may have put it there for that.",
            "Run the play as that user, or name another file in registry.path. Take the file over (chown) only where "
            "you know who made it.",
        )
    what = "a symbolic link" if stat.S_ISLNK(state.st_mode) else "not a regular file"
    raise registry_error(
        path,
        f"The registry can't use {path}, because it is {what}.",
        "Following it could write where nobody meant to.",
        "Name the real file in registry.path; links among its parent directories are fine.",
    )


def tighten(path: str, state: os.stat_result) -> bool:
    """Take away what others may do with a file; True when there was something to take."""
    mode = stat.S_IMODE(state.st_mode)
    if not mode & 0o077:
        return False
    try:
        Path(path).chmod(0o600)
    except OSError:
        raise registry_error(
            path,
            f"Others than its owner may read {path} (mode {mode:04o}), and that can't be changed.",
            "The file belongs to another user, or the file system does not know such rights.",
            f"Have its owner run chmod 600 {path}, or name a file on another file system in registry.path.",
        ) from None
    return True


def prepare_directory(path: str) -> None:
    """Create the missing parents of ``path`` for their owner alone (0700)."""
    missing: list[Path] = []
    for directory in Path(path).parents:
        if os.path.lexists(directory):
            break
        missing.append(directory)
    for directory in reversed(missing):
        try:
            with contextlib.suppress(FileExistsError):
                directory.mkdir(0o700)
                sync_directory(str(directory))
        except OSError as error:
            raise os_failure(path, "create the directory of", error) from None


def sync_directory(path: str) -> None:
    """Make the entry of ``path`` in its directory durable."""
    descriptor = os.open(Path(path).parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def prepare(path: str) -> bool:
    """Make ``path`` a private regular file that can be written; True when an existing one had to be tightened.

    An existing file is not opened: closing it would drop the locks that this process may hold on it through SQLite.
    """
    prepare_directory(path)
    state = inspect(path)
    if state is None:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
            sync_directory(path)
            return False
        except FileExistsError:
            state = inspect(path)
        except OSError as error:
            raise os_failure(path, "create", error) from None
    tightened = False
    for name in (path, path + LOG, path + INDEX):
        found = state if name == path else inspect(name)
        if found is not None:
            tightened |= tighten(name, found)
    return tightened


@dataclass(frozen=True)
class _Version:
    """Enough of the two files to tell whether a copy made in between is sound."""

    database: tuple[int, int, int, bytes]
    log: bytes


def load_copy(path: str, into: sqlite3.Connection) -> bool:
    """Load the registry into memory without creating or changing a file beside it; False when there is none.

    SQLite itself would create a log and an index to read a WAL database. A copy of both files is sound when the header
    of the log is the same before and after: the database changes only by what the log still holds (its salts change
    when it is reused). Without a log, the database itself has to be unchanged.
    """
    for _attempt in range(_ATTEMPTS):
        if inspect(path) is None:
            return False
        inspect(path + LOG)
        try:
            with tempfile.TemporaryDirectory(prefix="mailops.mailbox.") as directory:
                copy = str(Path(directory) / _NAME)
                before = _version(path)
                _copy(path, copy)
                if before.log:
                    _copy(path + LOG, copy + LOG)
                after = _version(path)
                if before == after or (before.log and before.log == after.log):
                    _load(copy, into)
                    return True
        except FileNotFoundError:
            continue
        except OSError as error:
            raise os_failure(path, "read", error) from None
    raise registry_error(
        path,
        f"The registry {path} changed faster than it could be read.",
        "Other runs are writing to it without a pause.",
        "Run it again when they have ended.",
        retryable=True,
    )


def load_live(path: str, into: sqlite3.Connection) -> None:
    """Load a registry that this process has open for writing, through SQLite (see :func:`prepare` for why)."""
    with contextlib.closing(sqlite3.connect(f"file:{urllib.parse.quote(path)}?mode=ro", uri=True)) as source:
        source.backup(into)


def _load(copy: str, into: sqlite3.Connection) -> None:
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as source:
        # Takes in the log; a database in memory can't be in WAL mode.
        source.execute("PRAGMA journal_mode = DELETE").fetchone()
        source.backup(into)


def _version(path: str) -> _Version:
    with _opened(path) as database:
        state = os.fstat(database)
        header = os.read(database, _DATABASE_HEADER)
    log = b""
    with contextlib.suppress(FileNotFoundError), _opened(path + LOG) as descriptor:
        log = os.read(descriptor, _WAL_HEADER)
    return _Version((state.st_ino, state.st_size, state.st_mtime_ns, header), log)


def _copy(source: str, target: str) -> None:
    with (
        _opened(source) as descriptor,
        open(descriptor, "rb", closefd=False) as reader,
        open(target, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as writer,
    ):
        shutil.copyfileobj(reader, writer, 1 << 20)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
