# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Reads the files of mailboxes through Ansible's loader, which opens what ansible-vault closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.inventory.manager import IGNORED

from ansible_collections.mailops.mailbox.plugins.plugin_utils import _mailboxes_csv as sheets
from ansible_collections.mailops.mailbox.plugins.plugin_utils._entry import Entry, basename, fault
from ansible_collections.mailops.mailbox.plugins.plugin_utils._lines import Lines, line_of
from ansible_collections.mailops.mailbox.plugins.plugin_utils._mailboxes import Opened, entries, sheet_entries
from ansible_collections.mailops.mailbox.plugins.plugin_utils._plain import trust_as_template

VAULTED = b"$ANSIBLE_VAULT;"


class Unreadable(Exception):
    """A file that can't be read; ``fault`` says why, without anything of its content."""

    def __init__(self, file: str, text: str, line: int = 1) -> None:
        self.fault = fault(file, line, "", text)
        super().__init__(text)


class Files:
    """The files of one inventory source. ``notes`` are for the user, and about what is not wrong."""

    def __init__(self, loader: Any, inventories: Iterable[str] = ()) -> None:
        """Take the loader, and the paths that Ansible reads as inventories in this run."""
        self._loader = loader
        self._folders = [Path(path).absolute() for path in inventories if Path(path).is_dir()]
        self.notes: list[str] = []

    def entries(self, path: str) -> tuple[Any, list[Entry]]:
        """Return the content of a file of mailboxes, and its entries."""
        try:
            if path.endswith(".csv"):
                return None, sheet_entries(path, self._sheet(path, {}))
            data, lines = self._yaml(path)
            return data, entries(path, data, lines, lambda name, columns: self._open(path, name, columns))
        except Unreadable as error:
            return None, [Entry(basename(path), path, faults=[error.fault], whole=True)]

    def _open(self, inventory: str, name: str, columns: Mapping[str, str | None]) -> Opened:
        opened = Opened(name)
        try:
            return self._opened(Path(inventory).absolute().parent / Path(name).expanduser(), columns)
        except RuntimeError:
            opened.refused = "names the home folder of a user who is not known here."
        except (OSError, ValueError) as error:
            opened.refused = f"names a file that can't be reached ({type(error).__name__})."
        return opened

    def _opened(self, path: Path, columns: Mapping[str, str | None]) -> Opened:
        opened = Opened(str(path))
        if not path.exists():
            opened.refused = "names a file that does not exist. A relative name begins at the folder of this file."
        elif path.is_dir():
            opened.refused = "names a folder. Name its files one by one."
        elif self._is_inventory(path):
            opened.refused = (
                "names a file in a folder that Ansible reads as inventory: it would read the file a second time, and "
                "without this plugin make a host of each of its lines. Keep the file in another folder."
            )
        else:
            try:
                if path.suffix.lower() in (".yml", ".yaml"):
                    opened.data, opened.lines = self._yaml(opened.file)
                else:
                    opened.sheet = self._sheet(opened.file, columns)
            except Unreadable as error:
                opened.fault = error.fault
        return opened

    def _is_inventory(self, path: Path) -> bool:
        for folder in self._folders:
            if path.resolve().is_relative_to(folder.resolve()):
                inner = path.resolve().relative_to(folder.resolve()).parts
                if not any(IGNORED.search(part.encode()) for part in inner):
                    return True
        return False

    def _content(self, path: str) -> tuple[bytes, bool]:
        """Return what a file holds, and whether it was encrypted."""
        place = Path(path)
        try:
            if place.is_dir():
                raise Unreadable(path, "The file can't be read, because it is a folder.")
            vaulted = place.read_bytes().startswith(VAULTED)
        except FileNotFoundError:
            raise Unreadable(path, "The file does not exist.") from None
        except OSError as error:
            raise Unreadable(path, f"The file can't be read ({type(error).__name__}).") from None
        try:
            contents, _shown = self._loader._get_file_contents(path)
        except Exception as error:
            # Ansible's own text may quote the file.
            why = "it is encrypted, and no vault password opens it" if vaulted else type(error).__name__
            raise Unreadable(path, f"The file can't be read: {why}.") from None
        return bytes(contents), vaulted

    def _sheet(self, path: str, columns: Mapping[str, str | None]) -> sheets.Sheet:
        contents, vaulted = self._content(path)
        try:
            sheet = sheets.read(contents, columns)
        except sheets.SheetError as error:
            raise Unreadable(path, error.trouble.text, error.trouble.line) from None
        name = basename(path)
        if sheet.has_passwords and not vaulted:
            self.notes.append(
                f"{name} holds passwords that anybody can read who can read the file. Encrypt it by ansible-vault "
                "encrypt, or put the passwords into Vault and name their paths."
            )
        if sheet.ignored:
            self.notes.append(
                f"{name}: ignored are the columns {', '.join(sheet.ignored)}, as a mailbox has no such key."
            )
        return sheet

    def _yaml(self, path: str) -> tuple[Any, Lines]:
        contents, _vaulted = self._content(path)
        try:
            text = contents.decode("utf-8")
            lines = Lines(text)
            # Where Ansible warns, it would show the lines around, and with them a password.
            data = self._loader.load(trust_as_template(text), self._loader.path_dwim(path), show_content=False)
            return data, lines
        except yaml.YAMLError as error:
            # An alias may be a password that begins with an asterisk.
            problem = re.sub(r"'(?!<)[^']{3,}'", "...", getattr(error, "problem", None) or "it is not valid YAML")
            raise Unreadable(path, f"The file can't be read as YAML: {problem}.", line_of(error)) from None
        except UnicodeDecodeError as error:
            line = contents[: error.start].count(b"\n") + 1
            raise Unreadable(path, "The file can't be read, because this line is not UTF-8.", line) from None
        except Exception as error:
            # Ansible's own text may quote the line, and with it a password.
            raise Unreadable(path, f"The file can't be read ({type(error).__name__}).") from None
