# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fault of the collection's own, anywhere in one probe, ends that probe and nothing else."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._driver import connect as connect_module
from ansible_collections.mailops.mailbox.plugins.module_utils._driver import connection as connection_module
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.connection import Connection
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.jobs import Done, Job
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import Pace
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.schedule import Schedule
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import Secret
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import (
    Credentials,
    ImapPlan,
    SmtpPlan,
    Target,
    TlsPlan,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.smtp_flow import SmtpDialogue
from ansible_collections.mailops.mailbox.plugins.module_utils._run import probe as probe_module
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import MailboxPlan, probe_mailbox

BROKEN = 2


def serve(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            sock, _address = listener.accept()
            with sock:
                sock.sendall(b"554 5.3.2 nobody is served here\r\n")


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield int(listener.getsockname()[1])


def plan(number: int, port: int) -> MailboxPlan:
    target = Target(Protocol.SMTP, "127.0.0.1", port, Security.STARTTLS, TlsPlan("127.0.0.1"))
    other = Target(Protocol.IMAP, "127.0.0.1", port, Security.STARTTLS, TlsPlan("127.0.0.1"))
    name = f"m{number}@acme.test"
    credentials = Credentials(name, Secret(b"x"))
    smtp = SmtpPlan(target, f"probe{number}.test", (name,), name, name, credentials)
    return MailboxPlan(smtp, ImapPlan(other, credentials), 5.0)


def breaking(original: Callable[..., Any], broken: Callable[..., bool]) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if broken(*arguments):
            raise ZeroDivisionError("a fault of our own")
        return original(*arguments, **named)

    return wrapped


def of_the_second(dialogue: Any) -> bool:
    return getattr(getattr(dialogue, "plan", None), "ehlo", "") == f"probe{BROKEN}.test"


def in_the_flow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SmtpDialogue, "converse", breaking(SmtpDialogue.converse, of_the_second))


def at_a_read(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Connection, "_read", breaking(Connection._read, lambda self: of_the_second(self.dialogue)))


def at_the_connection(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Connection, "_connected", breaking(Connection._connected, lambda self, *_rest: of_the_second(self.dialogue))
    )


def at_the_start(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(probe_module, "_dialogue", breaking(probe_module._dialogue, lambda plan: of_the_second(Holder(plan))))


def at_the_second_look(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        probe_module, "second_look", breaking(probe_module.second_look, lambda plan, _seen: of_the_second(Holder(plan)))
    )


class Holder:
    def __init__(self, plan: Any) -> None:
        self.plan = plan


FAULTS = [in_the_flow, at_a_read, at_the_connection, at_the_start, at_the_second_look]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_ends_one_mailbox(
    port: int, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None]
) -> None:
    fault(monkeypatch)
    jobs = [Job(f"m{number}", plan(number, port), "") for number in range(5)]
    schedule = Schedule(Pace(retries=0))
    done = [one for one in schedule.run(jobs) if isinstance(one, Done)]
    assert {one.job.id for one in done if isinstance(one.fault, ZeroDivisionError)} == {f"m{BROKEN}"}
    for one in done:
        if one.fault is None:
            assert {seen.stopped_at.fault.reply[:3] for seen in one.evidence.values()} == {b"554"}  # type: ignore[union-attr]
    assert len(done) == 5
    with pytest.raises(ZeroDivisionError):
        probe_mailbox(plan(BROKEN, port))


def test_a_fault_closes_both_connections(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Connection] = []

    class Kept(Connection):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            made.append(self)

    monkeypatch.setattr(probe_module, "Connection", Kept)
    at_a_read(monkeypatch)
    with pytest.raises(ZeroDivisionError):
        probe_mailbox(plan(BROKEN, port))
    assert len(made) == 2
    assert all(one._sock is None and one._race is None for one in made)


def test_a_fault_at_a_timer_or_in_a_race_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any) -> None:
        raise ZeroDivisionError("a fault of our own")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = int(listener.getsockname()[1])
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "_late", broken)
            patch.setattr(connection_module, "SHARE", 0.02)
            with pytest.raises(ZeroDivisionError):
                probe_mailbox(plan(BROKEN, silent))
        monkeypatch.setattr(connect_module.Race, "_connected", lambda self, attempt: broken(self))
        with pytest.raises(ZeroDivisionError):
            probe_mailbox(plan(BROKEN, silent))
