# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each way in which a registry can't be used says what to do about it."""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.errors import os_failure, sqlite_failure


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, "disk or the quota is full"),
        (errno.EDQUOT, "disk or the quota is full"),
        (errno.EROFS, "mounted read-only"),
        (errno.EACCES, "has no right"),
        (errno.EPERM, "has no right"),
        (errno.ENOTDIR, "is a file"),
        (errno.EIO, "operating system refused"),
    ],
)
def test_what_the_operating_system_says(number: int, cause: str) -> None:
    failure = os_failure("/r.sqlite", "create", OSError(number, os.strerror(number))).failure
    assert (failure.category, failure.stage) == (Category.REGISTER_FAILED, Stage.REGISTER)
    assert failure.sentence == f"The registry can't create /r.sqlite: {os.strerror(number)}."
    assert cause in failure.causes[0].cause
    assert failure.causes[0].remedy


def test_an_error_without_a_text_has_its_name() -> None:
    assert "FileNotFoundError" in os_failure("/r.sqlite", "read", FileNotFoundError()).failure.sentence


@pytest.mark.parametrize(
    ("text", "says", "retryable"),
    [
        ("database is locked", "being written by another process", True),
        ("database or disk is full", "no room left", False),
        ("file is not a database", "is not a registry", False),
        ("database disk image is malformed", "is not a registry", False),
        ("attempt to write a readonly database", "can't be opened for writing", False),
        ("unable to open database file", "can't be opened for writing", False),
        ("disk I/O error", "can't be used", False),
    ],
)
def test_what_sqlite_says(text: str, says: str, retryable: bool) -> None:
    failure = sqlite_failure("/r.sqlite", sqlite3.OperationalError(text), 10).failure
    assert says in failure.sentence
    assert failure.retryable is retryable
    assert failure.causes[0].remedy
