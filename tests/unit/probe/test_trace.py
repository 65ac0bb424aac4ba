# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The redacted dialogue: what it tells, and what it never holds."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import AddressResult, Protocol, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import (
    ConnectFailed,
    Interruption,
    LimitExceeded,
    Mark,
    PeerClosed,
    ResolveFailed,
    Secret,
    SecretInTheClear,
    Send,
    TimedOut,
    TlsFailed,
    Unparsable,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import AddressAttempt, TlsFacts, TlsFault
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_parsing import Reply
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.trace import FIRST, LAST, Trace

TLS = TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", True)


def begun(stage: Stage = Stage.AUTH) -> Trace:
    trace = Trace()
    trace.asked(100.0, Mark(stage))
    return trace


def said(raw: bytes) -> Reply:
    return Reply(int(raw[:3]), (raw[4:],), raw)


def test_each_line_has_protocol_time_tls_stage_and_direction() -> None:
    trace = begun(Stage.CAPABILITY)
    trace.asked(100.0123, Send((b"EHLO probe.example\r\n",)))
    trace.answered(100.05, said(b"250-mx\r\n250 AUTH PLAIN\r\n"))
    trace.answered(100.06, TLS)
    trace.asked(100.06, Mark(Stage.AUTH))
    trace.asked(100.07, Send((b"AUTH PLAIN ", Secret(b"AHNlY3JldA=="), b"\r\n")))
    assert trace.lines(Protocol.SMTP) == [
        "smtp       12.3 ms  tls: false  capability   > EHLO probe.example",
        "smtp       50.0 ms  tls: false  capability   < 250-mx",
        "smtp       50.0 ms  tls: false  capability   < 250 AUTH PLAIN",
        "smtp       60.0 ms  tls: true   capability   - TLS agreed: TLSv1.3, TLS_AES_256_GCM_SHA384; "
        "certificate verified",
        "smtp       70.0 ms  tls: true   auth         > AUTH PLAIN ********",
    ]


def test_section_7_1_a_trace_holds_no_secret_at_all() -> None:
    trace = begun()
    trace.asked(100.0, Send((b"M0001 LOGIN ", b'"me" ', Secret(b'"open-Sesame"'), b"\r\n")))
    held = [entry.said for entry in trace._first]
    assert held == ['M0001 LOGIN "me" ********']


def test_the_size_of_a_secret_in_a_literal_is_hidden_too() -> None:
    trace = begun()
    trace.asked(100.0, Send((b'M0001 LOGIN "me" ', b"{17+}\r\n", Secret(b"p\xc3\xa4ssw\xc3\xb6rd-pass-wd"), b"\r\n")))
    trace.asked(100.0, Send((b'M0001 LOGIN "me" ', b"{17}\r\n")))
    assert [line.rpartition("> ")[2] for line in trace.lines(Protocol.IMAP)] == [
        'M0001 LOGIN "me" {*+}',
        "********",
        'M0001 LOGIN "me" {*}',
    ]
    trace = begun(Stage.SELECT)
    trace.asked(100.0, Send((b"M0005 EXAMINE {7}\r\n",)))
    assert trace.lines(Protocol.IMAP)[0].endswith("EXAMINE {7}")


@pytest.mark.parametrize("password", ['quo"te\\s', "p\u00e4ss-\u4e2d\u6587-\U0001f511", "t" * 1024, "login", "ok"])
def test_what_a_server_echoes_is_withheld(password: str) -> None:
    raw = password.encode()
    for echoed in (raw, base64.b64encode(raw), raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')):
        trace = begun()
        trace.answered(100.0, said(b"535 5.7.8 you said " + echoed + b", no\r\n"))
        assert trace.lines(Protocol.SMTP, [raw, echoed])[0].endswith(
            "< 535 5.7.8 (text withheld: the server echoed what it was sent)"
        )


def test_urls_and_challenges_are_redacted_by_their_place() -> None:
    trace = begun()
    trace.answered(100.0, said(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n"))
    trace.answered(100.0, said(b"535 see https://a.example/x?token=abc\r\n"))
    assert [line.rpartition("< ")[2] for line in trace.lines(Protocol.SMTP)] == [
        "334 ********",
        "535 see https://a.example/x?********",
    ]


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (ResolveFailed("nxdomain", "There is no such host."), ["- no address: There is no such host."]),
        (
            ConnectFailed((AddressAttempt("192.0.2.1", AddressResult.REFUSED, 1.5, "Connection refused"),)),
            ["- 192.0.2.1 refused after 1.5 ms: Connection refused", "- no address could be connected"],
        ),
        (TlsFailed(TlsFault("X", verify_text="expired", peer_bytes=b"\x16\x03")), ["- no TLS: expired"]),
        (
            TlsFailed(TlsFault("WRONG_VERSION_NUMBER", peer_bytes=b"220 mx\r\n")),
            ["< 220 mx", "- no TLS: WRONG_VERSION_NUMBER"],
        ),
        (TimedOut(8.0, whole=False, leftover=b"25"), ["< 25", "- no complete answer within 8.0 s"]),
        (PeerClosed(reset=True), ["- connection reset by the server"]),
        (LimitExceeded("bytes of a line", 4096, b"xxx"), ["< xxx", "- more than the allowed 4096 bytes of a line"]),
        (Unparsable("no SMTP reply", b"\x00"), ["< \\x00", "- no SMTP reply"]),
        (SecretInTheClear("because"), ["- this was not sent: because"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_interrupts_a_dialogue_is_told(problem: Interruption, told: list[str]) -> None:
    trace = begun()
    trace.answered(100.0, None, problem)
    assert [line.partition("auth         ")[2] for line in trace.lines(Protocol.SMTP)] == told


def test_addresses_and_connections_are_told() -> None:
    trace = begun(Stage.DNS)
    trace.answered(100.0, ("192.0.2.1", "2001:db8::1"))
    trace.answered(100.0, ())
    trace.answered(100.0, (AddressAttempt("192.0.2.1", AddressResult.NOT_TRIED),))
    trace.answered(100.0, TlsFacts("TLSv1.2", "X", False))
    assert [line.rpartition(" - ")[2] for line in trace.lines(Protocol.SMTP)] == [
        "the addresses are 192.0.2.1, 2001:db8::1",
        "192.0.2.1 not_tried",
        "TLS agreed: TLSv1.2, X; certificate not verified",
    ]


def test_bytes_that_nobody_read_are_told_at_the_end() -> None:
    trace = begun(Stage.STARTTLS)
    trace.ended(100.0, b"250 injected\r\n")
    assert [line.partition("starttls     ")[2] for line in trace.lines(Protocol.SMTP)] == [
        "< 250 injected",
        "- the probe did not read this",
    ]
    quiet = begun()
    quiet.ended(100.0, b"")
    assert quiet.lines(Protocol.SMTP) == []


def test_start_and_end_of_a_long_dialogue_are_kept() -> None:
    trace = begun()
    for number in range(FIRST + LAST + 7):
        trace.answered(100.0, said(b"250 line %d\r\n" % number))
    lines = trace.lines(Protocol.SMTP)
    assert len(lines) == FIRST + LAST + 1
    assert lines[FIRST] == "smtp  ... 7 more entries, which are not shown ..."
    assert lines[FIRST - 1].endswith(f"line {FIRST - 1}")
    assert lines[FIRST + 1].endswith(f"line {FIRST + 7}")
    assert lines[-1].endswith(f"line {FIRST + LAST + 6}")


def test_a_second_connection_is_told_apart() -> None:
    trace, second, none = begun(), begun(Stage.TLS), Trace()
    second.answered(100.5, TLS)
    trace.followed_by(second)
    trace.followed_by(none)
    assert [line.rpartition(" - ")[2] for line in trace.lines(Protocol.IMAP)] == [
        "a second connection, without any credential",
        "TLS agreed: TLSv1.3, TLS_AES_256_GCM_SHA384; certificate verified",
    ]
    assert trace.lines(Protocol.IMAP)[1].startswith("imap      500.0 ms  tls: true ")
