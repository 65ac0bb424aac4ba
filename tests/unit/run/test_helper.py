# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helper process: what it sees arrives whole, and however it or its parent ends, nobody waits for ever."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from procs import LabError, running, wait_for
from scripted import ScriptedServer, Step

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_flow import SmtpDialogue
from ansible_collections.mailops.mailbox.plugins.module_utils._run import crew as crew_module
from ansible_collections.mailops.mailbox.plugins.module_utils._run import helper as helper_module
from ansible_collections.mailops.mailbox.plugins.module_utils._run.crew import Crew
from ansible_collections.mailops.mailbox.plugins.module_utils._run.helper import (
    HelpedProbe,
    Helper,
    HelperFault,
    fault_place,
    helper_for,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import Engine, MailboxPlan, MailboxProbe

ADDRESSES = {"mail.test": ("127.0.0.1",)}
REFUSES = b"554 5.3.2 nobody is served here\r\n"


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts servers that say one thing to everybody, some time after they came, and close; or nothing at all."""
    with contextlib.ExitStack() as stack:

        def start(says: bytes = REFUSES, after: float = 0.0, stays: float = 0.0) -> ScriptedServer:
            script: list[Step] = [
                lambda peer: peer.pause(after),
                lambda peer: peer.send(says),
                lambda peer: peer.pause(stays),
            ]
            # One that is silent does not even read, so that a test can read what came.
            return stack.enter_context(ScriptedServer(script if says else [lambda peer: peer.pause(60)]))

        yield start


def plan(port: int, name: str = "m0", timeout: float = 20.0) -> MailboxPlan:
    address = f"{name}@acme.test"
    credentials = Credentials(address, Secret(b"x"))
    smtp = Target(Protocol.SMTP, "mail.test", port, Security.STARTTLS, TlsPlan("mail.test"))
    imap = replace(smtp, protocol=Protocol.IMAP)
    return MailboxPlan(
        SmtpPlan(smtp, f"{name}.test", (address,), address, address, credentials), ImapPlan(imap, credentials), timeout
    )


class Stage:
    """An engine with a helper, and what it told."""

    def __init__(self, plans: dict[str, MailboxPlan]) -> None:
        self.engine = Engine()
        self.helper = Helper(self.engine, plans)
        self.done: list[HelpedProbe] = []

    def start(self, key: str, *, serial: bool = False) -> HelpedProbe:
        return self.helper.start(key, ADDRESSES, self.done.append, serial=serial)

    def run(self, until: Callable[[], bool], seconds: float = 10.0) -> None:
        over: list[bool] = []
        timer = self.engine.loop.call_at(self.engine.loop.clock() + seconds, lambda: over.append(True))
        self.engine.loop.run_until(lambda: bool(over) or until())
        timer.cancel()
        assert until()

    def wait(self, seconds: float) -> None:
        over: list[bool] = []
        self.engine.loop.call_at(self.engine.loop.clock() + seconds, lambda: over.append(True))
        self.engine.loop.run_until(lambda: bool(over))


@pytest.fixture
def stage() -> Iterator[Callable[[dict[str, MailboxPlan]], Stage]]:
    stages: list[Stage] = []

    def make(plans: dict[str, MailboxPlan]) -> Stage:
        stages.append(Stage(plans))
        return stages[-1]

    yield make
    for one in stages:
        one.helper.close()
        one.engine.loop.close()


def until_gone(pid: int) -> bool:
    with contextlib.suppress(LabError):
        wait_for(lambda: not running(pid), f"the end of process {pid}", timeout=5)
    return not running(pid)


def what_was_seen(evidence: Any) -> list[Any]:
    """Everything but times."""
    return [
        (name, seen.host, seen.port, [(one.address, one.result) for one in seen.addresses], seen.greeting)
        + tuple((one.stage, one.skipped, one.fault) for one in seen.stages)
        for name, seen in sorted(evidence.items())
    ]


def test_its_evidence_is_that_of_a_probe_here(serve: Any, stage: Any) -> None:
    wanted = plan(serve().port)
    at = stage({"m0": wanted})
    helped = at.start("m0")
    at.run(lambda: bool(at.done))
    here: list[MailboxProbe] = []
    at.engine.resolver.settle("mail.test", ("127.0.0.1",))
    MailboxProbe(at.engine, wanted, here.append).start()
    at.engine.loop.run_until(lambda: bool(here))
    assert helped.fault is None
    assert at.done == [helped]
    assert what_was_seen(helped.evidence) == what_was_seen(here[0].evidence)
    assert {seen.stopped_at.fault.reply[:3] for seen in helped.evidence.values()} == {b"554"}


def test_it_looks_nothing_up(serve: Any, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: Any, **_named: Any) -> None:
        raise ZeroDivisionError("looked up")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    at = stage({"m0": plan(serve().port)})
    helped = at.start("m0")
    at.run(lambda: bool(at.done))
    assert {seen.stopped_at.fault.reply[:3] for seen in helped.evidence.values()} == {b"554"}


def test_no_secret_goes_through_the_pipe(serve: Any, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as it is nor in a form that the wire has; the trace goes through it too."""
    secret, sent = b"correct-horse-battery", []
    server = serve(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] here\r\n")
    target = Target(Protocol.IMAP, "mail.test", server.port, Security.NONE, TlsPlan(""), allow_plaintext_auth=True)
    imap = ImapPlan(target, Credentials("m0@acme.test", Secret(secret)))
    at = stage({"m0": MailboxPlan(None, imap, 5.0, trace=True)})
    recv_bytes = at.helper._pipe._recv_bytes
    send_bytes = at.helper._pipe._send_bytes
    monkeypatch.setattr(at.helper._pipe, "_recv_bytes", lambda *given: kept(sent, recv_bytes(*given)))
    monkeypatch.setattr(at.helper._pipe, "_send_bytes", lambda given: send_bytes(kept(sent, given)))
    helped = at.start("m0")
    at.run(lambda: bool(at.done))
    assert helped.evidence[Protocol.IMAP].submitted
    assert len(sent) >= 2
    assert not any(form in said for said in sent for form in (secret, b"Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"))


def kept(sent: list[bytes], said: Any) -> Any:
    sent.append(said.getvalue() if hasattr(said, "getvalue") else bytes(said))
    return said


def test_it_can_be_told_to_log_in_to_smtp_first(serve: Any, stage: Any) -> None:
    silent = serve(b"")
    at = stage({"m0": plan(silent.port), "m1": plan(silent.port, "m1")})
    at.start("m0", serial=True)
    at.wait(0.5)
    assert silent.connections == 1
    at.start("m1")
    at.wait(0.5)
    assert silent.connections == 3


def test_it_tells_when_a_server_was_heard(serve: Any, stage: Any) -> None:
    """Otherwise all that it probes would look stalled after a while."""
    # The server stays: a probe that ends before the next report is told as done, and not as heard.
    at = stage({"m0": plan(serve(b"220 still", after=1.0, stays=60).port)})
    helped = at.start("m0")
    begun = helped.heard_at
    at.run(lambda: helped.heard_at > begun + 0.9)


def test_a_fault_ends_one_mailbox_and_tells_where(serve: Any, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = SmtpDialogue.converse

    def broken(self: Any) -> Any:
        if self.plan.ehlo == "m1.test":
            raise ZeroDivisionError("a fault of our own")
        return original(self)

    monkeypatch.setattr(SmtpDialogue, "converse", broken)
    port = serve().port
    at = stage({f"m{number}": plan(port, f"m{number}") for number in range(3)})
    probes = [at.start(f"m{number}") for number in range(3)]
    at.run(lambda: len(at.done) == 3)
    assert isinstance(probes[1].fault, HelperFault)
    name, where = fault_place(probes[1].fault)
    assert name == "ZeroDivisionError"
    assert where.startswith("test_helper.py:")
    assert [one.fault for one in (probes[0], probes[2])] == [None, None]


def test_neither_waits_for_the_other_to_read(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Much is asked in one burst while much is told: more than the pipe holds, both ways."""
    keys = [f"m{number}".ljust(1000) for number in range(2000)]

    def tells_first(self: Any) -> None:
        # Two that wait for each other would do so for ever; this ends the helper, and so the test.
        signal.alarm(20)
        self._say({}, keys[0], {Protocol.SMTP: b"x" * 4_000_000}, None)
        for _unused in keys:
            key, _addresses, _serial = self._pipe.recv()
            if key != keys[0]:
                self._say({}, key, {}, None)

    monkeypatch.setattr(helper_module._Work, "run", tells_first)
    at = stage({})
    probes = [at.start(key) for key in keys]
    at.run(lambda: len(at.done) == len(keys), 30)
    assert [one.fault for one in probes] == [None] * len(keys)
    assert len(probes[0].evidence[Protocol.SMTP]) == 4_000_000


def test_evidence_that_cannot_travel_is_a_fault(serve: Any, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = SmtpDialogue.converse

    def odd(self: Any) -> Any:
        self.evidence.follow_up["lock"] = threading.Lock()
        return original(self)

    monkeypatch.setattr(SmtpDialogue, "converse", odd)
    at = stage({"m0": plan(serve().port)})
    helped = at.start("m0")
    at.run(lambda: bool(at.done))
    assert fault_place(helped.fault)[0] == "TypeError"


def test_a_fault_of_its_loop_is_told_for_all(serve: Any, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Any) -> None:
        raise ZeroDivisionError("a fault of our own")

    monkeypatch.setattr(helper_module._Work, "_tick", broken)
    silent = serve(b"")
    at = stage({f"m{number}": plan(silent.port, f"m{number}") for number in range(2)})
    probes = [at.start(f"m{number}") for number in range(2)]
    at.run(lambda: len(at.done) == 2)
    assert {fault_place(one.fault)[0] for one in probes} == {"ZeroDivisionError"}
    at.run(lambda: not at.helper.has_less_to_do(100))


def test_what_a_killed_helper_had_is_inconclusive(serve: Any, stage: Any) -> None:
    silent = serve(b"")
    at = stage({f"m{number}": plan(silent.port, f"m{number}") for number in range(2)})
    probes = [at.start(f"m{number}") for number in range(2)]
    at.wait(0.3)
    assert at.helper.has_less_to_do(4)
    os.kill(at.helper.pid, signal.SIGKILL)
    at.run(lambda: len(at.done) == 2)
    for one in probes:
        assert isinstance(one.fault, StageError)
        failure = one.fault.failure
        assert failure.category is Category.RUN_PROBE_LOST
        assert failure.retryable
        assert "signal 9" in failure.causes[0].cause
    assert not at.helper.has_less_to_do(100)


def test_who_asks_a_helper_that_is_gone_is_told(serve: Any, stage: Any) -> None:
    at = stage({"m0": plan(serve().port)})
    os.kill(at.helper.pid, signal.SIGKILL)
    assert until_gone(at.helper.pid)
    helped = at.start("m0")
    at.run(lambda: bool(at.done))
    assert isinstance(helped.fault, StageError)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_group_is_not_for_it(serve: Any, stage: Any, number: int) -> None:
    at = stage({"m0": plan(serve(after=0.5).port)})
    helped = at.start("m0")
    at.wait(0.3)
    os.kill(at.helper.pid, number)
    at.run(lambda: bool(at.done))
    assert helped.fault is None


def test_it_ends_when_it_is_closed_and_tells_nobody(serve: Any, stage: Any) -> None:
    silent = serve(b"")
    at = stage({"m0": plan(silent.port)})
    at.start("m0")
    at.wait(0.3)
    pid = at.helper.pid
    at.helper.close()
    at.helper.close()
    assert not running(pid)
    assert at.done == []
    assert all(peer.sock.recv(10) == b"" for peer in silent.peers)


def test_one_that_does_not_end_is_killed(serve: Any, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_module, "_LAST_WORDS", 0.1)
    at = stage({"m0": plan(serve().port)})
    at.start("m0")
    at.run(lambda: bool(at.done))
    os.kill(at.helper.pid, signal.SIGSTOP)
    at.helper.close()
    assert not running(at.helper.pid)


def test_it_does_not_outlive_a_parent_that_is_killed(serve: Any) -> None:
    port = serve(b"").port
    ours, theirs = multiprocessing.Pipe()

    def parent() -> None:
        at = Stage({"m0": plan(port)})
        at.start("m0")
        theirs.send(at.helper.pid)
        at.wait(60)

    process = multiprocessing.get_context("fork").Process(target=parent)
    process.start()
    assert ours.poll(10)
    pid = ours.recv()
    assert running(pid)
    process.kill()
    process.join()
    assert until_gone(pid)


def test_few_mailboxes_have_none(serve: Any) -> None:
    one = plan(serve().port)
    assert helper_for(Engine(), {f"m{number}": one for number in range(helper_module.WORTHWHILE - 1)}) is None


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (helper_module, "_processors", lambda: 1),
        (helper_module.sys, "platform", "darwin"),
        (threading, "active_count", lambda: 2),
        (multiprocessing, "current_process", lambda: type("Daemon", (), {"daemon": True})),
        (helper_module, "Helper", None),
    ],
    ids=["one processor", "macOS", "other threads", "a daemon", "no process to be had"],
)
def test_there_is_none_where_a_fork_would_not_pay_or_not_be_safe(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, value: Any
) -> None:
    def failing(*_given: Any) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    made: list[int] = []
    monkeypatch.setattr(helper_module, "_processors", lambda: 2)
    monkeypatch.setattr(helper_module, "Helper", lambda _engine, plans: made.append(len(plans)) or "a helper")
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    plans = dict.fromkeys(map(str, range(helper_module.WORTHWHILE)), plan(1))
    assert helper_for(Engine(), plans) == "a helper"  # type: ignore[comparison-overlap]
    monkeypatch.setattr(where, name, value or failing)
    assert helper_for(Engine(), plans) is None
    assert made == [len(plans)]


def test_a_crew_gives_half_to_the_helper(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "helper_for", Helper)
    server = serve(b"")
    plans = {f"m{number}": plan(server.port, f"m{number}") for number in range(10)}
    crew = Crew(Engine())
    crew.engine.resolver.settle("mail.test", ("127.0.0.1",))
    crew.enlist(plans)
    started = []
    try:
        for number, (key, one) in enumerate(plans.items()):
            here = number < 2
            started.append(crew.start(key, one, lambda probe: None, addresses=ADDRESSES, running=number, here=here))
    finally:
        for probe in started:
            probe.abort()
        crew.close()
        crew.engine.loop.close()
    helped = [isinstance(one, HelpedProbe) for one in started]
    assert helped[:2] == [False, False]
    assert sum(helped) == 5
