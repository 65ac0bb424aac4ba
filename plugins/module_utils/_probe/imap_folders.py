# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The folders of a mailbox: read from LIST, found by the name a person wrote, told apart by their use.

RFC 3501 §6.3.8 and §7.2.2 (LIST), RFC 5258 (extended data), RFC 6154 (SPECIAL-USE), RFC 2342 (namespaces).
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from . import imap_names
from .imap_data import Namespaces, separator_of
from .imap_folder_uses import COMMON_NAMES
from .imap_parsing import Atom, Response

# A server may send names as long and as many as the framer lets through; comparing them all would take minutes.
_COMPARED = 2000
_COMPARED_LENGTH = 255
_NEAR = 5

USES = {
    "sent": "\\sent",
    "drafts": "\\drafts",
    "junk": "\\junk",
    "trash": "\\trash",
    "archive": "\\archive",
    "all": "\\all",
}
"""The uses that are reported, with their attributes of RFC 6154 §2 in lower case."""


@dataclass(frozen=True)
class Folder:
    """One folder. ``wire`` is the name exactly as the server wrote it; ``flags`` are lower case."""

    name: str
    wire: bytes
    flags: frozenset[str] = frozenset()
    separator: str | None = None

    @property
    def obstacle(self) -> str | None:
        """Why the folder can't be opened (``noselect``, ``nonexistent``), or None."""
        if "\\nonexistent" in self.flags:
            return "nonexistent"
        return "noselect" if "\\noselect" in self.flags else None

    @property
    def last(self) -> str:
        """The last component of the name."""
        return self.name.rsplit(self.separator, 1)[-1] if self.separator else self.name


@dataclass(frozen=True)
class SpecialUse:
    """The folder of a use and how it was found: ``special_use`` (the server says so) or ``name`` (it is called so)."""

    folder: Folder
    found: str


def folder_of(response: Response) -> Folder | None:
    """Return the folder that a LIST response tells, or None when it can't be read."""
    if response.name != "LIST" or len(response.data) < 3:
        return None
    flags, separator, name = response.data[:3]
    if not isinstance(name, bytes):
        return None
    wire = bytes(name)
    if isinstance(name, Atom):
        # Seen: names with blanks sent without quotes. Extended data is in parentheses, so atoms belong to the name.
        more = [word for word in response.data[3:] if isinstance(word, Atom)]
        wire = b" ".join((wire, *more))
    return Folder(
        name=imap_names.decode(wire),
        wire=wire,
        flags=frozenset(
            flag.decode("ascii", "replace").lower()
            for flag in (flags if isinstance(flags, tuple) else ())
            if isinstance(flag, bytes)
        ),
        separator=separator_of(separator),
    )


class Folders:
    """All folders that LIST told, each name once."""

    def __init__(self, responses: Iterable[Response], spaces: Namespaces | None = None) -> None:
        self._by_name: dict[str, Folder] = {}
        self._separators: dict[str, None] = {}
        for response in responses:
            folder = folder_of(response)
            if folder is not None:
                self._by_name.setdefault(_key(folder.name, folder.separator), folder)
                if folder.separator:
                    self._separators.setdefault(folder.separator)
        self._prefixes = tuple(
            _key(imap_names.decode(space.prefix), space.separator)
            for space in (spaces.personal if spaces is not None else ())
            if space.prefix
        )

    def __len__(self) -> int:
        return len(self._by_name)

    def names(self, limit: int) -> list[str]:
        """Return the first names, as people read them."""
        return [folder.name for folder in list(self._by_name.values())[:limit]]

    @property
    def separator(self) -> str | None:
        """The hierarchy separator: INBOX's, else the first that a folder has."""
        inbox = self._by_name.get("INBOX")
        if inbox is not None and inbox.separator:
            return inbox.separator
        return next((f.separator for f in self._by_name.values() if f.separator), None)

    def find(self, wanted: str) -> Folder | None:
        """Return the folder of exactly this name, or None.

        ``/`` in the wanted name stands for the server's separator unless a folder is really called so; each namespace
        may have its own (RFC 2342 §5). Nothing else is guessed: neither case (but INBOX's) nor a namespace's prefix.
        """
        exact = self._by_name.get(_key(wanted, self.separator))
        if exact is not None:
            return exact
        for separator in self._separators:
            folder = self._by_name.get(_key(wanted.replace("/", separator), separator))
            if folder is not None and folder.separator == separator:
                return folder
        return None

    def near(self, wanted: str) -> list[str]:
        """Return names that may be meant, the nearest first: other prefix or case, same last part, similar spelling."""
        bare = self._bare(wanted, self.separator)
        last = bare.rsplit("/", 1)[-1]
        by_bare: dict[str, list[str]] = {}
        by_last: dict[str, list[str]] = {}
        for folder in list(self._by_name.values())[:_COMPARED]:
            if len(folder.name) <= _COMPARED_LENGTH and folder.obstacle is None:
                key = self._bare(folder.name, folder.separator)
                by_bare.setdefault(key, []).append(folder.name)
                by_last.setdefault(key.rsplit("/", 1)[-1], []).append(folder.name)
        found = [*by_bare.get(bare, ()), *by_last.get(last, ())]
        if len(wanted) <= _COMPARED_LENGTH:
            for text, names in ((bare, by_bare), (last, by_last)):
                for close in difflib.get_close_matches(text, names, _NEAR, 0.6):
                    found += names[close]
        return list(dict.fromkeys(found))[:_NEAR]

    def special_uses(self) -> dict[str, SpecialUse]:
        """Return the folder of each use: what the server marks (RFC 6154), else what has a common name for it."""
        folders = [f for f in self._by_name.values() if f.obstacle is None]
        found: dict[str, SpecialUse] = {}
        for use, flag in USES.items():
            marked = next((f for f in folders if flag in f.flags), None)
            if marked is not None:
                found[use] = SpecialUse(marked, "special_use")
                continue
            names = COMMON_NAMES.get(use, frozenset())
            named = [f for f in folders if _fold(f.last) in names]
            if named:
                found[use] = SpecialUse(min(named, key=self._level), "name")
        return found

    def _level(self, folder: Folder) -> int:
        return self._bare(folder.name, folder.separator).count("/")

    def _bare(self, name: str, separator: str | None) -> str:
        """Return a name without case, with ``/`` as separator, without the personal namespace or a leading INBOX."""
        key = _key(name, separator)
        prefix = next((p for p in self._prefixes if key.startswith(p)), "")
        folded = _fold(key[len(prefix) :])
        if separator:
            folded = folded.replace(_fold(separator), "/")
        return folded[6:] if folded.startswith("inbox/") else folded


def _key(name: str, separator: str | None) -> str:
    """Return the form in which names are compared: NFC, and INBOX in upper case, also as the first component."""
    name = unicodedata.normalize("NFC", name)
    first, dot, rest = name.partition(separator) if separator else (name, "", "")
    return f"INBOX{dot}{rest}" if imap_names.is_inbox(first) else name


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
