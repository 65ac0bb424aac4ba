# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names on the wire, and folders found by the name a person wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._probe import imap_names
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_data import Namespace, Namespaces
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_folders import Folders
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_framing import Frame
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_parsing import parse
from ansible_collections.mailops.mailbox.tests.unit.probe.imap_wire import encode


def folders(*entries: str, separator: str = ".", prefix: str | None = None) -> Folders:
    """Make folders from names with optional flags: ``\\Sent Name``."""
    lines = []
    for entry in entries:
        flags, _unused, name = entry.rpartition("|")
        line = f'* LIST ({flags}) "{separator}" '.encode() + imap_names.quoted(encode(name))
        lines.append(parse(Frame((line,), line)))
    spaces = None if prefix is None else Namespaces((Namespace(prefix.encode(), separator),))
    return Folders(lines, spaces)


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", b"INBOX"),
        ("A&B", b"A&-B"),
        ("Entw\u00fcrfe", b"Entw&APw-rfe"),
        ("~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("\U0001f4e7", b"&2D3c5w-"),
        ("a\tb", b"a&AAk-b"),
    ],
)
def test_modified_utf7(name: str, wire: bytes) -> None:
    assert encode(name) == wire
    assert imap_names.decode(wire) == name


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b"R&D", "R&D"),
        (b"&AP-", "&AP-"),
        (b"&A/A-", "&A/A-"),
        (b"&!-", "&!-"),
        (b"&2D0-", "&2D0-"),
        ("Entw\u00fcrfe".encode(), "Entw\u00fcrfe"),
        (b"Entw\xfcrfe", "Entw\u00fcrfe"),
    ],
)
def test_what_is_no_modified_utf7_is_still_shown(wire: bytes, name: str) -> None:
    assert imap_names.decode(wire) == name


@given(st.text())
def test_modified_utf7_round_trip(name: str) -> None:
    wire = encode(name)
    assert imap_names.quotable(wire)
    assert imap_names.decode(wire) == name


@given(st.binary())
def test_decoding_never_fails(wire: bytes) -> None:
    assert isinstance(imap_names.decode(wire), str)


def test_quoting() -> None:
    assert imap_names.quoted(b'a"b\\c') == b'"a\\"b\\\\c"'
    assert not imap_names.quotable(b"a\n")
    with pytest.raises(ValueError, match="literal"):
        imap_names.quoted(b"\xfc")


def test_literals_without_waiting_only_when_offered() -> None:
    assert imap_names.literal_marker(3, frozenset()) == (b"{3}\r\n", True)
    assert imap_names.literal_marker(3, frozenset({"LITERAL-"})) == (b"{3+}\r\n", False)
    assert imap_names.literal_marker(4097, frozenset({"LITERAL-"})) == (b"{4097}\r\n", True)
    assert imap_names.literal_marker(4097, frozenset({"LITERAL+"})) == (b"{4097+}\r\n", False)


def test_find_needs_the_very_name() -> None:
    tree = folders("INBOX", "INBOX.Sent", "INBOX.Sent.2024", prefix="INBOX.")
    assert tree.find("Sent") is None
    assert tree.near("Sent") == ["INBOX.Sent", "INBOX.Sent.2024"]
    for wanted in ("INBOX.Sent", "inbox.Sent", "INBOX/Sent"):
        found = tree.find(wanted)
        assert found is not None
        assert found.wire == b"INBOX.Sent"
    assert tree.find("INBOX.sent") is None
    assert tree.near("INBOX.sent")[0] == "INBOX.Sent"


def test_a_name_with_a_real_slash_comes_first() -> None:
    tree = folders("a/b", "a.b")
    found = tree.find("a/b")
    assert found is not None
    assert found.name == "a/b"


def test_decomposed_names_are_found() -> None:
    assert folders("Entwu\u0308rfe").find("Entw\u00fcrfe") is not None


def test_flat_mailbox() -> None:
    tree = folders(separator="")
    assert (tree.separator, len(tree), tree.find("a/b"), tree.near("a")) == (None, 0, None, [])


def test_near_names_by_spelling_and_last_part() -> None:
    tree = folders("Archive", "Clients/Invoices", "\\Noselect|Archiv", "x" * 300, separator="/")
    assert tree.near("Archiev") == ["Archive"]
    assert tree.near("Invoices") == ["Clients/Invoices"]
    assert tree.near("y" * 300) == []


def test_special_use_before_names() -> None:
    tree = folders(
        "INBOX", "\\Sent|Outbox copies", "Sent", "\\Noselect \\Trash|T", "INBOX.Trash", "Old.Trash", "Entw\u00fcrfe"
    )
    uses = {use: (found.folder.name, found.found) for use, found in tree.special_uses().items()}
    assert uses == {
        "sent": ("Outbox copies", "special_use"),
        "trash": ("INBOX.Trash", "name"),
        "drafts": ("Entw\u00fcrfe", "name"),
    }
