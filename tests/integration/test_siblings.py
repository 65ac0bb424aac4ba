# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a failure before the login, a look at the other usual ports: what it finds, and what it never sends."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hostile import CREDENTIALS, USER, leaks, logins
from pki import Pki, make_pki
from plays import Plays, environment
from scripted import (
    ScriptedServer,
    Step,
    close,
    expect,
    hang,
    imap_loop,
    send,
    server_context,
    smtp_loop,
    starttls,
)
from test_failures import HTTP_ANSWER, blackhole, closed_port

from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.context import USUAL_PORTS
from ansible_collections.mailops.mailbox.plugins.module_utils._diagnosis.diagnose import Context, diagnose
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.jobs import Job
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.pace import Pace
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.schedule import Schedule
from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Category,
    Confidence,
    Protocol,
    Security,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import ProtocolEvidence
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import ImapPlan, SmtpPlan, Target, TlsPlan
from ansible_collections.mailops.mailbox.plugins.module_utils._run.probe import (
    Engine,
    MailboxPlan,
    MailboxProbe,
    probe_mailbox,
)

pytestmark = pytest.mark.smoke
SMTP, IMAP, TLS, STARTTLS = Protocol.SMTP, Protocol.IMAP, Security.TLS, Security.STARTTLS
CAN = b"IMAP4rev1 AUTH=PLAIN SASL-IR"


@dataclass
class Host:
    """A host with a server, or none, at each of the usual ports."""

    pki: Pki
    ports: dict[Security, int]
    servers: dict[str, ScriptedServer] = field(default_factory=dict)

    def plan(self, protocol: Protocol, port: int, security: Security, timeout: float = 6.0) -> MailboxPlan:
        tls = TlsPlan("127.0.0.1", ca=str(self.pki.ca), client_cert=None)
        target = Target(protocol, "127.0.0.1", port, security, tls)
        if protocol is IMAP:
            return MailboxPlan(None, ImapPlan(target, CREDENTIALS), timeout)
        return MailboxPlan(SmtpPlan(target, "probe.lab.test", (USER,), USER, USER, CREDENTIALS), None, timeout)

    def judge(self, protocol: Protocol, port: int, security: Security, **more: Any) -> Failure:
        return explained(probe_mailbox(self.plan(protocol, port, security, **more))[protocol])


def explained(seen: ProtocolEvidence) -> Failure:
    smtp, imap = (seen if seen.protocol is one else None for one in (SMTP, IMAP))
    (failure,) = diagnose(Context(email=USER, usernames={seen.protocol: USER}, smtp=smtp, imap=imap)).failures
    return failure


def smtp_script(context: ssl.SSLContext | None, offers: bytes = b"250 AUTH PLAIN LOGIN\r\n") -> list[Step]:
    """An honest SMTP server that would take any login; with a context it wants STARTTLS first."""
    inside = smtp_loop({b"EHLO": b"250-lab\r\n" + offers, b"AUTH": b"235 2.7.0 in\r\n"})
    if context is None:
        return [send(b"220 lab ESMTP\r\n"), inside]
    hello = [send(b"220 lab ESMTP\r\n"), expect(b"EHLO"), send(b"250-lab\r\n250 STARTTLS\r\n"), expect(b"STARTTLS")]
    return [*hello, send(b"220 go\r\n"), starttls(context), inside]


def imap_script(context: ssl.SSLContext | None) -> list[Step]:
    """An honest IMAP server that would take any login; with a context it wants STARTTLS first."""
    inside = imap_loop({b"CAPABILITY": b"* CAPABILITY " + CAN + b"\r\n%t OK\r\n"})
    if context is None:
        return [send(b"* OK [CAPABILITY " + CAN + b"] lab\r\n"), inside]
    greeting = send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] lab\r\n")
    return [greeting, lambda peer: peer.send(peer.line().split()[0] + b" OK go\r\n"), starttls(context), inside]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make_pki(tmp_path_factory.mktemp("siblings") / "pki")


@contextlib.contextmanager
def host(
    pki: Pki,
    patch: pytest.MonkeyPatch,
    protocol: Protocol = SMTP,
    *,
    implicit: list[Step] | str | None = None,
    explicit: list[Step] | str | None = None,
    leaf: str = "good",
) -> Iterator[Host]:
    """Serve at what stands for 465 and 587 (993 and 143); "honest" is a good server, None a closed port."""
    context = server_context(str(pki.leaves[leaf].cert), str(pki.leaves[leaf].key))
    honest = smtp_script if protocol is SMTP else imap_script
    with contextlib.ExitStack() as stack:
        made = Host(pki, {TLS: closed_port(), STARTTLS: closed_port()})
        scripts = {TLS: (implicit, honest(None), context), STARTTLS: (explicit, honest(context), None)}
        for security, (script, good, tls) in scripts.items():
            if script is not None:
                odd = not isinstance(script, str)
                server = ScriptedServer(script if odd else good, tls=None if odd else tls)
                made.servers[security.value] = stack.enter_context(server)
                made.ports[security] = server.port
        for security, port in made.ports.items():
            patch.setitem(USUAL_PORTS[protocol], security, port)
        yield made
        for server in made.servers.values():
            server.finish(2)
            assert logins(server.received) == []
            assert leaks(server.received) == []


@pytest.mark.parametrize("protocol", [SMTP, IMAP], ids=["smtp", "imap"])
@pytest.mark.parametrize(("answers", "dead"), [(STARTTLS, TLS), (TLS, STARTTLS)], ids=["starttls", "tls"])
def test_section_3_a_refused_port_names_the_one_that_answers(
    pki: Pki, monkeypatch: pytest.MonkeyPatch, protocol: Protocol, answers: Security, dead: Security
) -> None:
    open_ = {"explicit" if answers is STARTTLS else "implicit": "honest"}
    with host(pki, monkeypatch, protocol, **open_) as at:  # type: ignore[arg-type]
        failure = at.judge(protocol, at.ports[dead], dead)
    first, port = failure.causes[0], at.ports[answers]
    assert failure.category is Category.CONNECT_REFUSED
    assert failure.sentence.startswith(f"Nothing listens for {protocol.name} at 127.0.0.1 port {at.ports[dead]}")
    assert first.confidence is Confidence.HIGH
    assert first.cause == f"Port {port} with {answers.name} answers on the same host."
    assert first.remedy == (f"Declare {protocol.value}.port: {port} and {protocol.value}.security: {answers.value}.")
    (fact,) = failure.evidence["siblings"]
    assert (fact["port"], fact["security"], fact["answers"], fact["verified"]) == (port, answers.value, True, True)
    assert "lab" in fact["greeting"]
    assert at.servers[answers.value].connections == 1


def test_both_answer_where_the_declared_port_is_another(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(pki, monkeypatch, implicit="honest", explicit="honest") as at:
        failure = at.judge(SMTP, closed_port(), TLS)
    assert f"Port {at.ports[TLS]} with TLS answers" in failure.causes[0].cause
    assert f"so does port {at.ports[STARTTLS]} with STARTTLS" in failure.causes[0].cause
    assert [fact["answers"] for fact in failure.evidence["siblings"]] == [True, True]


def test_a_port_that_the_network_drops_is_told_from_a_wrong_host(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with blackhole() as dropped, host(pki, monkeypatch, explicit="honest") as at:
        monkeypatch.setitem(USUAL_PORTS[SMTP], TLS, dropped)
        blocked = at.judge(SMTP, dropped, TLS, timeout=2.0)
    assert blocked.category is Category.CONNECT_TIMEOUT
    assert f"Port {at.ports[STARTTLS]} with STARTTLS answers" in blocked.causes[0].cause
    assert "firewall drops port" in blocked.causes[1].cause
    assert not any("wrong" in cause.cause for cause in blocked.causes)
    with blackhole() as dropped, blackhole() as other, host(pki, monkeypatch) as at:
        monkeypatch.setitem(USUAL_PORTS[SMTP], TLS, dropped)
        monkeypatch.setitem(USUAL_PORTS[SMTP], STARTTLS, other)
        wrong = at.judge(SMTP, dropped, TLS, timeout=2.0)
    assert "network or the host, and not the port" in wrong.causes[0].cause
    assert [fact["result"] for fact in wrong.evidence["siblings"]] == ["silent"]


def test_none_answers(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(pki, monkeypatch) as at:
        failure = at.judge(SMTP, at.ports[TLS], TLS)
    assert failure.causes[0].cause == (
        f"The host has no SMTP service at the usual ports (port {at.ports[STARTTLS]} refuses)."
    )
    assert failure.evidence["siblings"][0]["answers"] is False


def test_implicit_tls_to_a_port_that_begins_in_the_clear(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """587 with tls is the classic: the same port answers in its own mode."""
    with host(pki, monkeypatch, explicit="honest") as at:
        failure = at.judge(SMTP, at.ports[STARTTLS], TLS)
    assert failure.category is Category.TLS_MODE_MISMATCH
    assert failure.causes[0].cause == f"Port {at.ports[STARTTLS]} answers with STARTTLS."
    assert failure.causes[0].remedy == "Declare smtp.security: starttls and keep the port."


def test_starttls_is_missing_and_the_port_of_implicit_tls_answers(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = [send(b"220 lab\r\n"), smtp_loop({b"EHLO": b"250 lab\r\n"})]
    with host(pki, monkeypatch, implicit="honest", explicit=plain) as at:
        failure = at.judge(SMTP, at.ports[STARTTLS], STARTTLS)
    assert failure.category is Category.TLS_UNAVAILABLE
    assert f"Port {at.ports[TLS]} with TLS answers" in failure.causes[0].cause


def test_silence_where_a_greeting_is_due(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(pki, monkeypatch, implicit="honest", explicit=[hang()]) as at:
        failure = at.judge(SMTP, at.ports[STARTTLS], STARTTLS, timeout=2.0)
    assert failure.category is Category.CONN_TIMEOUT
    assert f"Port {at.ports[TLS]} with TLS answers" in failure.causes[0].cause


def test_another_product_at_the_sibling_is_no_way_out(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(pki, monkeypatch, explicit=[send(HTTP_ANSWER), close()]) as at:
        failure = at.judge(SMTP, at.ports[TLS], TLS)
    (fact,) = failure.evidence["siblings"]
    assert (fact["answers"], fact["result"]) == (False, "other_service")
    assert fact["greeting"].startswith("HTTP/1.1 400")
    assert "is another service" in failure.causes[0].cause


def test_a_certificate_that_is_not_accepted_is_told(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(pki, monkeypatch, explicit="honest", leaf="wrong_name") as at:
        failure = at.judge(SMTP, at.ports[TLS], TLS)
    (fact,) = failure.evidence["siblings"]
    assert (fact["answers"], fact["verified"]) == (True, False)
    assert failure.causes[0].confidence is Confidence.MEDIUM
    assert "certificate is not accepted" in failure.causes[0].cause


def test_a_port_without_logins_is_no_way_out(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    context = server_context(str(pki.leaves["good"].cert), str(pki.leaves["good"].key))
    with host(pki, monkeypatch, explicit=smtp_script(context, b"250 SIZE\r\n")) as at:
        failure = at.judge(SMTP, at.ports[TLS], TLS)
    assert failure.evidence["siblings"][0]["result"] == "no_login"


def test_the_mechanisms_of_a_port_do_not_matter(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    context = server_context(str(pki.leaves["good"].cert), str(pki.leaves["good"].key))
    with host(pki, monkeypatch, explicit=smtp_script(context, b"250 AUTH LOGIN XOAUTH2\r\n")) as at:
        failure = at.judge(SMTP, at.ports[TLS], TLS)
    assert failure.evidence["siblings"][0]["result"] == "answers"


def test_what_is_no_matter_of_the_port_is_not_looked_into(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(pki, monkeypatch, implicit="honest", explicit="honest", leaf="wrong_name") as at:
        at.judge(SMTP, at.ports[TLS], TLS)
        assert at.servers["starttls"].connections == 0


def test_a_fleet_at_one_dead_port_looks_once(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(pki, monkeypatch, explicit="honest") as at:
        plan = at.plan(SMTP, at.ports[TLS], TLS)
        jobs = []
        for number in range(12):
            name = f"m{number}@acme.test"
            smtp = replace(plan.smtp, credentials=replace(CREDENTIALS, username=name))  # type: ignore[type-var]
            jobs.append(Job(name, replace(plan, smtp=smtp, trace=True), ""))
        done = [one for one in Schedule(Pace(per_destination=3, logins_per_minute={"loopback": 0})).run(jobs) if one]
        found = [one.evidence[SMTP] for one in done if one.evidence]
        assert len(found) == 12
        assert at.servers["starttls"].connections == 1
    for seen in found:
        assert f"Port {at.ports[STARTTLS]} with STARTTLS answers" in explained(seen).causes[0].cause
    traces = ["\n".join(seen.trace.lines(SMTP)) for seen in found if seen.trace is not None]
    assert sum("a look at port" in trace and "EHLO" in trace for trace in traces) == 1
    assert sum("was looked at for another mailbox" in trace for trace in traces) == 11


def test_a_look_ends_with_the_time_of_its_mailbox(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mailboxes that wait for another one's look do not wait longer than their own share."""
    with host(pki, monkeypatch, explicit=[hang()]) as at:
        engine, over = Engine(), []
        first = MailboxProbe(engine, at.plan(SMTP, at.ports[TLS], TLS, timeout=20.0), over.append)
        second = MailboxProbe(engine, at.plan(SMTP, at.ports[TLS], TLS, timeout=1.0), over.append)
        first.start()
        engine.loop.run_until(lambda: len(first._connections) == 2)
        second.start()
        engine.loop.run_until(lambda: bool(over))
        first.abort()
        engine.loop.close()
        assert over == [second]
        assert second.evidence[SMTP].follow_up["siblings"] == ()


def test_the_message_and_the_trace_of_a_play(pki: Pki, tmp_path: Path) -> None:
    """The ports are the real ones here, where this machine has them free and lets the test listen there."""
    good = pki.leaves["good"]
    try:
        server = ScriptedServer(smtp_script(server_context(str(good.cert), str(good.key))), port=587)
        taken = ScriptedServer([], port=465)
    except OSError as problem:
        pytest.skip(f"ports 465 and 587 of 127.0.0.1 can't be had: {problem}")
    taken.stop()
    plays = Plays(tmp_path, environment(tmp_path / "home"))
    declared = {
        "email": USER,
        "protocols": ["smtp"],
        "secret": {"password": "open-Sesame/7"},
        "tls": {"ca": str(pki.ca)},
        "smtp": {"host": "127.0.0.1", "port": 465},
    }
    with server:
        result = plays.run({"m": declared}, "-vvv").only()
    lines = result["msg"].splitlines()
    assert "Nothing listens for SMTP at 127.0.0.1 port 465".lower() in lines[0].lower()
    first = next(number for number, line in enumerate(lines) if line.strip().startswith("1)"))
    assert lines[first].strip() == "1) Port 587 with STARTTLS answers on the same host."
    assert lines[first + 1].strip() == "-> Declare smtp.port: 587 and smtp.security: starttls."
    assert any("a look at port 587 with security starttls, without any credential" in line for line in result["trace"])
    assert any("EHLO" in line for line in result["trace"])
    assert logins(server.received) == []
