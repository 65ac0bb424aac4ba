# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Puts the reports of a run where they were asked for: each file whole or not at all, for its owner alone."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import html, json, junit, prometheus

Parts = Callable[[Mapping[str, Any], Mapping[str, Mapping[str, Any]], "Mapping[str, Any] | None"], Iterator[str]]

_FORMATS: dict[str, Parts] = {
    "json": json.parts,
    "junit": junit.parts,
    "prometheus": prometheus.parts,
    "html": html.parts,
}
_BEGINS = (json.BEGIN, junit.BEGIN, prometheus.BEGIN, html.BEGIN)
_LOOKED_AT = 4096
_DEVICES = Path("/dev")


class ReportError(OSError):
    """A report can't be written; ``strerror`` says why in full sentences, ``filename`` which one."""

    def __init__(self, path: str, why: str, code: int = errno.EINVAL) -> None:
        super().__init__(code, why, path)

    def __str__(self) -> str:
        return f"The report {self.filename} can't be written: {self.strerror}"


def write_reports(
    options: Mapping[str, str | None], fleet: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write each report that ``options`` names (``json``, ``junit``, ``prometheus``, ``html``) to its path.

    What is new is told against the JSON report that lies at the path of the new one.

    :raises ReportError: for the first report that can't be written; the others have been written.
    """
    problem: ReportError | None = None
    wanted: dict[str, Path] = {}
    for name, given in options.items():
        try:
            if given and name in _FORMATS:
                wanted[name] = _expanded(given)
        except ReportError as found:
            problem = problem or found
    previous = _previous(wanted["json"]) if "json" in wanted else None
    taken: set[Path] = set()
    for name, path in wanted.items():
        try:
            if path.absolute() in taken:
                raise ReportError(str(path), "Another report is written to the same path. Give each its own.")
            taken.add(path.absolute())
            _write(path, _FORMATS[name](fleet, results, previous))
        except ReportError as found:
            problem = problem or found
    if problem is not None:
        raise problem


def _expanded(given: str) -> Path:
    try:
        return Path(given).expanduser()
    except RuntimeError:
        raise ReportError(
            given, f"This machine knows no home folder for {given.partition('/')[0]}. Name the whole path."
        ) from None


def _previous(path: Path) -> dict[str, Any] | None:
    """Return the last JSON report, None where there is none that can be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with open(path, encoding="utf-8", errors="replace", opener=_without_waiting) as file:
            found = json.head(file.readline())
            if found is None:
                # A report that another program laid out anew has more lines to its head.
                file.seek(0)
                found = json.head(file.read())
            return found
    except OSError:
        return None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, which might have become a pipe since it was looked at: to open one waits for its other end."""
    return os.open(path, flags | os.O_NONBLOCK)


def _write(path: Path, parts: Iterator[str]) -> None:
    try:
        _make_directory(path)
        _check(path)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except ReportError:
        raise
    except OSError as error:
        raise _explained(path, error) from None
    try:
        # mkstemp gives the file to its owner alone (0600).
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(descriptor)
        # A symbolic link is replaced, never followed: whoever can plant one would choose what is overwritten.
        Path(temporary).replace(path)
    except OSError as error:
        raise _explained(path, error) from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()


def _make_directory(path: Path) -> None:
    """Create the folder of a report where its own folder is there: more that is missing is a mistyped path."""
    folder = path.parent
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        raise ReportError(
            str(path),
            f"There is no folder {folder.parent}. Only the last folder of a path is created; create the others, or "
            "look for a typing error.",
            errno.ENOENT,
        )
    folder.mkdir(mode=0o700, exist_ok=True)


def _check(path: Path) -> None:
    """Refuse to replace what is neither empty nor a report, of whichever of the formats.

    A link is judged by what it leads to, although it is the link that is replaced: it may stand for a terminal, or for
    a file that is read under this name.
    """
    if path.parent.resolve() == _DEVICES:
        raise ReportError(
            str(path),
            f"It lies in {_DEVICES}, where the devices are, and a report is a file that replaces its predecessor. "
            "Name a file in another folder.",
        )
    try:
        state = path.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(state.st_mode):
        raise ReportError(str(path), "It is there, and not a regular file. Name a file.")
    with open(path, "rb", opener=_without_waiting) as file:
        begin = file.read(_LOOKED_AT)
    if begin and not any(known.match(begin) for known in _BEGINS):
        raise ReportError(
            str(path),
            "The file that is there is not a report of this collection, and is left as it is. Name another path, or "
            "remove the file.",
            errno.EEXIST,
        )


def _explained(path: Path, error: OSError) -> ReportError:
    reason = (error.strerror or type(error).__name__).rstrip(".")
    remedies = {
        errno.EACCES: f"Let the user that runs Ansible write to the folder {path.parent}, or name another path.",
        errno.EPERM: f"Let the user that runs Ansible write to the folder {path.parent}, or name another path.",
        errno.EROFS: "Name a path on a file system that can be written to.",
        errno.ENOSPC: "Make room there, or name another path.",
        errno.ENOTDIR: "A part of the path is a file and not a folder.",
    }
    remedy = remedies.get(error.errno or 0, "Name another path.")
    return ReportError(str(path), f"{reason}. {remedy}", error.errno or errno.EIO)
