# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IMAP framer: lines, literals, limits, any chunking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._probe import imap_framing
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import LimitExceeded
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_framing import Frame, ImapFramer


def frames_of(*chunks: bytes) -> tuple[list[Frame], str | None]:
    """Return the frames of a stream and the limit that ended it."""
    framer = ImapFramer()
    limit = None
    for chunk in chunks:
        try:
            framer.feed(chunk)
        except LimitExceeded as problem:
            limit = problem.limit
    frames = []
    while (frame := framer.next_frame()) is not None:
        frames.append(frame)
    return frames, limit


@pytest.mark.parametrize(
    ("stream", "parts"),
    [
        (b"* OK hi\r\n", [(b"* OK hi",)]),
        (b"* OK hi\n", [(b"* OK hi",)]),
        (b"\r\n", [(b"",)]),
        (b'* LIST () "/" {4}\r\nSent\r\n', [(b'* LIST () "/" ', b"Sent", b"")]),
        (b'* LIST () "/" {4+}\r\nSent (x)\r\n', [(b'* LIST () "/" ', b"Sent", b" (x)")]),
        (b"* X ~{3}\r\na\r\n\r\n", [(b"* X ", b"a\r\n", b"")]),
        (b"* X {0}\r\n\r\n", [(b"* X ", b"", b"")]),
        (b"* X {1}\r\na {1}\r\nb\r\n", [(b"* X ", b"a", b" ", b"b", b"")]),
        (b"* OK see {4}\r\nA1 NO {9}\r\n+ {3}\r\n", [(b"* OK see {4}",), (b"A1 NO {9}",), (b"+ {3}",)]),
        (b"* X {a}\r\n", [(b"* X {a}",)]),
        (b"* OKAY {1}\r\na\r\n", [(b"* OKAY ", b"a", b"")]),
    ],
)
def test_lines_and_literals(stream: bytes, parts: list[tuple[bytes, ...]]) -> None:
    frames, limit = frames_of(stream)
    assert [frame.parts for frame in frames] == parts
    assert b"".join(frame.raw for frame in frames) == stream
    assert limit is None
    assert frames_of(*(stream[i : i + 1] for i in range(len(stream)))) == (frames, None)


def test_endless_line_is_ended() -> None:
    framer = ImapFramer()
    framer.feed(b"x" * imap_framing.LINE_LIMIT)
    with pytest.raises(LimitExceeded, match="line") as caught:
        framer.feed(b"x")
    assert caught.value.head == b"x" * 512
    with pytest.raises(LimitExceeded, match="line"):
        framer.feed(b"\r\n")
    assert framer.next_frame() is None


def test_long_line_with_its_end_is_ended_too() -> None:
    assert frames_of(b"* OK\r\n" + b"x" * (imap_framing.LINE_LIMIT + 1) + b"\n")[1] == "octets of one line"


@pytest.mark.parametrize("size", ["1048577", "999999999", "9" * 5000])
def test_literal_is_judged_by_its_announcement(size: str) -> None:
    frames, limit = frames_of(b"* OK\r\n* X {%s}\r\n" % size.encode())
    assert [frame.parts for frame in frames] == [(b"* OK",)]
    assert limit == "octets of one literal"


def test_zeros_before_a_size_do_not_matter() -> None:
    assert frames_of(b"* X {" + b"0" * 5000 + b"1}\r\na\r\n")[0][0].parts == (b"* X ", b"a", b"")


def test_whole_response_is_bounded() -> None:
    literal = b"{1048576}\r\n" + b"a" * 1048576
    frames, limit = frames_of(b"* X ", *[literal] * 8)
    assert (frames, limit) == ([], "octets of one response")


def test_many_small_literals_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_framing, "RESPONSE_LIMIT", 40)
    assert frames_of(b"* X {20}\r\n" + b"a" * 20 + b" more texts")[1] == "octets of one response"


def test_literal_that_can_not_fit_the_response_is_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_framing, "RESPONSE_LIMIT", 40)
    assert frames_of(b"* X {35}\r\n")[1] == "octets of one response"


def test_connection_is_bounded_for_any_chunking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_framing, "CONNECTION_LIMIT", 30)
    stream = b"* OK one\r\n" * 4
    whole = frames_of(stream)
    assert whole[1] == "bytes of one connection"
    assert len(whole[0]) == 3
    assert frames_of(*(stream[i : i + 7] for i in range(0, 40, 7))) == whole


def test_pending_holds_whole_frames_and_rests() -> None:
    framer = ImapFramer()
    framer.feed(b"A1 OK go\r\n* BYE\r\n* X {5}\r\nab")
    assert framer.next_frame() == Frame((b"A1 OK go",), b"A1 OK go\r\n")
    assert framer.pending == b"* BYE\r\n* X {5}\r\nab"


pieces = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"\r\n", b"\n", b"* LIST ", b"{3}\r\n", b"{2+}\r\n", b"* OK ", b"abc", b"{99999999}\r\n", b"A1 OK"]
    ),
)


@given(st.lists(pieces, max_size=20), st.lists(st.integers(1, 9), min_size=1))
def test_any_chunking_gives_the_same_frames(parts: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(parts)
    chunks, at, turn = [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        chunks.append(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert frames_of(*chunks) == frames_of(stream)


@given(st.lists(pieces, max_size=30))
def test_no_byte_is_lost(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    framer = ImapFramer()
    try:
        framer.feed(stream)
    except LimitExceeded:
        return
    taken = b""
    while (frame := framer.next_frame()) is not None:
        taken += frame.raw
    assert taken + framer.pending == stream


def test_the_limits_are_what_the_documentation_says() -> None:
    limits = imap_framing.LINE_LIMIT, imap_framing.LITERAL_LIMIT, imap_framing.RESPONSE_LIMIT
    assert limits == (65536, 1048576, 8388608)
    assert imap_framing.CONNECTION_LIMIT == 16777216


def test_an_empty_line_is_a_frame() -> None:
    assert frames_of(b"\n\r\n* OK x\r\n") == (
        [Frame((b"",), b"\n"), Frame((b"",), b"\r\n"), Frame((b"* OK x",), b"* OK x\r\n")],
        None,
    )
    frames, stopped = frames_of(b"\n" + b"x" * 70_000)
    assert (len(frames), stopped) == (1, "octets of one line")


def test_a_literal_of_the_largest_size_is_taken_and_no_octet_more() -> None:
    body = b"x" * imap_framing.LITERAL_LIMIT
    frames, stopped = frames_of(b"* X {%d}\r\n" % len(body), body, b"\r\n")
    assert (frames[0].parts, stopped) == ((b"* X ", body, b""), None)
    assert frames_of(b"* X {%d}\r\n" % (len(body) + 1))[1] == "octets of one literal"
    assert frames_of(b"* X {1000000000}\r\n")[1] == "octets of one literal"
    assert frames_of(b"* X {%s3}\r\nabc\r\n" % (b"0" * 20))[0][0].parts == (b"* X ", b"abc", b"")
    assert frames_of(b"* X {0}\r\n\r\n")[0][0].parts == (b"* X ", b"", b"")


def test_a_response_is_bounded_over_all_its_literals() -> None:
    piece = b" {%d}\r\n" % imap_framing.LITERAL_LIMIT + b"x" * imap_framing.LITERAL_LIMIT
    frames, stopped = frames_of(b"* X", *[piece] * 7, b"\r\n")
    assert (len(frames), stopped) == (1, None)
    assert frames_of(b"* X", *[piece] * 8)[1] == "octets of one response"
    # What was only announced counts.
    assert frames_of(b"* X", *[piece] * 7, b" {1048576}\r\n")[1] == "octets of one response"


def test_a_line_of_the_largest_size_is_taken_and_no_octet_more() -> None:
    most = b"* OK " + b"x" * (imap_framing.LINE_LIMIT - 5)
    assert frames_of(most + b"\n")[1] is None
    assert frames_of(most + b"x\n")[1] == "octets of one line"
    assert frames_of(most + b"x")[1] == "octets of one line"
    # A line end of two octets counts with the line.
    assert frames_of(most + b"\r\n")[1] == "octets of one line"


def test_what_broke_a_limit_is_told_again_with_its_start() -> None:
    framer = ImapFramer()
    for _turn in range(2):
        with pytest.raises(LimitExceeded) as caught:
            framer.feed(b"y" * 70_000)
        assert caught.value.head == b"y" * 512
        assert caught.value.allowed == imap_framing.LINE_LIMIT


def test_a_line_behind_a_literal_is_measured_from_its_own_start() -> None:
    frames, stopped = frames_of(b"* X {65000}\r\n" + b"x" * 65000 + b"y" * 60000 + b"\r\n")
    assert (len(frames), stopped) == (1, None)
    assert frames_of(b"* X {3}\r\nabc" + b"y" * 70_000)[1] == "octets of one line"


def test_a_connection_may_be_filled_to_the_octet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_framing, "CONNECTION_LIMIT", 20)
    assert frames_of(b"* OK one\r\n", b"* OK two\r\n")[1] is None
    assert frames_of(b"* OK one\r\n", b"* OK two\r\n", b"x")[1] == "bytes of one connection"
    assert frames_of(b"* OK one\r\n", b"* OK twooo\r\n")[1] == "bytes of one connection"
    frames, stopped = frames_of(b"* OK one\r\n", b"* OK twoo\r", b"\n")
    assert (len(frames), stopped) == (1, "bytes of one connection")


def test_a_response_may_be_filled_to_the_octet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_framing, "RESPONSE_LIMIT", 20)
    assert frames_of(b"* OK " + b"x" * 15 + b"\n")[1] is None
    assert frames_of(b"* OK " + b"x" * 16 + b"\n")[1] == "octets of one response"


def test_a_frame_is_a_value() -> None:
    frame = Frame((b"a",), b"a\n")
    with pytest.raises(AttributeError):
        frame.raw = b""  # type: ignore[misc]
