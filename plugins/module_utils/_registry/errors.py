# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a person is told when the registry can't be used."""

from __future__ import annotations

import errno
import sqlite3

from .._models.failure import Cause, Failure, StageError
from .._models.names import Category, Confidence, Stage

_FREE_SPACE = "Free some space there, or point registry.path at another volume."
_WRITABLE = "Make it writable for the user who runs the play, or point registry.path at a place that is."
_RESTORE = (
    "Move the file away (with its -wal and -shm files, if there are any) and restore a copy, or let the next run "
    "build a new one: it registers every mailbox again."
)


def registry_error(path: str, sentence: str, cause: str, remedy: str, *, retryable: bool = False) -> StageError:
    """Return the failure of stage ``register`` for the file ``path``."""
    return StageError(
        Failure(
            category=Category.REGISTER_FAILED,
            stage=Stage.REGISTER,
            sentence=sentence,
            causes=(Cause(cause, remedy, Confidence.HIGH),),
            retryable=retryable,
            evidence={"path": path},
        )
    )


def os_failure(path: str, doing: str, error: OSError) -> StageError:
    """Explain an operating system error met while ``doing`` something (``read``, ``create``...) with ``path``."""
    detail = error.strerror or type(error).__name__
    sentence = f"The registry can't {doing} {path}: {detail}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return registry_error(path, sentence, "The disk or the quota is full.", _FREE_SPACE)
    if error.errno == errno.EROFS:
        return registry_error(path, sentence, "The file system is mounted read-only.", _WRITABLE)
    if error.errno in (errno.EACCES, errno.EPERM):
        return registry_error(path, sentence, "The user who runs the play has no right to it.", _WRITABLE)
    if error.errno == errno.ENOTDIR:
        return registry_error(
            path,
            sentence,
            "A part of the path is a file.",
            "Correct registry.path so that its parents are directories.",
        )
    return registry_error(
        path, sentence, "The operating system refused it.", "Look at the path, its directory and its volume."
    )


def sqlite_failure(path: str, error: sqlite3.Error, timeout: float) -> StageError:
    """Explain an error of SQLite; Python 3.10 has no error codes, so the library's fixed texts decide."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return registry_error(
            path,
            f"The registry {path} is being written by another process and was not free within {timeout:g} seconds.",
            "Another run is registering mailboxes, or a stopped process still holds the file.",
            "Run it again when the other run has ended, or raise registry.timeout.",
            retryable=True,
        )
    if "disk is full" in text:
        return registry_error(
            path, f"There is no room left to write the registry {path}.", "The disk or the quota is full.", _FREE_SPACE
        )
    if "not a database" in text or "malformed" in text or "encrypted" in text:
        return registry_error(
            path,
            f"The file {path} is not a registry, or it is damaged ({text}).",
            "registry.path names a file of something else, or the file was cut or overwritten.",
            f"Correct registry.path. {_RESTORE}",
        )
    if "readonly" in text or "unable to open" in text:
        return registry_error(
            path,
            f"The registry {path} can't be opened for writing ({text}).",
            "The file, its directory or its file system is not writable for the user who runs the play.",
            f"{_WRITABLE} The directory has to be writable too: SQLite keeps its log beside the file.",
        )
    return registry_error(
        path,
        f"The registry {path} can't be used ({text}).",
        "SQLite met an error that it could not get over; a failing disk or a network file system is the usual reason.",
        f"Look at the volume; the registry belongs on a local one. {_RESTORE}",
    )
