# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Home folders: that of this user, and those at the beginning of a path (``~/x`` and ``~user/x``).

A user whom the system does not know, as in a container that runs with any number, has one only where HOME is set.
"""

from __future__ import annotations

import os
from pathlib import Path


def home_folder() -> Path:
    """Return the home folder of this user; below what is returned where there is none, nothing can exist."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)


def expanded(path: str) -> str | None:
    """Return a path with the home folder that it begins with, if any; None where this machine does not know that."""
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        return None
