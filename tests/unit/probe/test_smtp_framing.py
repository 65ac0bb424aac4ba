# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SMTP framer: the same frames however the bytes arrive, and no server that gets past its limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import LimitExceeded, Unparsable
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_framing import (
    LINE_LIMIT,
    REPLY_LIMIT,
    REPLY_LINES,
    TOTAL_LIMIT,
    SmtpFramer,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_parsing import Reply


def framed(data: bytes, size: int | None = None) -> tuple[list[Reply], type[Exception] | None, bytes]:
    """Feed the data in pieces of the size; return the frames, what was raised, and what is pending."""
    framer = SmtpFramer()
    frames: list[Reply] = []
    size = size or max(len(data), 1)
    try:
        for start in range(0, len(data), size):
            framer.feed(data[start : start + size])
            while (frame := framer.next_frame()) is not None:
                frames.append(frame)
    except (LimitExceeded, Unparsable) as problem:
        return frames, type(problem), framer.pending
    return frames, None, framer.pending


def test_lines_of_one_reply_are_joined():
    (reply,), error, pending = framed(b"250-one\r\n250-two\r\n250 three\r\n")
    assert error is None
    assert pending == b""
    assert reply == Reply(250, (b"one", b"two", b"three"), b"250-one\r\n250-two\r\n250 three\r\n")
    assert reply.shown == b"250-one\r\n250-two\r\n250 three"


@pytest.mark.parametrize(
    ("data", "code", "lines"),
    [
        (b"220 hi\n", 220, (b"hi",)),
        (b"250\r\n", 250, (b"",)),
        (b"250 \r\n", 250, (b"",)),
        (b"250-a\r\n250\r\n", 250, (b"a", b"")),
        (b"250-a\n250 b\r\n", 250, (b"a", b"b")),
        (b"220\thello\r\n", 220, (b"hello",)),
        (b"250-a\r\n251 b\r\n", 251, (b"a", b"b")),
        (b"220-a\r\nno code here\r\n220 b\r\n", 220, (b"a", b"no code here", b"b")),
        (b"535 \xb5\xc7\xc2\xbc\r\n", 535, (b"\xb5\xc7\xc2\xbc",)),
    ],
)
def test_reading_is_tolerant_and_keeps_the_bytes(data, code, lines):
    (reply,), error, _unused = framed(data)
    assert error is None
    assert (reply.code, reply.lines, reply.raw) == (code, lines, data)


def test_pending_holds_all_that_was_not_handed_out():
    framer = SmtpFramer()
    framer.feed(b"220 go ahead\r\n250-injected\r\n250")
    assert framer.pending == b"220 go ahead\r\n250-injected\r\n250"
    assert framer.next_frame().code == 220
    assert framer.pending == b"250-injected\r\n250"
    assert framer.next_frame() is None
    assert framer.pending == b"250-injected\r\n250"


def test_garbage_behind_a_reply_does_not_spoil_the_reply():
    framer = SmtpFramer()
    framer.feed(b"220 go ahead\r\n* OK not smtp\r\n")
    assert framer.next_frame().code == 220
    assert framer.pending == b"* OK not smtp\r\n"
    with pytest.raises(Unparsable):
        framer.next_frame()


@pytest.mark.parametrize(
    "data",
    [
        b"* OK IMAP4rev1 ready\r\n",
        b"+OK POP3 ready\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\r\n220 late\r\n",
        b"2200 five digits\r\n",
        b"22\r\n",
        b"120 no such class\r\n",
        b"620 no such class\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"x" * 600,
    ],
)
def test_what_is_no_reply_is_told_with_the_bytes_that_name_the_peer(data):
    framer = SmtpFramer()
    framer.feed(data)
    with pytest.raises(Unparsable) as raised:
        framer.next_frame()
    assert raised.value.head == data[:512]
    assert framer.pending == data


def test_a_text_peer_gets_the_time_to_finish_its_line():
    framer = SmtpFramer()
    framer.feed(b"* OK ")
    assert framer.next_frame() is None
    framer.feed(b"Dovecot ready.\r\n")
    with pytest.raises(Unparsable) as raised:
        framer.next_frame()
    assert raised.value.head == b"* OK Dovecot ready.\r\n"


def test_a_reply_may_come_byte_by_byte():
    assert framed(b"220-a\r\n220 b\r\n", 1) == framed(b"220-a\r\n220 b\r\n")


def test_the_longest_line_is_taken_and_one_more_octet_is_not():
    longest = b"250 " + b"x" * (LINE_LIMIT - 6) + b"\r\n"
    assert framed(longest)[1] is None
    frames, error, _unused = framed(longest[:4] + b"x" + longest[4:])
    assert (frames, error) == ([], LimitExceeded)


@pytest.mark.parametrize("size", [1, 100, 4096, 100_000])
def test_a_line_without_end_is_stopped_at_its_limit(size):
    framer = SmtpFramer()
    endless = b"250 " + b"5" * 200_000
    fed = 0
    with pytest.raises(LimitExceeded) as raised:
        while True:
            framer.feed(endless[fed : fed + size])
            fed += size
            framer.next_frame()
    assert raised.value.limit == "bytes of a line"
    assert fed <= LINE_LIMIT + size


def test_a_reply_without_end_is_stopped_by_its_lines():
    frames, error, _unused = framed(b"250-x\r\n" * REPLY_LINES)
    assert (frames, error) == ([], None)
    assert framed(b"250-x\r\n" * REPLY_LINES + b"250 x\r\n")[1] is LimitExceeded


def test_a_reply_without_end_is_stopped_by_its_bytes():
    line = b"250-" + b"x" * 4000 + b"\r\n"
    fits = REPLY_LIMIT // len(line)
    assert framed(line * fits)[1] is None
    assert framed(line * (fits + 1))[1] is LimitExceeded


def test_a_connection_without_end_is_stopped_by_its_bytes():
    framer = SmtpFramer()
    line = b"250 " + b"x" * 1000 + b"\r\n"
    with pytest.raises(LimitExceeded) as raised:
        for _unused in range(TOTAL_LIMIT // len(line) + 1):
            framer.feed(line)
            assert framer.next_frame() is not None
    assert raised.value.allowed == TOTAL_LIMIT


def test_repr_shows_no_text_of_the_server():
    assert repr(Reply(535, (b"hunter2",), b"535 hunter2\r\n")) == "Reply(535, 1 lines, 13 bytes)"


WORDS = st.sampled_from(
    [
        b"250",
        b"250-",
        b"220 ",
        b"535-5.7.8 no",
        b"\r\n",
        b"\n",
        b"\r",
        b"* OK",
        b"x",
        b"\xff",
        b"\x00",
        b"23",
        b"9" * 300,
    ]
)


@given(st.lists(WORDS | st.binary(max_size=8), max_size=40), st.lists(st.integers(1, 30), max_size=40))
def test_any_chunking_gives_the_same_frames(words, cuts):
    data = b"".join(words)
    framer = SmtpFramer()
    frames, error, at = [], None, 0
    try:
        for size in [*cuts, len(data)]:
            framer.feed(data[at : at + size])
            at += size
            while (frame := framer.next_frame()) is not None:
                frames.append(frame)
    except (LimitExceeded, Unparsable) as problem:
        error = type(problem)
    assert (frames, error) == framed(data)[:2]
    assert b"".join(frame.raw for frame in frames) == data[: sum(len(frame.raw) for frame in frames)]


@given(st.lists(WORDS | st.binary(max_size=200), max_size=60))
def test_only_the_engines_own_errors_and_bounded_memory(words):
    framer = SmtpFramer()
    try:
        for word in words * 20:
            framer.feed(word)
            while framer.next_frame() is not None:
                pass
            assert len(framer.pending) <= REPLY_LIMIT + LINE_LIMIT
    except (LimitExceeded, Unparsable) as problem:
        assert len(problem.head) <= 512


def test_a_long_line_inside_a_reply_is_stopped_too():
    frames, error, _unused = framed(b"250-a\r\n" + b"x" * LINE_LIMIT)
    assert (frames, error) == ([], LimitExceeded)


def test_the_limits_are_what_the_documentation_says():
    assert (LINE_LIMIT, REPLY_LIMIT, REPLY_LINES, TOTAL_LIMIT) == (4096, 65536, 200, 4194304)


def test_a_line_without_end_is_stopped_as_it_comes_in():
    framer = SmtpFramer()
    framer.feed(b"250 " + b"x" * (LINE_LIMIT - 5))
    with pytest.raises(LimitExceeded):
        framer.feed(b"x")


@pytest.mark.parametrize(
    "data",
    [b"x" * 5000, b"\n", b"\r\n", b"\n220 mx\r\n", b"1" * 511 + b"\x00", b"25x a\r\n", b"199 a\r\n", b"600 a\r\n"],
)
def test_what_is_no_reply_is_no_broken_limit(data):
    assert framed(data)[:2] == ([], Unparsable)


@pytest.mark.parametrize("octet", [*range(0x20, 0x7F), 9, 10, 13])
def test_whoever_speaks_text_may_finish_the_line(octet):
    assert framed(b"HTTP" + bytes([octet]).strip(b"\n"))[1] is None


@pytest.mark.parametrize("octet", [0, 8, 11, 0x1F, 0x7F, 0x80, 0xFF])
def test_binary_is_told_at_once(octet):
    assert framed(b"HTT" + bytes([octet]))[1] is Unparsable
    assert framed(b"HT" + bytes([octet]))[1] is None


@pytest.mark.parametrize("fragment", [b"2", b"22", b"220", b"220 ", b"220-", b"250\t", b"535 \xb5\xc7"])
def test_the_start_of_a_reply_is_waited_for(fragment):
    assert framed(fragment) == ([], None, fragment)


@pytest.mark.parametrize("size", [511, 512])
def test_a_text_of_512_octets_without_end_is_no_reply(size):
    assert framed(b"x" * size)[1] is (Unparsable if size == 512 else None)


def test_lines_and_octets_up_to_the_limit_are_taken():
    most = b"250-x\r\n" * (REPLY_LINES - 1)
    assert framed(most + b"250 x\r\n")[1] is None
    assert framed(most + b"250-x\r\n250 x\r\n")[1] is LimitExceeded
    line = b"250-" + b"x" * (LINE_LIMIT - 6) + b"\r\n"
    assert framed(line * 15 + b"250 " + b"x" * (LINE_LIMIT - 6) + b"\r\n")[1] is None
    assert framed(line * 16 + b"250 x\r\n")[1] is LimitExceeded
    assert framed(b"250 " + b"x" * (LINE_LIMIT - 5) + b"\r\n")[1] is LimitExceeded


def test_a_line_is_measured_from_its_own_start():
    framer = SmtpFramer()
    framer.feed(b"250-" + b"a" * 600 + b"\r\n")
    assert framer.next_frame() is None
    framer.feed(b"250 " + b"x" * 3490)
    assert framer.next_frame() is None
    framer.feed(b"\r\n")
    assert framer.next_frame().lines == (b"a" * 600, b"x" * 3490)


def test_what_broke_a_limit_is_kept_from_its_start():
    framer = SmtpFramer()
    framer.feed(b"250-first\r\n" + b"250-x\r\n" * REPLY_LINES)
    with pytest.raises(LimitExceeded) as caught:
        framer.next_frame()
    assert caught.value.head.startswith(b"250-first\r\n250-x")
    assert len(caught.value.head) == 512
    assert caught.value.limit == "lines of a reply"
    with pytest.raises(Unparsable) as other:
        framed_one = SmtpFramer()
        framed_one.feed(b"y" * 600 + b"\r\n")
        framed_one.next_frame()
    assert other.value.head == b"y" * 512


@pytest.mark.parametrize("first", [b"", b"250-" + b"a" * 600 + b"\r\n"])
def test_a_line_without_end_is_kept_from_its_own_start(first):
    framer = SmtpFramer()
    framer.feed(first)
    assert framer.next_frame() is None
    with pytest.raises(LimitExceeded) as caught:
        framer.feed(b"250 " + b"x" * LINE_LIMIT)
    assert caught.value.limit == "bytes of a line"
    assert caught.value.head == b"250 " + b"x" * 508


def test_the_whole_connection_is_bounded_to_the_octet():
    framer = SmtpFramer()
    reply = b"250 " + b"x" * 58 + b"\r\n"
    for _turn in range(TOTAL_LIMIT // len(reply)):
        framer.feed(reply)
        assert framer.next_frame() is not None
    with pytest.raises(LimitExceeded):
        framer.feed(b"2")


def test_what_is_no_reply_stays_none():
    framer = SmtpFramer()
    framer.feed(b"x250 ok\r\n")
    for _turn in range(2):
        with pytest.raises(Unparsable):
            framer.next_frame()
