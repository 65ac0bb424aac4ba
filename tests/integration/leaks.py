# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which secrets a whole run of the tests uses, what it prints, and what files it leaves that no test wrote itself."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dovecot
import pytest
import vaultlab
from plays import Plays

SHORTEST = 8
"""Characters; a shorter secret is part of names and addresses, so that only its encoded forms can tell a leak."""

QUIET = ("ansible-inventory", "ansible-vault")
"""What prints variables because that is what it is for."""


def forms(secret: str, user: str = "") -> set[bytes]:
    """Return every form in which a secret could have been written down."""
    raw = secret.encode()
    plain = b"\0" + user.encode() + b"\0" + raw
    escaped = json.dumps(secret)[1:-1].encode()
    quoted = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return {raw, escaped, quoted, repr(secret)[1:-1].encode(), *(base64.b64encode(x) for x in (raw, plain))}


class Watch:
    """Keeps account from the first test on. ``printed`` holds commands and all they printed."""

    def __init__(self) -> None:
        self.secrets: set[str] = {dovecot.PASSWORD, vaultlab.USERPASS[1]}
        self.printed: list[tuple[str, bytes]] = []
        self.own: set[Path] = set()

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        """Listen at the doors through which secrets, output and files of tests go."""
        self._hear(patch, vaultlab.Vault, "put", lambda _told, _self, _path, data, *_more: data)
        self._hear(patch, vaultlab.Vault, "token", lambda told, *_given: told)
        self._hear(patch, dovecot.Dovecot, "set_password", lambda _told, _self, _user, password: password)
        self._hear(patch, Plays, "play", lambda _told, _self, book, hosts, *_flags: list(inline([book, hosts])))
        for name in ("write_text", "write_bytes"):
            self._own(patch, name)
        run = subprocess.run

        def heard(command: Any, *given: Any, check: bool = False, **more: Any) -> Any:
            ended = run(command, *given, check=check, **more)
            program = Path(command[0] if isinstance(command, list) else str(command)).name
            if program.startswith("ansible") and program not in QUIET:
                parts = (part for part in (ended.stdout, ended.stderr) if part)
                self.printed += [(program, part if isinstance(part, bytes) else part.encode()) for part in parts]
            return ended

        patch.setattr(subprocess, "run", heard)

    def leaks(self, folder: Path) -> list[str]:
        """Return where secrets of the run are: in what was printed, and in files below ``folder``."""
        wanted = {form: secret for secret in self.secrets for form in _telling(secret)}
        found = []
        for place, data in [*self.printed, *self._files(folder)]:
            found += [f"{place}: {wanted[form][:2]}..." for form in wanted if form in data]
        return found

    def _files(self, folder: Path) -> Iterator[tuple[str, bytes]]:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.resolve() not in self.own:
                yield str(path), path.read_bytes()

    def _hear(self, patch: pytest.MonkeyPatch, kind: type, name: str, secret_in: Any) -> None:
        method = getattr(kind, name)

        def heard(*given: Any, **more: Any) -> Any:
            told = method(*given, **more)
            self.secrets.update(_texts(secret_in(told, *given)))
            return told

        patch.setattr(kind, name, heard)

    def _own(self, patch: pytest.MonkeyPatch, name: str) -> None:
        method = getattr(Path, name)

        def noted(path: Path, *given: Any, **more: Any) -> Any:
            self.own.add(path.resolve())
            return method(path, *given, **more)

        patch.setattr(Path, name, noted)


def inline(declared: Any) -> Iterator[str]:
    """Yield the passwords that stand in a playbook or an inventory."""
    if isinstance(declared, Mapping):
        for key, value in declared.items():
            if key == "password" and isinstance(value, str) and "{{" not in value:
                yield value
            else:
                yield from inline(value)
    elif isinstance(declared, (list, tuple)):
        for item in declared:
            yield from inline(item)


def _texts(found: Any) -> set[str]:
    if isinstance(found, Mapping):
        return {text for value in found.values() for text in _texts(value)}
    if isinstance(found, (list, tuple)):
        return {text for value in found for text in _texts(value)}
    return {found} if isinstance(found, str) and found.strip() else set()


def _telling(secret: str) -> set[bytes]:
    return {form for form in forms(secret) if len(form) >= SHORTEST}
