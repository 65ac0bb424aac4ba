# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver over real sockets: what arrives, what doesn't, and what is told of it."""

from __future__ import annotations

import gc
import socket
import struct
import threading
import time
import weakref
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._driver import resolver as resolver_module
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.resolver import Resolver
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    AddressResult,
    Protocol,
    Security,
    Stage,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import ResolveFailed
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import Fault, FaultKind
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import ImapPlan, SmtpPlan
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import Engine, MailboxPlan, MailboxProbe


def fault_at(dialogue: Any, stage: Stage) -> Fault:
    entry = dialogue.evidence.stage(stage)
    assert entry is not None and entry.fault is not None, dialogue.evidence
    return entry.fault


def answering(sock: socket.socket) -> None:
    sock.sendall(b"welcome\n")
    sock.sendall(b"you said " + sock.recv(1000))


def test_a_dialogue_runs_to_its_end(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(lab.target(lab.serve(answering)))
    lab.run(dialogue)
    assert dialogue.evidence.greeting == b"welcome"
    assert dialogue.heard == [b"you said hello"]
    assert [entry.stage for entry in dialogue.evidence.stages] == [
        Stage.DNS,
        Stage.CONNECT,
        Stage.GREETING,
        Stage.AUTH,
    ]
    assert dialogue.evidence.addresses[0].result is AddressResult.CONNECTED


def test_a_dialogue_runs_inside_tls(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(lab.target(lab.serve(answering, tls=True), tls=True), secret=b"xyzzy")
    lab.run(dialogue)
    assert dialogue.heard == [b"you said hello xyzzy"]
    assert dialogue.evidence.tls.version == "TLSv1.3"
    assert dialogue.evidence.tls.certificate.names == ("localhost", "127.0.0.1")


def test_what_a_probe_held_is_free_as_soon_as_it_has_ended(lab: Any) -> None:
    """Ten thousand probes would not fit into memory if they waited for the garbage collector."""
    tls = lab.target(lab.serve(answering, tls=True), tls=True)
    plan = MailboxPlan(
        SmtpPlan(tls, "[127.0.0.1]", ("u@acme.test",), "u@acme.test", "u@acme.test", mechanisms=()),
        ImapPlan(replace(tls, protocol=Protocol.IMAP)),
        timeout=5.0,
    )
    engine, ended = Engine(), []
    gc.disable()
    try:
        probe = MailboxProbe(engine, plan, lambda probe: ended.append(weakref.ref(probe)))
        probe.start()
        del probe
        engine.loop.run_until(lambda: bool(ended))
        assert ended[0]() is None
    finally:
        gc.enable()
        engine.loop.close()


def test_section_7_3_the_driver_refuses_a_secret_in_the_clear(lab: Any, dialogue_type: Any) -> None:
    received: list[bytes] = []

    def keep(sock: socket.socket) -> None:
        sock.sendall(b"welcome\n")
        received.append(sock.recv(1000))

    dialogue = dialogue_type(lab.target(lab.serve(keep)), secret=b"xyzzy")
    lab.run(dialogue)
    assert fault_at(dialogue, Stage.AUTH).kind is FaultKind.WITHHELD
    assert b"xyzzy" not in b"".join(received)


def test_section_7_3_the_flag_for_plain_text_is_no_leave_where_tls_was_declared(lab: Any, dialogue_type: Any) -> None:
    received: list[bytes] = []

    def keep(sock: socket.socket) -> None:
        sock.sendall(b"welcome\n")
        received.append(sock.recv(1000))

    target = replace(lab.target(lab.serve(keep)), security=Security.STARTTLS, allow_plaintext_auth=True)
    dialogue = dialogue_type(target, secret=b"xyzzy")
    lab.run(dialogue)
    assert fault_at(dialogue, Stage.AUTH).kind is FaultKind.WITHHELD
    assert b"xyzzy" not in b"".join(received)


def test_bytes_may_come_one_by_one(lab: Any, dialogue_type: Any) -> None:
    def drip(sock: socket.socket) -> None:
        for octet in b"welcome\n":
            sock.sendall(bytes((octet,)))
            time.sleep(0.002)
        sock.sendall(b"bye\n")

    dialogue = dialogue_type(lab.target(lab.serve(drip, tls=True), tls=True))
    lab.run(dialogue)
    assert dialogue.heard == [b"bye"]


def test_a_closed_port_is_refused(lab: Any, dialogue_type: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    dialogue = dialogue_type(lab.target(port))
    lab.run(dialogue)
    assert fault_at(dialogue, Stage.CONNECT).kind is FaultKind.CONNECT
    assert [entry.result for entry in dialogue.evidence.addresses] == [AddressResult.REFUSED]


def test_a_blackhole_ends_with_the_stage_s_share(lab: Any, dialogue_type: Any) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = []
        for _unused in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        dialogue = dialogue_type(lab.target(port))
        lab.run(dialogue, timeout=1.0)
        for filler in fillers:
            filler.close()
    assert [entry.result for entry in dialogue.evidence.addresses] == [AddressResult.TIMED_OUT]


def test_every_address_is_reported_and_one_wins(lab: Any, dialogue_type: Any, monkeypatch: Any) -> None:
    port = lab.serve(answering, host="127.0.0.3")
    monkeypatch.setattr(resolver_module, "look_up", lambda host: ("127.0.0.2", "127.0.0.3", "127.0.0.4"))
    dialogue = dialogue_type(lab.target(port, host="mail.test"))
    lab.run(dialogue)
    assert [(entry.address, entry.result) for entry in dialogue.evidence.addresses] == [
        ("127.0.0.2", AddressResult.REFUSED),
        ("127.0.0.3", AddressResult.CONNECTED),
        ("127.0.0.4", AddressResult.NOT_TRIED),
    ]
    assert dialogue.heard == [b"you said hello"]


def test_a_slow_look_up_ends_with_the_stage_s_share(lab: Any, dialogue_type: Any, monkeypatch: Any) -> None:
    release = threading.Event()
    monkeypatch.setattr(resolver_module, "look_up", lambda host: release.wait(30) and ())
    dialogue = dialogue_type(lab.target(25, host="mail.test"))
    lab.run(dialogue, timeout=0.5)
    release.set()
    assert fault_at(dialogue, Stage.DNS).detail["kind"] == "timeout"


def test_a_host_is_looked_up_once_for_all(lab: Any, dialogue_type: Any, monkeypatch: Any) -> None:
    asked: list[str] = []

    def look_up(host: str) -> Any:
        asked.append(host)
        return ResolveFailed("nxdomain", "no such name")

    monkeypatch.setattr(resolver_module, "look_up", look_up)
    dialogues = [dialogue_type(lab.target(25, host="mail.test")) for _unused in range(5)]
    lab.run(*dialogues, resolver=Resolver())
    assert asked == ["mail.test"]
    assert {fault_at(dialogue, Stage.DNS).detail["kind"] for dialogue in dialogues} == {"nxdomain"}


def test_silence_is_a_time_out_of_the_stage(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(lab.target(lab.serve(lambda sock: time.sleep(3))))
    lab.run(dialogue, timeout=0.6)
    fault = fault_at(dialogue, Stage.GREETING)
    assert fault.kind is FaultKind.TIMEOUT
    assert fault.detail["whole"] is False


def test_one_byte_a_while_does_not_prolong_a_stage(lab: Any, dialogue_type: Any) -> None:
    stopped = threading.Event()

    def drip(sock: socket.socket) -> None:
        while not stopped.is_set():
            sock.sendall(b"x")
            time.sleep(0.02)

    dialogue = dialogue_type(lab.target(lab.serve(drip)))
    lab.run(dialogue, timeout=0.6)
    stopped.set()
    fault = fault_at(dialogue, Stage.GREETING)
    assert fault.kind is FaultKind.TIMEOUT
    assert set(fault.reply) == {ord("x")}


def test_a_flood_ends_at_the_framer_s_limit(lab: Any, dialogue_type: Any) -> None:
    def flood(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"x" * 4096)

    dialogue = dialogue_type(lab.target(lab.serve(flood)))
    lab.run(dialogue)
    assert fault_at(dialogue, Stage.GREETING).kind is FaultKind.LIMIT


def test_a_close_and_a_reset_are_told_apart(lab: Any, dialogue_type: Any) -> None:
    def reset(sock: socket.socket) -> None:
        sock.sendall(b"welcome\n")
        sock.recv(1000)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    closing = dialogue_type(lab.target(lab.serve(lambda sock: sock.sendall(b"wel"))))
    resetting = dialogue_type(lab.target(lab.serve(reset)))
    lab.run(closing, resetting)
    assert fault_at(closing, Stage.GREETING).reply == b"wel"
    assert fault_at(closing, Stage.GREETING).detail == {"reset": False}
    assert fault_at(resetting, Stage.AUTH).detail == {"reset": True}


def test_what_was_said_before_a_close_is_heard(lab: Any, dialogue_type: Any) -> None:
    def last_words(sock: socket.socket) -> None:
        sock.sendall(b"welcome\nlast words\n")

    dialogue = dialogue_type(lab.target(lab.serve(last_words)))
    lab.run(dialogue)
    assert dialogue.heard == [b"last words"]


def test_a_plain_server_is_named_by_its_first_bytes(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(lab.target(lab.serve(lambda sock: sock.sendall(b"220 mail ESMTP\r\n")), tls=True))
    lab.run(dialogue)
    fault = fault_at(dialogue, Stage.TLS)
    assert fault.tls is not None
    assert fault.tls.peer_bytes.startswith(b"220 mail")


def test_a_handshake_that_hangs_is_a_timed_out_handshake(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(lab.target(lab.serve(lambda sock: time.sleep(3)), tls=True))
    lab.run(dialogue, timeout=0.6)
    fault = fault_at(dialogue, Stage.TLS)
    assert fault.tls is not None and fault.tls.timed_out


def test_section_5_7_a_wrong_name_is_a_verification_fault(lab: Any, dialogue_type: Any) -> None:
    port = lab.serve(answering, tls=True)
    dialogue = dialogue_type(lab.target(port, tls=True, server_name="other.test"), secret=b"xyzzy")
    lab.run(dialogue)
    fault = fault_at(dialogue, Stage.TLS)
    assert fault.tls is not None and fault.tls.verify_code == 62
    unverified = dialogue_type(lab.target(port, tls=True, server_name="other.test", verify=False))
    lab.run(unverified)
    assert unverified.evidence.tls.verified is False
    assert unverified.evidence.tls.certificate.names == ("localhost", "127.0.0.1")


def test_section_5_7_an_unknown_ca_is_a_verification_fault(lab: Any, dialogue_type: Any) -> None:
    dialogue = dialogue_type(lab.target(lab.serve(answering, tls=True), tls=True, ca=None))
    lab.run(dialogue)
    fault = fault_at(dialogue, Stage.TLS)
    assert fault.tls is not None and fault.tls.verify_code in (18, 19, 20, 21)


def test_section_5_7_a_demanded_client_certificate_belongs_to_stage_tls(lab: Any, dialogue_type: Any) -> None:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    lab.certificate.configure_cert(context)
    lab.ca.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED

    def demand(sock: socket.socket) -> None:
        answering(context.wrap_socket(sock, server_side=True))

    dialogue = dialogue_type(lab.target(lab.serve(demand), tls=True))
    lab.run(dialogue)
    assert dialogue.evidence.stages[-1].stage is Stage.TLS
    fault = fault_at(dialogue, Stage.TLS)
    assert fault.tls is not None and "certificate required" in fault.tls.alert


def test_a_ca_file_that_holds_none_is_explained(lab: Any, dialogue_type: Any, tmp_path: Any) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing here\n")
    dialogue = dialogue_type(lab.target(lab.serve(answering, tls=True), tls=True, ca=str(empty)))
    lab.run(dialogue)
    fault = fault_at(dialogue, Stage.TLS)
    assert fault.tls is not None and "empty.pem" in fault.tls.reason


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_section_5_7_an_address_is_matched_by_its_own_kind_of_name(lab: Any, dialogue_type: Any) -> None:
    lab.certificate = lab.ca.issue_cert("::1")
    named = dialogue_type(lab.target(lab.serve(answering, tls=True, host="::1"), host="::1", tls=True))
    other = dialogue_type(lab.target(lab.serve(answering, tls=True), host="127.0.0.1", tls=True))
    lab.run(named, other)
    assert named.heard == [b"you said hello"]
    fault = fault_at(other, Stage.TLS)
    assert fault.tls is not None and fault.tls.verify_code == 64
