# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's own part: names, the cache, one flight for many callers, rounds and deadlines; no packet is sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._dns import client as module
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Outcome
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.client import DnsClient
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.exchange import Server
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.names import canonical

Script = Callable[[str, str, str, float], Outcome]


class Asked:
    """Stands in for the exchange with servers, and counts what would have been sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
        self.sent: list[tuple[str, str, str]] = []
        asked = self

        class Exchange:
            def __init__(self, name: str, kind: str, *, validating: bool) -> None:
                self.name, self.kind = name, kind

            def ask(self, server: Server, timeout: float) -> Answer:
                asked.sent.append((server.address, self.name, self.kind))
                return Answer(self.name, self.kind, script(server.address, self.name, self.kind, timeout))

        monkeypatch.setattr(module, "Exchange", Exchange)


def soon() -> float:
    return time.monotonic() + 30


def always(outcome: Outcome) -> Script:
    return lambda *_unused: outcome


@pytest.mark.parametrize(
    "outcome", [Outcome.FOUND, Outcome.NO_DATA, Outcome.NXDOMAIN, Outcome.SERVFAIL, Outcome.MALFORMED]
)
def test_a_question_is_asked_once(monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> None:
    asked = Asked(monkeypatch, always(outcome))
    client = DnsClient(nameservers=["127.0.0.1"])
    first = client.ask("Acme.example.", "MX", soon())
    assert first.outcome is outcome
    assert client.ask("acme.EXAMPLE", "MX", soon()) is first
    assert asked.sent == [("127.0.0.1", "acme.example", "MX")]


def test_many_callers_share_one_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def script(*_unused: object) -> Outcome:
        gate.wait(10)
        return Outcome.FOUND

    asked = Asked(monkeypatch, script)
    client = DnsClient(nameservers=["127.0.0.1"])
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.ask("a.example", "A", soon()))) for _unused in range(8)
    ]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert len(asked.sent) == 1
    assert [answer.outcome for answer in answers] == [Outcome.FOUND] * 8


def test_who_has_less_time_does_not_wait_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, begun = threading.Event(), threading.Event()

    def script(*_unused: object) -> Outcome:
        begun.set()
        gate.wait(10)
        return Outcome.FOUND

    Asked(monkeypatch, script)
    client = DnsClient(nameservers=["127.0.0.1"])
    thread = threading.Thread(target=client.ask, args=("a.example", "A", soon()))
    thread.start()
    begun.wait(10)
    assert client.ask("a.example", "A", time.monotonic() + 0.01).outcome is Outcome.TIMEOUT
    gate.set()
    thread.join()
    assert client.ask("a.example", "A", time.monotonic()).outcome is Outcome.FOUND


def test_what_a_deadline_cut_short_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, lambda _s, _n, _k, timeout: Outcome.TIMEOUT if timeout < 2 else Outcome.FOUND)
    client = DnsClient(nameservers=["127.0.0.1"], timeout=2)
    assert client.ask("a.example", "A", time.monotonic() + 0.5).outcome is Outcome.TIMEOUT
    assert client.ask("a.example", "A", soon()).outcome is Outcome.FOUND
    assert len(asked.sent) == module.ROUNDS + 1


def test_silence_is_asked_in_rounds_and_then_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch, always(Outcome.TIMEOUT))
    client = DnsClient(nameservers=["127.0.0.1", "127.0.0.2"])
    assert client.ask("a.example", "A", soon()).outcome is Outcome.TIMEOUT
    assert [server for server, _name, _kind in asked.sent] == ["127.0.0.1", "127.0.0.2"] * module.ROUNDS
    client.ask("a.example", "A", soon())
    assert len(asked.sent) == 2 * module.ROUNDS


@pytest.mark.parametrize("bad", [Outcome.TIMEOUT, Outcome.SERVFAIL, Outcome.REFUSED, Outcome.MALFORMED])
def test_another_server_is_asked_where_the_first_is_no_help(monkeypatch: pytest.MonkeyPatch, bad: Outcome) -> None:
    asked = Asked(monkeypatch, lambda server, *_unused: bad if server == "127.0.0.1" else Outcome.NXDOMAIN)
    client = DnsClient(nameservers=["127.0.0.1", "127.0.0.2"])
    assert client.ask("a.example", "A", soon()).outcome is Outcome.NXDOMAIN
    assert len(asked.sent) == 2


def test_a_reason_outlasts_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    Asked(monkeypatch, lambda server, *_unused: Outcome.TIMEOUT if server == "127.0.0.1" else Outcome.SERVFAIL)
    client = DnsClient(nameservers=["127.0.0.1", "127.0.0.2"])
    assert client.ask("a.example", "A", soon()).outcome is Outcome.SERVFAIL


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "empty name"),
        ("a..example", "empty label"),
        (".a.example", "empty label"),
        ("a" * 64 + ".example", "63 octets"),
        (".".join(["a" * 60] * 5), "255 octets"),
        ("a b.example", "blanks"),
        ("a\x00.example", "control"),
        ("stra\u00dfe.example", "xn--"),
        ("\u2060.example", "control"),
        ("a\\999.example", "can't be looked up"),
        ("\U0001f600" * 80 + ".example", "xn--"),
    ],
)
def test_names_that_cannot_be_asked(monkeypatch: pytest.MonkeyPatch, name: str, says: str) -> None:
    asked = Asked(monkeypatch, always(Outcome.FOUND))
    answer = DnsClient(nameservers=["127.0.0.1"]).ask(name, "A", soon())
    assert answer.outcome is Outcome.BAD_NAME
    assert says in answer.detail
    assert asked.sent == []


@settings(max_examples=300)
@given(st.text(max_size=80) | st.text("a.\\\\-_09@\u00fc\u3002\u200d", max_size=300))
def test_no_name_is_too_strange(name: str) -> None:
    try:
        text = canonical(name)
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        assert text.isascii()
        assert canonical(text) == text


@pytest.mark.parametrize(
    ("name", "asked_for"),
    [
        ("B\u00fccher.Example.", "xn--bcher-kva.example"),
        ("_dmarc.b\u00fccher.example", "_dmarc.xn--bcher-kva.example"),
        ("_imaps._tcp.ACME.example", "_imaps._tcp.acme.example"),
        ("1.2.0.192.in-addr.arpa", "1.2.0.192.in-addr.arpa"),
        (".", "."),
    ],
)
def test_names_in_their_form_for_dns(monkeypatch: pytest.MonkeyPatch, name: str, asked_for: str) -> None:
    Asked(monkeypatch, always(Outcome.FOUND))
    assert DnsClient(nameservers=["127.0.0.1"]).ask(name, "A", soon()).name == asked_for


def test_all_are_asked_side_by_side_in_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", counted)
    barrier = threading.Barrier(module.AT_ONCE)

    def script(_server: str, name: str, _kind: str, _timeout: float) -> Outcome:
        if int(name.split(".")[0]) < module.AT_ONCE:
            barrier.wait(10)
        return Outcome.FOUND

    Asked(monkeypatch, script)
    client = DnsClient(nameservers=["127.0.0.1"])
    questions = [(f"{number}.example", "A") for number in range(100)]
    answers = client.ask_all(questions, soon())
    assert list(answers) == questions
    assert {answer.outcome for answer in answers.values()} == {Outcome.FOUND}
    assert len(started) == module.AT_ONCE


def test_all_are_answered_by_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def script(_server: str, name: str, _kind: str, _timeout: float) -> Outcome:
        if name == "slow.example":
            gate.wait(10)
        return Outcome.FOUND

    Asked(monkeypatch, script)
    client = DnsClient(nameservers=["127.0.0.1"])
    answers = client.ask_all([("slow.example", "A"), ("fast.example", "A")], time.monotonic() + 0.3)
    gate.set()
    assert {name: answer.outcome for (name, _kind), answer in answers.items()} == {
        "slow.example": Outcome.TIMEOUT,
        "fast.example": Outcome.FOUND,
    }


def test_without_another_thread_the_callers_own_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Asked(monkeypatch, always(Outcome.FOUND))

    def refuse(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    client = DnsClient(nameservers=["127.0.0.1"])
    for name in ("a.example", "b.example"):
        assert client.ask_all([(name, "A"), (name, "MX")], soon())[(name, "MX")].outcome is Outcome.FOUND


@pytest.mark.parametrize(
    ("nameservers", "validating"),
    [
        (["127.0.0.1"], True),
        (["::1", "127.0.0.53"], True),
        (["127.0.0.1", "192.0.2.53"], False),
        (["192.0.2.53"], False),
        (["dns.example"], False),
    ],
)
def test_only_resolvers_on_this_machine_are_believed(nameservers: list[str], validating: bool) -> None:
    assert DnsClient(nameservers=nameservers).validating is validating


def test_a_kind_that_is_not_asked_for_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="HINFO"):
        DnsClient(nameservers=["127.0.0.1"]).ask("a.example", "HINFO", soon())
    with pytest.raises(ValueError, match="HINFO"):
        DnsClient(nameservers=["127.0.0.1"]).ask_all([("a.example", "HINFO")], soon())


def test_without_dnspython_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "missing_dnspython", lambda: "dnspython is not installed")
    answer = DnsClient(nameservers=["127.0.0.1"]).ask("a.example", "A", soon())
    assert answer.outcome is Outcome.SERVFAIL
    assert "dnspython" in answer.detail
