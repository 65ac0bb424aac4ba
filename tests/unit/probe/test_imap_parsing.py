# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IMAP parser and the readers of response data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._probe import imap_data
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import LimitExceeded
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_data import (
    Namespace,
    Namespaces,
    Opened,
    Quota,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_folders import Folders, folder_of
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_framing import Frame, ImapFramer
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_parsing import (
    Atom,
    Kind,
    Response,
    parse,
    text_of,
    values,
)


def read(stream: bytes) -> list[Response]:
    framer = ImapFramer()
    framer.feed(stream)
    found = []
    while (frame := framer.next_frame()) is not None:
        found.append(parse(frame))
    return found


def one(line: bytes) -> Response:
    return read(line + b"\r\n")[0]


def test_values() -> None:
    text = rb'word "quo\"ted\\" NIL nil "NIL" (1 (\Seen "a b")) () "open end'
    assert values((text,)) == (
        b"word", b'quo"ted\\', None, None, b"NIL", (b"1", (b"\\Seen", b"a b")), (), b'"open end',
    )  # fmt: skip
    assert isinstance(values((b"word",))[0], Atom)
    assert not isinstance(values((b'"word"',))[0], Atom)
    assert values((b"a (", b"lit)", b" b) ) c (d")) == (b"a", (b"lit)", b"b"), b"c", (b"d",))


def test_nesting_is_bounded() -> None:
    assert values((b"(" * 50 + b")" * 50,))
    with pytest.raises(LimitExceeded, match="nested"):
        values((b"(" * 51,))


@pytest.mark.parametrize(
    ("line", "kind", "name", "code", "text"),
    [
        (b"A1 OK done", Kind.TAGGED, "OK", "", b"done"),
        (b"A1 no [AUTHENTICATIONFAILED] Wrong", Kind.TAGGED, "NO", "AUTHENTICATIONFAILED", b"Wrong"),
        (b"A1  BAD  what", Kind.TAGGED, "BAD", "", b"what"),
        (b"A1 OK", Kind.TAGGED, "OK", "", b""),
        (b"* BYE [ALERT] gone", Kind.UNTAGGED, "BYE", "ALERT", b"gone"),
        (b"* PREAUTH hi", Kind.UNTAGGED, "PREAUTH", "", b"hi"),
        (b"* NO [never closed", Kind.UNTAGGED, "NO", "", b"[never closed"),
        (b'* NO [X "a]b" c] t', Kind.UNTAGGED, "NO", "X", b"t"),
        (b'* NO [X "a] t', Kind.UNTAGGED, "NO", "X", b"t"),
        (b"+ go", Kind.CONTINUATION, "", "", b"go"),
        (b"+", Kind.CONTINUATION, "", "", b""),
        (b"+OK POP3", Kind.UNKNOWN, "", "", b""),
        (b"220 smtp ESMTP", Kind.UNKNOWN, "", "", b""),
        (b"HTTP/1.1 400 Bad Request", Kind.UNKNOWN, "", "", b""),
        (b"", Kind.UNKNOWN, "", "", b""),
        (b"* ", Kind.UNKNOWN, "", "", b""),
        (b"* 18", Kind.UNKNOWN, "", "", b""),
        (b"* \xff\xfe x", Kind.UNKNOWN, "", "", b""),
        (b"* 18 EXISTS", Kind.UNTAGGED, "EXISTS", "", b""),
    ],
)
def test_responses(line: bytes, kind: Kind, name: str, code: str, text: bytes) -> None:
    response = one(line)
    assert (response.kind, response.name, response.code_name, response.text) == (kind, name, code, text)
    assert response.raw == line


def test_code_argument_is_kept_as_it_stood() -> None:
    code = one(b"A1 NO [REFERRAL imap://u;AUTH=*@other.example/] moved").code
    assert code is not None
    assert code.text == b"imap://u;AUTH=*@other.example/"


def test_capabilities_from_data_and_code() -> None:
    assert imap_data.capabilities(read(b"* CAPABILITY imap4rev1 Auth=Plain IMAP4rev1\r\n")) == (
        "IMAP4REV1",
        "AUTH=PLAIN",
    )
    assert imap_data.capabilities(read(b"* OK [CAPABILITY A] x\r\nA1 OK [CAPABILITY B (C)] x\r\n")) == ("B",)
    assert imap_data.capabilities(read(b"* OK x\r\n")) is None


def test_namespace() -> None:
    found = imap_data.namespaces(read(b'* NAMESPACE (("INBOX." ".")("" NIL) "x") NIL (({2}\r\n#a "//"))\r\n'))
    assert found == Namespaces((Namespace(b"INBOX.", "."), Namespace(b"", None)), (), (Namespace(b"#a", None),))
    assert imap_data.namespaces(read(b"* NAMESPACE\r\n")) == Namespaces()
    assert imap_data.namespaces(read(b"* OK\r\n")) is None


def test_server_id() -> None:
    assert imap_data.server_id(read(b'* ID ("Name" "Dovecot" "x" NIL "os" {5}\r\nLinux)\r\n')) == {
        "name": "Dovecot",
        "os": "Linux",
    }
    assert imap_data.server_id(read(b"* ID NIL\r\n")) == {}


def test_quota_is_in_octets_and_the_tightest_counts() -> None:
    stream = (
        b'* QUOTAROOT INBOX "" a\r\n* QUOTA "" (MESSAGE 1 5 STORAGE 10 512)\r\n* QUOTA a (storage 400 500)\r\n'
        b"* QUOTA b (STORAGE x 1)\r\n* QUOTA c\r\n"
    )
    assert imap_data.storage_quota(read(stream)) == Quota(400 * 1024, 500 * 1024)
    assert imap_data.storage_quota([]) is None


def test_rights() -> None:
    assert imap_data.my_rights(read(b"* MYRIGHTS INBOX lrs\r\n")) == "lrs"
    assert imap_data.my_rights(read(b"* MYRIGHTS INBOX ()\r\n* MYRIGHTS x\r\n")) is None


def test_examine_data() -> None:
    stream = (
        b"* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"
        b"* OK [UIDNEXT 9] x\r\nA1 OK [READ-ONLY] done\r\n"
    )
    assert imap_data.opened(read(stream)) == Opened(3, 7, 9, True, ("\\SEEN", "\\*"))
    assert imap_data.opened(read(b"A1 OK [READ-WRITE] x\r\n")) == Opened(read_only=False)


def test_list_with_everything_a_server_may_do() -> None:
    def names(stream: bytes) -> list[str]:
        return Folders(read(stream)).names(9)

    assert names(b'* LIST (\\HasNoChildren) "." "Entw&APw-rfe"\r\n') == ["Entw\u00fcrfe"]
    assert names(b'* LIST () "/" {9}\r\nSent "x\\"\r\n') == ['Sent "x\\"']
    assert names(b'* LIST () "/" Sent Items\r\n') == ["Sent Items"]
    assert names(b'* LIST () "/" a ("CHILDINFO" ("SUBSCRIBED"))\r\n') == ["a"]
    assert names(b'* LIST () "/" inbox\r\n* LIST () "/" INBOX\r\n') == ["inbox"]
    assert names(b'* LIST () "/"\r\n* LIST () "/" ()\r\n* LSUB () "/" x\r\n* NIL NIL\r\n') == []
    folder = folder_of(one(b'* LIST NIL NIL "flat"'))
    assert folder is not None
    assert (folder.separator, folder.last, folder.flags) == (None, "flat", frozenset())


def test_text_for_people_in_any_charset() -> None:
    assert text_of("\u767b\u5f55\u5931\u8d25".encode("gb18030")) == "\u767b\u5f55\u5931\u8d25"
    assert text_of(b"\xff") == "\u00ff"


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5))
def test_parser_and_readers_never_fail(parts: list[bytes]) -> None:
    for head in (b"", b"* ", b"* LIST ", b"* NAMESPACE ", b"* QUOTA ", b"* ID ", b"* OK [", b"* MYRIGHTS ", b"A1 NO ["):
        try:
            response = parse(Frame((head + parts[0], *parts[1:]), head + b"".join(parts)))
        except LimitExceeded:
            continue
        seen = [response]
        imap_data.capabilities(seen), imap_data.namespaces(seen), imap_data.server_id(seen)
        imap_data.storage_quota(seen), imap_data.my_rights(seen), imap_data.opened(seen)
        folders = Folders(seen, imap_data.namespaces(seen))
        folders.near("Sent"), folders.find("a/b"), folders.special_uses()
