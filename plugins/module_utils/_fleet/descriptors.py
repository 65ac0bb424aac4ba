# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How many sockets this process may have open at once."""

from __future__ import annotations

from pathlib import Path

SPARE = 64
"""Descriptors that are left for files: registry, journal, reports, certificates."""

_UNLIMITED = 1 << 20


class Descriptors:
    """Raises the process's own limit where it stands in the way; :meth:`restore` puts it back."""

    def __init__(self, wanted: int) -> None:
        self._before: tuple[int, int] | None = None
        self.sockets = _UNLIMITED
        """Sockets that may be open beside what is open now."""
        try:
            import resource
        except ImportError:
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = _open_now() + SPARE
        most = wanted + used if hard == resource.RLIM_INFINITY else min(wanted + used, hard)
        if soft not in (resource.RLIM_INFINITY, -1) and soft < most:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            except (OSError, ValueError):
                pass
            else:
                self._before = soft, hard
                soft = most
        if soft not in (resource.RLIM_INFINITY, -1):
            self.sockets = max(1, soft - used)

    def restore(self) -> None:
        """Put the limit back to what it was."""
        if self._before is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_NOFILE, self._before)
            self._before = None


def _open_now() -> int:
    try:
        return sum(1 for _entry in Path("/dev/fd").iterdir())
    except OSError:
        return SPARE
