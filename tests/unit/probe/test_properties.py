# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for all inputs: strings survive the wire, limits hold, no rendering shows a secret."""

from __future__ import annotations

import base64
import os
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe import (
    imap_exchange,
    imap_framing,
    imap_names,
    imap_parsing,
    sasl,
    smtp_envelope,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    LimitExceeded,
    Mark,
    Secret,
    Send,
    Unparsable,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import FaultKind
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_framing import ImapFramer
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.imap_login import login_segments
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import Credentials, ImapPlan, Target, TlsPlan
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.redaction import MASK, shown
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_framing import SmtpFramer
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.trace import Trace
from ansible_collections.mailops.mailbox.tests.fuzz.model import Server

FULL = settings(max_examples=int(os.environ.get("MAILBOX_EXAMPLES", "100")))
USER = "sales01@acme.example"
octets = st.binary(max_size=60)
passwords = st.text(st.characters(blacklist_characters="\0\r\n", blacklist_categories=["Cs"]), min_size=1, max_size=40)
"""What a declaration lets pass."""


def string(value: bytes, *, literal: bool) -> bytes:
    """An IMAP string as a server may send it."""
    if literal or re.search(rb"[\0\r\n]", value):
        return b"{%d}\r\n" % len(value) + value
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


@FULL
@given(st.lists(st.tuples(octets, st.booleans()), min_size=1, max_size=8), st.integers(1, 50))
@example([(b"{3}", False), (b"a\r\nb", True)], 1)
def test_imap_strings_survive_framing_and_parsing(values: list[tuple[bytes, bool]], size: int) -> None:
    stream = b"* X (" + b" ".join(string(value, literal=literal) for value, literal in values) + b")\r\n"
    framer = ImapFramer()
    for at in range(0, len(stream), size):
        framer.feed(stream[at : at + size])
    frame = framer.next_frame()
    assert frame is not None
    assert frame.raw == stream
    assert framer.pending == b""
    assert imap_parsing.parse(frame).data == (tuple(value for value, _literal in values),)


def login_as_a_server_reads_it(segments: tuple[tuple[bytes | Secret, ...], ...]) -> list[bytes]:
    """The arguments of a LOGIN command, read by the grammar (RFC 3501 section 9) and nothing of the engine."""
    line = b"".join(part.octets if isinstance(part, Secret) else part for segment in segments for part in segment)
    assert line[:6] == b"LOGIN "
    rest, found = line[6:], []
    while rest != b"\r\n":
        rest = rest[1:] if found else rest
        literal = re.match(rb"\{(\d+)\+?\}\r\n", rest)
        if literal:
            end = literal.end() + int(literal[1])
            found.append(rest[literal.end() : end])
        else:
            quoted = re.match(rb'"((?:[^"\\\r\n]|\\["\\])*)"', rest)
            assert quoted, rest
            end = quoted.end()
            found.append(re.sub(rb"\\(.)", rb"\1", quoted[1]))
        rest = rest[end:]
    return found


@FULL
@given(passwords, passwords, st.sampled_from(["LITERAL+", "LITERAL-", "NONE"]))
@example('a"b\\', "{3}\u00e4", "NONE")
def test_a_server_reads_the_login_that_was_meant(user: str, password: str, offer: str) -> None:
    segments = login_segments(Credentials(user, Secret(password.encode())), frozenset([offer]))
    assert login_as_a_server_reads_it(segments) == [user.encode(), password.encode()]
    marked = [part.octets for segment in segments for part in segment if isinstance(part, Secret)]
    assert len(marked) == 1
    assert all(segment[-1].endswith(b"}\r\n") for segment in segments[:-1])  # type: ignore[union-attr]
    assert offer != "LITERAL+" or len(segments) == 1


@FULL
@given(passwords, passwords)
def test_a_server_reads_the_plain_message_that_was_meant(user: str, password: str) -> None:
    credentials = Credentials(user, Secret(password.encode()))
    plain = sasl.plain_message(credentials)
    assert base64.b64decode(plain.octets).split(b"\0") == [b"", user.encode(), password.encode()]
    for mechanism in sasl.SUPPORTED:
        steps = sasl.smtp_steps(mechanism, credentials)
        assert sum(isinstance(part, Secret) for step in steps for part in step) == 1
        sent = [b"".join(part.octets if isinstance(part, Secret) else part for part in step) for step in steps]
        assert all(line.count(b"\r\n") == 1 and line.endswith(b"\r\n") for line in sent)
        assert len(sent[0]) <= sasl.SMTP_LINE


@FULL
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_what_is_quoted_survives(text: str) -> None:
    wire = text.encode()
    frame = imap_framing.Frame((b"* X " + imap_names.quoted(wire),), b"")
    assert imap_parsing.parse(frame).data == (wire,)


@FULL
@given(st.lists(st.sampled_from([b".", b"..", b"a", b"", b".a"]), max_size=8))
def test_a_message_survives_dot_stuffing(lines: list[bytes]) -> None:
    stuffed = smtp_envelope.dot_stuffed(b"".join(line + b"\r\n" for line in lines))
    assert stuffed.endswith(b".\r\n")
    received = stuffed.removesuffix(b".\r\n").split(b"\r\n")[:-1]
    assert b"." not in received
    assert [line[1:] if line.startswith(b".") else line for line in received] == lines


@FULL
@given(st.lists(st.binary(max_size=50) | st.sampled_from([b"\r\n", b"250-a\r\n", b"250 b\r\n"]), max_size=40))
def test_an_smtp_framer_keeps_to_its_limits(chunks: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        module = "ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_framing."
        for name, value in {"LINE_LIMIT": 64, "REPLY_LIMIT": 160, "REPLY_LINES": 5, "TOTAL_LIMIT": 600}.items():
            patch.setattr(module + name, value)
        framer, taken = SmtpFramer(), 0
        try:
            for chunk in chunks:
                framer.feed(chunk)
                taken += len(chunk)
                while (reply := framer.next_frame()) is not None:
                    assert len(reply.raw) <= 160
                    assert len(reply.lines) <= 5
                assert taken <= 600
                assert len(framer.pending) <= 160 + 64
        except (LimitExceeded, Unparsable) as problem:
            assert len(problem.head) <= 512


@FULL
@given(st.lists(st.binary(max_size=50) | st.sampled_from([b"\r\n", b"* X {40}\r\n", b"* X {90}\r\n"]), max_size=40))
def test_an_imap_framer_keeps_to_its_limits(chunks: list[bytes]) -> None:
    limits = {"LINE_LIMIT": 64, "LITERAL_LIMIT": 80, "RESPONSE_LIMIT": 200, "CONNECTION_LIMIT": 600}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in limits.items():
            patch.setattr(imap_framing, name, value)
        framer, taken = ImapFramer(), 0
        for chunk in chunks:
            try:
                framer.feed(chunk)
            except LimitExceeded as problem:
                assert len(problem.head) <= 512
                with pytest.raises(LimitExceeded):
                    framer.feed(b"")
                break
            taken += len(chunk)
            assert taken <= 600
            while (frame := framer.next_frame()) is not None:
                assert len(frame.raw) <= 200
                assert all(len(part) <= (80 if index % 2 else 64) for index, part in enumerate(frame.parts))
            assert len(framer.pending) <= 200 + 64


@FULL
@given(st.integers(0, 30), st.sampled_from([b"* 1 EXISTS\r\n", b"* OK x\r\n", b"nonsense\r\n"]))
def test_untagged_responses_are_counted(count: int, said: bytes) -> None:
    target = Target(Protocol.IMAP, "mail.acme.example", 993, Security.TLS, TlsPlan("mail.acme.example"))
    greeting = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] x\r\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imap_exchange, "UNTAGGED_LIMIT", 20)
        server = Server(ImapPlan(target, Credentials(USER, Secret(b"open-Sesame"))), [greeting, said * count])
        stopped = server.converse().stopped_at
    assert stopped is not None and stopped.fault is not None
    # The greeting is one of them.
    assert (stopped.fault.kind is FaultKind.LIMIT) == (count >= 20)
    assert stopped.stage is Stage.AUTH


# Redaction


def forms(password: str) -> tuple[bytes, ...]:
    return sasl.wire_forms(Credentials(USER, Secret(password.encode())))


long_passwords = st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=8, max_size=40)


@FULL
@given(long_passwords, st.integers(0, 3), st.binary(max_size=30), st.binary(max_size=30), st.integers(0, 40))
def test_no_part_of_a_secret_is_shown_wherever_evidence_was_cut(
    password: str, which: int, before: bytes, after: bytes, cut: int
) -> None:
    form = forms(password)[which % len(forms(password))]
    raw = (b"535 " + before).ljust(512 - cut, b".") + form + after
    text = shown(raw[:512], forms(password))
    # Less than four characters at the cut are as many as chance could put there.
    for length in range(4, min(len(form), cut) + 1):
        assert not text.encode("utf-8", "replace").endswith(form[:length])


@FULL
@given(
    long_passwords,
    st.integers(0, 3),
    st.lists(st.integers(1, 20), max_size=4),
    st.sampled_from([b"\r\n", b"\n", b"\r\n535-"]),
)
def test_a_secret_over_several_lines_is_not_shown(password: str, which: int, cuts: list[int], joint: bytes) -> None:
    form = forms(password)[which % len(forms(password))]
    pieces, at = [], 0
    for size in cuts:
        pieces.append(form[at : at + size])
        at += size
    echoed = joint.join([*pieces, form[at:]])
    text = shown(b"535-5.7.8 no: " + echoed + b"\r\n535 5.7.8 bye\r\n", forms(password))
    assert text.startswith("535 5.7.8 (text withheld")


@FULL
@given(passwords, st.sampled_from(["SMTP PLAIN", "SMTP LOGIN", "IMAP LOGIN"]), st.booleans())
def test_a_trace_is_the_same_whatever_the_password(password: str, how: str, plus: bool) -> None:
    """What can't be told apart leaks nothing: not the secret, and not its length."""

    def traced(word: str) -> list[str]:
        credentials = Credentials(USER, Secret(word.encode()))
        if how == "IMAP LOGIN":
            writes = login_segments(credentials, frozenset(["LITERAL+"] if plus else []))
        else:
            writes = sasl.smtp_steps(how.split()[1], credentials)
        trace = Trace()
        trace.asked(1.0, Mark(Stage.AUTH))
        for parts in writes:
            trace.asked(1.0, Send(tuple(parts)))
        return trace.lines(Protocol.IMAP)

    alike = "\u00e4-other" if imap_names.quotable(password.encode()) is False else "other"
    assert traced(password) == traced(alike)
    assert any(MASK in line for line in traced(password))
