# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault at every stage, over real sockets; test_hostile.py has the floods and what they may cost."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from faults import IMAP, PLACES, SMTP, STARTTLS, Deed, answer, case, drip, flood, reset, say
from hostile import Seen, explain, leaks, plan_at, probe_all
from pki import make_pki
from scripted import server_context

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Category,
    PasswordAtFault,
    Protocol,
    Stage,
    StageStatus,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import probe_mailbox

pytestmark = pytest.mark.once

FAILED, INCONCLUSIVE = StageStatus.FAILED, StageStatus.INCONCLUSIVE
DROPPED = (INCONCLUSIVE, Category.CONN_DROPPED)
SILENT = (INCONCLUSIVE, Category.CONN_TIMEOUT)
LIMIT = (FAILED, Category.PROTOCOL_LIMIT)
NONSENSE = (FAILED, Category.PROTOCOL_VIOLATION)
LATER = (INCONCLUSIVE, Category.SERVER_TEMPORARY)
REFUSED: tuple[StageStatus, None] = (FAILED, None)
"""The category depends on the stage: :data:`REFUSALS`."""
GBK, LATIN = "用户不存在".encode("gbk"), "Zugriff für Sie gesperrt".encode("latin-1")


class Fault(NamedTuple):
    """What the server does, and what that is."""

    deed: Deed
    verdict: tuple[StageStatus, Category | None]


FAULTS = {
    SMTP: {
        "close": Fault(say(b"", close=True), DROPPED),
        "reset": Fault(reset, DROPPED),
        "silence": Fault(say(b""), SILENT),
        "garbage": Fault(say(bytes(range(128, 256)) + b"\r\n"), NONSENSE),
        "NULs": Fault(say(b"\0\0\0\0\r\n"), NONSENSE),
        "an empty line": Fault(say(b"\r\n"), NONSENSE),
        "a code that is none": Fault(say(b"999 what\r\n"), NONSENSE),
        "half a line, then close": Fault(say(b"25", close=True), DROPPED),
        "half a reply, then silence": Fault(say(b"250-half"), SILENT),
        "drip": Fault(drip(b"250-slow\r\n"), SILENT),
        "endless reply": Fault(say(b"250-more\r\n" * 300), LIMIT),
        "endless line": Fault(say(b"250 " + b"x" * 5000), LIMIT),
        "421": Fault(say(b"421 4.3.2 shutting down\r\n", close=True), LATER),
        "450": Fault(answer(b"450 4.2.0 greylisted, come back later\r\n"), LATER),
        "451": Fault(answer(b"451 4.7.1 greylisting in action, try again in 300 seconds\r\n"), LATER),
        "454": Fault(answer(b"454 4.3.0 temporary failure\r\n"), LATER),
        "GBK": Fault(answer(b"550 " + GBK + b"\r\n"), REFUSED),
        "Latin-1": Fault(answer(b"550 " + LATIN + b"\r\n"), REFUSED),
    },
    IMAP: {
        "close": Fault(say(b"", close=True), DROPPED),
        "reset": Fault(reset, DROPPED),
        "silence": Fault(say(b""), SILENT),
        # Unknown lines are skipped, as a client must (RFC 9051 section 7); then nothing more comes.
        "garbage": Fault(say(bytes(range(128, 256)) + b"\r\n"), SILENT),
        "NULs": Fault(say(b"\0\0\0\0\r\n"), SILENT),
        "an empty line": Fault(say(b"\r\n"), SILENT),
        "another's tag": Fault(say(b"X1 OK\r\n"), SILENT),
        "half a line, then close": Fault(say(b"* O", close=True), DROPPED),
        "half a name, then silence": Fault(say(b'* LIST () "/" "hal'), SILENT),
        "half a literal, then silence": Fault(say(b'* LIST () "/" {20}\r\nhalf'), SILENT),
        "endless line": Fault(say(b"* " + b"x" * 70000), LIMIT),
        "drip": Fault(drip(b"* OK slow "), SILENT),
        "huge literal": Fault(say(b'* LIST () "/" {99999999999}\r\n'), LIMIT),
        "nested lists": Fault(say(b"* NAMESPACE " + b"(" * 20000 + b"\r\n"), LIMIT),
        "BYE": Fault(say(b"* BYE shutting down\r\n", close=True), LATER),
        "NO UNAVAILABLE": Fault(answer(b"%t NO [UNAVAILABLE] try later\r\n"), LATER),
        "GBK": Fault(answer(b"%t NO " + GBK + b"\r\n"), REFUSED),
        "Latin-1": Fault(answer(b"%t NO " + LATIN + b"\r\n"), REFUSED),
    },
}
REFUSALS = {
    Stage.GREETING: Category.SERVER_REFUSED,
    Stage.CAPABILITY: Category.SERVER_REFUSED,
    Stage.STARTTLS: Category.TLS_UNAVAILABLE,
    Stage.AUTH: Category.AUTH_REFUSED,
    Stage.SENDER: Category.SENDER_REFUSED,
    Stage.RECIPIENT: Category.RCPT_REFUSED,
    Stage.MESSAGE: Category.MESSAGE_REFUSED,
    Stage.LIST: Category.MAILBOX_REFUSED,
    Stage.SELECT: Category.MAILBOX_REFUSED,
}
LOST = {
    *("close", "reset", "silence", "garbage", "NULs", "an empty line", "a code that is none"),
    *("drip", "half a line, then close", "half a reply, then silence", "endless reply", "endless line"),
}
"""After the final dot these leave it open whether the message went out."""
NO_GREETING = {"garbage", "NULs", "an empty line", "a code that is none", "another's tag"}
HARMLESS = {("imap ID", deed) for deed in ("NO UNAVAILABLE", "GBK", "Latin-1")}
GREYLISTED = {("smtp RCPT", code) for code in ("450", "451", "454")}
ALL = [(place, fault) for place, where in PLACES.items() for fault in FAULTS[where.protocol]]


def expected(place: str, fault: str) -> tuple[StageStatus, set[Category]]:
    """Return the verdict and the categories that are right for a fault at a place."""
    where = PLACES[place]
    status, category = FAULTS[where.protocol][fault].verdict
    if place == "smtp final dot" and fault in LOST:
        return INCONCLUSIVE, {Category.MESSAGE_UNKNOWN}
    if where.stage is Stage.GREETING and fault in NO_GREETING:
        return FAILED, {Category.PORT_WRONG_PROTOCOL}
    if (
        where.stage is Stage.STARTTLS
        and "under" not in place
        and fault != "BYE"
        and category is Category.SERVER_TEMPORARY
    ):
        return status, {Category.TLS_SERVER_PROBLEM}
    if fault in ("450", "451") and where.stage is not Stage.STARTTLS:
        # The words decide where a server greylists, the code where it may not have meant that.
        return status, {Category.RCPT_GREYLISTED, Category.SERVER_TEMPORARY}
    if category is Category.CONN_TIMEOUT:
        return status, {category, Category.RUN_DEADLINE}
    if category is not None:
        return status, {category}
    if place.startswith("smtp EHLO"):
        return status, {Category.SERVER_REFUSED, Category.POLICY_CLIENT}
    return status, {REFUSALS[where.stage]}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    pki = make_pki(tmp_path_factory.mktemp("faults") / "pki")
    good = pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    cases = {}
    for place, fault in ALL:
        where = PLACES[place]
        cases[f"{place}: {fault}"] = case(where, FAULTS[where.protocol][fault].deed, context)
    return probe_all(cases, str(pki.ca), in_flight=32)


@pytest.mark.parametrize(("place", "fault"), ALL, ids=[f"{place}: {fault}" for place, fault in ALL])
def test_section_7_4_every_fault_at_every_stage_is_told_for_what_it_is(
    seen: dict[str, Seen], place: str, fault: str
) -> None:
    found, where = seen[f"{place}: {fault}"], PLACES[place]
    assert leaks(found.clear) == []
    assert found.evidence.submitted is (where.stage not in BEFORE_LOGIN)
    json.dumps([failure.as_dict() for failure in found.diagnosis.failures])
    if (place, fault) in HARMLESS:
        assert found.diagnosis.failures == ()
        return
    if (place, fault) in GREYLISTED:
        assert found.diagnosis.failures == ()
        assert [notice.id for notice in found.diagnosis.warnings] == ["rcpt.greylisted"]
        return
    failure = found.failure
    status, categories = expected(place, fault)
    assert failure.stage is where.stage, failure
    assert failure.category in categories, failure
    assert failure.status is status
    assert failure.sentence.endswith(".")
    assert failure.causes
    assert failure.password_at_fault is not PasswordAtFault.YES
    if where.stage is Stage.AUTH and status is FAILED:
        assert failure.password_at_fault is PasswordAtFault.UNKNOWN
    if fault in ("GBK", "Latin-1"):
        stopped = found.evidence.stopped_at
        assert stopped is not None
        assert stopped.fault is not None
        raw, text = (GBK, "用户不存在") if fault == "GBK" else (LATIN, "Zugriff für Sie gesperrt")
        assert raw in stopped.fault.reply
        assert text in str(failure.reply)


FLOODS = {
    SMTP: flood(b"250-and more\r\n" * 400),
    IMAP: flood(b'* LIST () "/" "' + b"x" * 500 + b'"\r\n'),
}
# The other places are in test_hostile.py, with the memory that they cost.
FLOODED = (
    *("smtp STARTTLS", "smtp EHLO under TLS", "smtp AUTH, asked for the password", "smtp DATA", "smtp final dot"),
    *("imap CAPABILITY", "imap STARTTLS", "imap CAPABILITY under TLS", "imap LOGIN", "imap LIST", "imap EXAMINE"),
)


def test_section_7_4_endless_lines_end_at_a_limit_or_the_deadline(tmp_path_factory: pytest.TempPathFactory) -> None:
    pki = make_pki(tmp_path_factory.mktemp("floods") / "pki")
    good = pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    cases = {name: case(PLACES[name], FLOODS[PLACES[name].protocol], context) for name in FLOODED}
    # One after the other: a flood keeps the loop busy, and others would be late.
    for name, found in probe_all(cases, str(pki.ca), in_flight=1).items():
        failure, where = found.failure, PLACES[name]
        allowed = {Category.PROTOCOL_LIMIT, Category.CONN_TIMEOUT, Category.RUN_DEADLINE}
        if name == "smtp final dot":
            allowed = {Category.MESSAGE_UNKNOWN}
        assert (failure.category in allowed, failure.stage) == (True, where.stage), (name, failure)
        assert sum(entry.duration_ms for entry in found.evidence.stages) <= 4500
        assert leaks(found.clear) == []


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that listens and never answers: its queue is full, so the kernel drops every further SYN."""
    waiting = [socket.socket() for _unused in range(6)]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for client in waiting:
            stack.enter_context(client).setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize("protocol", Protocol, ids=lambda value: value.value)
def test_a_port_that_is_closed_or_mute_is_told_apart(protocol: Protocol, full_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ports = {taken.getsockname()[1]: Category.CONNECT_REFUSED, full_port: Category.CONNECT_TIMEOUT}
        for port, category in ports.items():
            evidence = probe_mailbox(plan_at(protocol, "127.0.0.1", port, timeout=3.0))[protocol]
            (failure,) = explain(evidence).failures
            assert (failure.category, failure.stage) == (category, Stage.CONNECT), failure
            assert failure.password_at_fault is PasswordAtFault.NO
            assert [attempt.result.value for attempt in evidence.addresses] == [
                "refused" if category is Category.CONNECT_REFUSED else "timed_out"
            ]


BEFORE_LOGIN = (Stage.GREETING, Stage.CAPABILITY, Stage.STARTTLS)


def test_the_honest_server_lets_the_probe_through(tmp_path_factory: pytest.TempPathFactory) -> None:
    pki = make_pki(tmp_path_factory.mktemp("honest") / "pki")
    good = pki.leaves["good"]
    context = server_context(str(good.cert), str(good.key))
    cases = {name: case(where._replace(command="none"), reset, context) for name, where in PLACES.items()}
    for name, found in probe_all(cases, str(pki.ca)).items():
        assert found.diagnosis.failures == (), (name, found.failure)
        assert leaks(found.secured), name
        assert (found.clear != b"") is (PLACES[name].security is STARTTLS), name
