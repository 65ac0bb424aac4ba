# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver where little goes to plan: slow readers, late events, odd endings, addresses that are none."""

from __future__ import annotations

import errno
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._driver import connect, dns_explain
from ansible_collections.mailops.mailbox.plugins.module_utils._driver import resolver as resolver_module
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.connect import Race
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.connection import Connection
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.loop import Loop
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.resolver import Resolver, look_up
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.tls import TlsSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import AddressResult, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Expect, Flow, Send, Unparsable
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.dialogue import Dialogue
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import FaultKind
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.trace import Trace


class Talk(Dialogue):
    """Says and hears what the test wants."""

    def __init__(self, target: Any, framer: Any, steps: Callable[[Talk], Flow]) -> None:
        super().__init__(target, framer)
        self.heard: list[bytes] = []
        self._steps = steps

    def converse(self) -> Flow:
        yield from self.stage(Stage.GREETING)
        yield from self._steps(self)


@pytest.fixture
def talk(lab: Any, dialogue_type: Any) -> Callable[..., Talk]:
    def make(target: Any, steps: Callable[[Talk], Flow]) -> Talk:
        return Talk(target, dialogue_type(target).framer, steps)

    return make


def fault(dialogue: Dialogue) -> Any:
    stopped = dialogue.evidence.stopped_at
    assert stopped is not None and stopped.fault is not None, dialogue.evidence
    return stopped.stage, stopped.fault.kind


def connection(
    loop: Loop, dialogue: Dialogue, done: Callable[[], None], *, timeout: float = 5.0, spent: float = 0.0
) -> Connection:
    return Connection(
        loop,
        dialogue,
        resolver=Resolver(),
        tls_settings=TlsSettings(),
        timeout=timeout,
        deadline=loop.clock() + timeout - spent,
        on_done=done,
    )


BIG = b"x" * 24_000_000
"""More than the buffers of both ends take."""


@pytest.mark.parametrize("tls", [False, True])
def test_a_slow_reader_gets_all_of_a_large_write(lab: Any, talk: Any, tls: bool) -> None:
    received: list[int] = []

    def slow(sock: socket.socket) -> None:
        time.sleep(0.1)
        count = 0
        while count < len(BIG) + 1:
            count += len(sock.recv(1_000_000))
        received.append(count)
        sock.sendall(b"thanks\n")

    def steps(self: Talk) -> Flow:
        yield Send((BIG, b"\n"))
        self.heard.append((yield Expect()))

    dialogue = talk(lab.target(lab.serve(slow, tls=tls), tls=tls), steps)
    lab.run(dialogue, timeout=20.0)
    assert dialogue.heard == [b"thanks"]
    assert received == [len(BIG) + 1]


def test_a_peer_that_goes_away_while_it_is_written_to_is_closed(lab: Any, talk: Any) -> None:
    def steps(self: Talk) -> Flow:
        self.heard.append((yield Expect()))
        for _turn in range(3):
            yield Send((BIG,))
        yield Expect()

    def leave(sock: socket.socket) -> None:
        sock.sendall(b"welcome\n")
        sock.recv(10)

    dialogue = talk(lab.target(lab.serve(leave)), steps)
    lab.run(dialogue)
    assert fault(dialogue)[1] is FaultKind.CLOSED


def test_a_close_is_told_at_every_further_read_and_write(lab: Any, talk: Any) -> None:
    """A flow that goes on after the end hears of the end again, at once."""
    ends: list[str] = []

    def steps(self: Talk) -> Flow:
        for _turn in range(3):
            try:
                yield Expect()
            except Exception as problem:
                ends.append(type(problem).__name__)
            yield Send((b"hello\n",))

    dialogue = talk(lab.target(lab.serve(lambda sock: None)), steps)
    lab.run(dialogue)
    assert ends == ["PeerClosed"] * 3


def test_the_end_of_tls_without_its_alert_is_an_end(lab: Any, talk: Any) -> None:
    """close_notify, a plain close, and garbage inside TLS: each ends the dialogue and not the process."""

    def polite(sock: Any) -> None:
        sock.sendall(b"welcome\n")
        sock.unwrap()

    def rude(sock: Any) -> None:
        sock.sendall(b"welcome\n")
        sock.shutdown(socket.SHUT_RDWR)

    def broken(sock: Any) -> None:
        sock.sendall(b"welcome\n")
        raw = socket.socket(fileno=sock.detach())
        raw.sendall(b"\x17\x03\x03\x00\x10" + b"garbage inside!!")
        raw.close()

    def steps(self: Talk) -> Flow:
        self.heard.append((yield Expect()))
        yield Expect()

    dialogues = [talk(lab.target(lab.serve(handle, tls=True), tls=True), steps) for handle in (polite, rude, broken)]
    lab.run(*dialogues)
    assert [dialogue.heard for dialogue in dialogues] == [[b"welcome"]] * 3
    assert {fault(dialogue)[1] for dialogue in dialogues} == {FaultKind.CLOSED}


def test_bytes_and_the_end_at_once_are_heard_in_order(lab: Any, talk: Any) -> None:
    def both(sock: socket.socket) -> None:
        sock.sendall(b"one\ntwo\nthr")

    def steps(self: Talk) -> Flow:
        for _turn in range(3):
            self.heard.append((yield Expect()))

    dialogue = talk(lab.target(lab.serve(both)), steps)
    lab.run(dialogue)
    assert dialogue.heard == [b"one", b"two"]
    assert dialogue.evidence.stopped_at.fault.reply == b"thr"


def test_a_close_during_the_handshake_belongs_to_it(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(lab.target(lab.serve(lambda sock: sock.recv(5)), tls=True))
    lab.run(dialogue)
    assert fault(dialogue) == (Stage.TLS, FaultKind.CLOSED)


def test_a_deadline_that_has_passed_starts_nothing(lab: Any, dialogue_type: Any) -> None:
    loop, done = Loop(), []
    port = lab.serve(lambda sock: sock.recv(5))
    try:
        for target in (lab.target(port), lab.target(port, tls=True)):
            dialogue = dialogue_type(target)
            connection(loop, dialogue, lambda: done.append(1), timeout=5.0, spent=6.0).start()
            assert fault(dialogue) == (Stage.CONNECT, FaultKind.TIMEOUT)
            assert dialogue.evidence.stopped_at.fault.detail["whole"] is True
    finally:
        loop.close()
    assert done == [1, 1]


def test_a_wait_that_is_over_before_it_began(lab: Any, talk: Any) -> None:
    def steps(self: Talk) -> Flow:
        yield Expect(0.0)

    dialogue = talk(lab.target(lab.serve(lambda sock: sock.recv(5))), steps)
    lab.run(dialogue)
    assert fault(dialogue)[1] is FaultKind.TIMEOUT


def test_a_shorter_wait_after_a_longer_one_ends_in_its_own_time(lab: Any, talk: Any) -> None:
    def steps(self: Talk) -> Flow:
        self.heard.append((yield Expect()))
        yield Expect(0.05)

    def once(sock: socket.socket) -> None:
        sock.sendall(b"welcome\n")
        sock.recv(10)

    dialogue = talk(lab.target(lab.serve(once)), steps)
    lab.run(dialogue, timeout=30.0)
    assert dialogue.heard == [b"welcome"]
    assert dialogue.evidence.stopped_at.fault.detail["whole"] is False


def test_an_aborted_connection_tells_nobody_and_closes(lab: Any, dialogue_type: Any) -> None:
    port = lab.serve(lambda sock: sock.recv(5))
    loop, told = Loop(), []
    try:
        waiting = connection(loop, dialogue_type(lab.target(port)), lambda: told.append(1))
        waiting.start()
        loop.run_until(lambda: waiting.dialogue.local_address is not None)
        racing = connection(loop, dialogue_type(lab.target(port)), lambda: told.append(1))
        racing.start()
        for one in (waiting, racing):
            one.abort()
    finally:
        loop.close()
    assert told == []


def test_an_address_that_comes_too_late_is_not_used(lab: Any, dialogue_type: Any, monkeypatch: Any) -> None:
    release, answered = threading.Event(), threading.Event()

    def late(host: str) -> Any:
        release.wait(10)
        return ("127.0.0.1",)

    monkeypatch.setattr(resolver_module, "look_up", late)
    dialogue = dialogue_type(lab.target(25, host="mail.test"))
    loop, done = Loop(), []
    try:
        one = connection(loop, dialogue, lambda: done.append(1), timeout=0.3)
        one.start()
        loop.run_until(lambda: bool(done))
        loop.call_at(loop.clock() + 0.2, answered.set)
        release.set()
        loop.run_until(answered.is_set)
    finally:
        loop.close()
    assert done == [1]
    assert fault(dialogue) == (Stage.DNS, FaultKind.RESOLVE)


def test_a_failed_look_up_is_remembered_for_the_next(lab: Any, dialogue_type: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(resolver_module, "look_up", lambda host: resolver_module.ResolveFailed("nxdomain", "none"))
    resolver = Resolver()
    for _turn in range(2):
        dialogue = dialogue_type(lab.target(25, host="mail.test"))
        lab.run(dialogue, resolver=resolver)
        assert fault(dialogue) == (Stage.DNS, FaultKind.RESOLVE)


def test_a_trace_notes_what_the_driver_carries_out(lab: Any, talk: Any) -> None:
    def steps(self: Talk) -> Flow:
        yield Send((b"hello\n",))
        yield Expect()

    dialogue = talk(lab.target(lab.serve(lambda sock: sock.sendall(b"a\nunread\n"))), steps)
    dialogue.evidence.trace = Trace()
    # Where no frame is waited for, what came stays unread.
    lab.run(dialogue)
    lines = dialogue.evidence.trace.lines(dialogue.protocol)
    assert any(line.endswith("- the addresses are 127.0.0.1") for line in lines)
    assert any(" connected after " in line for line in lines)
    assert any(line.endswith("> hello") for line in lines)


def test_what_a_framer_finds_at_once_or_later_ends_the_dialogue(lab: Any, dialogue_type: Any) -> None:
    class Fussy:
        """Complains as soon as it is asked for a frame and has bytes."""

        pending = b""

        def feed(self, data: bytes) -> None:
            self.pending += data

        def next_frame(self) -> None:
            if self.pending:
                raise Unparsable("this is no protocol", self.pending)

    def steps(self: Talk) -> Flow:
        yield Expect()

    dialogue = Talk(lab.target(lab.serve(lambda sock: sock.sendall(b"hi\n"))), Fussy(), steps)
    lab.run(dialogue)
    assert fault(dialogue)[1] is FaultKind.UNPARSABLE


# The race for a connection


def race(addresses: tuple[str, ...], port: int, *, expire: bool = False) -> tuple[Any, Any]:
    loop, ended = Loop(), []
    try:
        running = Race(loop, addresses, port, lambda sock, attempts: ended.append((sock, attempts)))
        running.start()
        if expire:
            running.expire()
            running.expire()
        loop.run_until(lambda: bool(ended))
    finally:
        loop.close()
    return ended[0]


def test_an_address_of_a_family_that_is_not_there_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "family_of", lambda address: 9999)
    sock, attempts = race(("2001:db8::1",), 25)
    assert sock is None
    assert attempts[0].result is AddressResult.UNREACHABLE
    assert attempts[0].error


def test_an_event_for_an_attempt_that_was_given_up_is_nothing() -> None:
    loop, ended = Loop(), []
    try:
        running = Race(loop, ("127.0.0.1",), 1, lambda sock, attempts: ended.append(attempts))
        running.start()
        running.abandon()
        running._connected(running._attempts[0])
    finally:
        loop.close()
    assert ended == []


def test_every_address_that_fails_at_once_is_told(lab: Any) -> None:
    sock, attempts = race(("255.255.255.255", "127.0.0.1"), 1)
    assert sock is None
    assert [attempt.result for attempt in attempts] == [AddressResult.UNREACHABLE, AddressResult.REFUSED]


def test_no_address_at_all_ends_the_race() -> None:
    assert race((), 25) == (None, ())


def test_a_race_whose_time_is_up_ends_once(lab: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sock, attempts = race(("127.0.0.1",), listener.getsockname()[1], expire=True)
    assert sock is None
    assert attempts[0].result is AddressResult.TIMED_OUT


@pytest.mark.parametrize(
    ("code", "result"),
    [
        (errno.ETIMEDOUT, AddressResult.TIMED_OUT),
        (errno.ECONNRESET, AddressResult.REFUSED),
        (errno.EHOSTUNREACH, AddressResult.UNREACHABLE),
    ],
)
def test_the_operating_system_s_word_is_told(code: int, result: AddressResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, address: code)
    assert race(("127.0.0.1",), 25)[1][0].result is result


def test_the_second_address_starts_when_the_first_is_slow(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "ATTEMPT_DELAY", 0.02)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as slow:
        port = slow.getsockname()[1]
        fillers = [socket.socket() for _unused in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with socket.create_server(("127.0.0.2", port)):
            sock, attempts = race(("127.0.0.1", "127.0.0.2"), port)
        for filler in fillers:
            filler.close()
    assert sock is not None
    sock.close()
    assert [attempt.result for attempt in attempts] == [AddressResult.CANCELLED, AddressResult.CONNECTED]


# Names and certificates


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "again"), "timeout"),
        (socket.gaierror(socket.EAI_NONAME, "none"), "not_found"),
        (socket.gaierror(socket.EAI_FAIL, "fail"), "failed"),
        (UnicodeError("label too long"), "failed"),
    ],
)
def test_without_dnspython_the_operating_system_s_word_is_told(
    error: Exception, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dns", None)
    monkeypatch.setitem(sys.modules, "dns.resolver", None)
    assert dns_explain.explain("mail.test", error).kind == kind


def test_a_name_that_dns_can_t_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dns_explain.explain("a..b", socket.gaierror(socket.EAI_NONAME, "x")).kind == "not_found"
    reason = look_up("a" * 80 + ".test")
    assert isinstance(reason, resolver_module.ResolveFailed)


def test_the_operating_system_finds_this_machine() -> None:
    found = look_up("localhost")
    assert isinstance(found, tuple)
    assert {"127.0.0.1", "::1"} & set(found)


def test_an_old_version_of_tls_is_possible_where_it_is_declared(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(
        lab.target(lab.serve(lambda sock: sock.sendall(b"hi\nho\n"), tls=True), tls=True, min_version="TLSv1")
    )
    lab.run(dialogue)
    assert dialogue.heard == [b"ho"]


def test_a_folder_of_certificates_may_be_named(lab: Any, dialogue_type: Any, tmp_path: Any) -> None:
    folder = tmp_path / "ca"
    folder.mkdir()
    dialogue = dialogue_type(lab.target(lab.serve(lambda sock: sock.recv(5), tls=True), tls=True, ca=str(folder)))
    lab.run(dialogue)
    assert fault(dialogue) == (Stage.TLS, FaultKind.TLS)


def test_client_certificates(lab: Any, dialogue_type: Any, tmp_path: Any) -> None:
    certificate = lab.ca.issue_cert("client@acme.example")
    pem = tmp_path / "client.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    lab.certificate.configure_cert(context)
    lab.ca.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED

    def demand(sock: socket.socket) -> None:
        context.wrap_socket(sock, server_side=True).sendall(b"hi\nho\n")

    good = dialogue_type(lab.target(lab.serve(demand), tls=True, client_cert=str(pem)))
    missing = dialogue_type(lab.target(lab.serve(demand), tls=True, client_cert=str(tmp_path / "none.pem")))
    lab.run(good, missing)
    assert good.heard == [b"ho"]
    assert "none.pem cannot be used: No such file" in missing.evidence.stopped_at.fault.tls.reason


def test_a_certificate_is_not_described_without_the_library_for_it(
    lab: Any, dialogue_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    port = lab.serve(lambda sock: sock.sendall(b"hi\nho\n"), tls=True)
    dialogue = dialogue_type(lab.target(port, tls=True, verify=False))
    lab.run(dialogue)
    assert dialogue.evidence.tls.certificate is None
    assert dialogue.heard == [b"ho"]


def relayed(context: ssl.SSLContext, said: bytes, *, size: int, pause: float) -> Callable[[socket.socket], None]:
    """A server inside TLS whose bytes come in pieces of ``size``, each after a pause."""

    def handle(sock: socket.socket) -> None:
        inner, outer = socket.socketpair()

        def serve() -> None:
            with context.wrap_socket(outer, server_side=True) as tls:
                tls.sendall(said)
                tls.recv(100)

        def inwards() -> None:
            while data := sock.recv(65536):
                inner.sendall(data)

        for target in (serve, inwards):
            threading.Thread(target=target, daemon=True).start()
        while True:
            time.sleep(pause)
            data = inner.recv(size)
            if not data:
                return
            sock.sendall(data)

    return handle


def test_a_handshake_may_come_in_small_pieces(lab: Any, dialogue_type: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    lab.certificate.configure_cert(context)
    port = lab.serve(relayed(context, b"hi\nho\n", size=400, pause=0.001))
    dialogue = dialogue_type(lab.target(port, tls=True))
    lab.run(dialogue)
    assert dialogue.heard == [b"ho"]


@pytest.mark.parametrize("said", [b"hi\n", b"x" * 5000], ids=["a line", "too much"])
def test_what_comes_with_the_end_of_the_handshake_for_a_flow_that_is_over(lab: Any, talk: Any, said: bytes) -> None:
    """TLS 1.2 lets a server speak in the same packet; nobody listens any more, and nothing breaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    lab.certificate.configure_cert(context)
    port = lab.serve(relayed(context, said, size=65536, pause=0.05))

    def steps(self: Talk) -> Flow:
        yield from self.stage(Stage.CAPABILITY)

    dialogue = talk(lab.target(port, tls=True), steps)
    lab.run(dialogue)
    assert dialogue.evidence.tls.version == "TLSv1.2"
    assert dialogue.evidence.stopped_at is None


def test_all_who_wait_for_one_look_up_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(resolver_module, "look_up", lambda host: release.wait(10) and ("192.0.2.1",))
    resolver, loop, told = Resolver(), Loop(), []
    try:
        assert [resolver.resolve(loop, "mail.test", told.append) for _turn in range(3)] == [None] * 3
        release.set()
        loop.run_until(lambda: len(told) == 3)
    finally:
        loop.close()
    assert told == [("192.0.2.1",)] * 3


def test_the_last_address_may_fail_while_an_earlier_one_is_still_tried(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "ATTEMPT_DELAY", 0.01)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as slow:
        port = slow.getsockname()[1]
        fillers = [socket.socket() for _unused in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        loop, ended = Loop(), []
        try:
            running = Race(loop, ("127.0.0.1", "127.0.0.2"), port, lambda sock, attempts: ended.append(attempts))
            running.start()
            loop.call_at(loop.clock() + 0.2, running.expire)
            loop.run_until(lambda: bool(ended))
        finally:
            loop.close()
        for filler in fillers:
            filler.close()
    assert [attempt.result for attempt in ended[0]] == [AddressResult.TIMED_OUT, AddressResult.REFUSED]
