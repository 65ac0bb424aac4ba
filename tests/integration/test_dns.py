# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS client against a real NSD, a real validating Unbound, and name servers that lie, stall or babble."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import dns.flags
import pytest
from dnslab import DnsLab
from nsd import ADDRESS
from scripted_dns import (
    Script,
    ScriptedDns,
    answering,
    at_once,
    closing,
    endless,
    garbage,
    silent,
    truncated,
    wrong_id,
    wrong_question,
)
from zones import Signing, ZoneText

from ansible_collections.mailops.mailbox.plugins.module_utils._dns.answer import Answer, Mx, Outcome, Srv, Tlsa
from ansible_collections.mailops.mailbox.plugins.module_utils._dns.client import DnsClient

pytestmark = pytest.mark.once

LONG = " ".join(f'"{letter * 250}"' for letter in "abcdefgh")
ASSOCIATION = "ab" * 32

ZONE = f"""
@ IN MX 20 backup
@ IN MX 10 MAIL
@ IN TXT "v=spf1 " "-all"
mail IN A 192.0.2.1
mail IN AAAA 2001:db8::1
alias IN CNAME other
other IN CNAME mail
dangling IN CNAME nothing
nomail IN MX 0 .
long IN TXT {LONG}
_imaps._tcp IN SRV 0 1 993 mail
_pop3s._tcp IN SRV 0 0 0 .
_25._tcp.mail IN TLSA 3 1 1 {ASSOCIATION}
child IN NS ns.lab.
"""


def client(lab: DnsLab, **options: Any) -> DnsClient:
    return DnsClient(**{"nameservers": lab.nameservers, "port": lab.port, **options})


def soon(seconds: float = 20) -> float:
    return time.monotonic() + seconds


QUESTIONS = {
    ("acme.test", "MX"): (Mx(10, "mail.acme.test"), Mx(20, "backup.acme.test")),
    ("nomail.acme.test", "MX"): (Mx(0, ""),),
    ("acme.test", "TXT"): (b"v=spf1 -all",),
    ("mail.acme.test", "A"): ("192.0.2.1",),
    ("mail.acme.test", "AAAA"): ("2001:db8::1",),
    ("alias.acme.test", "A"): ("192.0.2.1",),
    ("alias.acme.test", "CNAME"): ("other.acme.test",),
    ("_imaps._tcp.acme.test", "SRV"): (Srv(0, 1, 993, "mail.acme.test"),),
    ("_pop3s._tcp.acme.test", "SRV"): (Srv(0, 0, 0, ""),),
    ("_25._tcp.mail.acme.test", "TLSA"): (Tlsa(3, 1, 1, ASSOCIATION),),
    ("acme.test", "NS"): ("ns.lab",),
    ("1.2.0.192.in-addr.arpa", "PTR"): ("mail.acme.test",),
}


@pytest.mark.smoke
@pytest.mark.parametrize("signing", [Signing.SIGNED, Signing.UNSIGNED])
def test_every_kind_of_record(dns_lab: DnsLab, signing: Signing) -> None:
    dns_lab.load(
        {
            "acme.test": ZoneText(ZONE, signing),
            "2.0.192.in-addr.arpa": ZoneText("1 IN PTR mail.acme.test.", signing),
        }
    )
    answers = client(dns_lab).ask_all([*QUESTIONS, ("acme.test", "DS")], soon())
    proof = answers.pop(("acme.test", "DS"))
    assert {question: answer.records for question, answer in answers.items()} == QUESTIONS
    assert {answer.outcome for answer in answers.values()} == {Outcome.FOUND}
    assert {answer.authentic for answer in answers.values()} == {signing is Signing.SIGNED}
    assert proof.outcome is (Outcome.FOUND if signing is Signing.SIGNED else Outcome.NO_DATA)
    assert proof.authentic
    assert answers[("alias.acme.test", "A")].aliases == ("other.acme.test", "mail.acme.test")
    assert answers[("acme.test", "MX")].ttl == 300


@pytest.mark.parametrize("signing", [Signing.SIGNED, Signing.UNSIGNED])
def test_what_is_not_there(dns_lab: DnsLab, signing: Signing) -> None:
    dns_lab.load({"acme.test": ZoneText(ZONE, signing)})
    asked = client(dns_lab)
    for name, kind, outcome, says in (
        ("nobody.acme.test", "A", Outcome.NXDOMAIN, "nobody.acme.test does not exist"),
        ("dangling.acme.test", "A", Outcome.NXDOMAIN, "nothing.acme.test does not exist"),
        ("mail.acme.test", "MX", Outcome.NO_DATA, "has no MX record"),
        ("_tcp.acme.test", "TXT", Outcome.NO_DATA, "has no TXT record"),
    ):
        answer = asked.ask(name, kind, soon())
        assert (answer.outcome, answer.authentic) == (outcome, signing is Signing.SIGNED), answer
        assert says in answer.detail
        assert answer.records == ()
    assert asked.ask("nobody.elsewhere", "A", soon()).authentic, "the signed root proves it"


@pytest.mark.parametrize(
    ("signing", "says"),
    [(Signing.BOGUS, "DNSKEY"), (Signing.EXPIRED, "signature expired"), (Signing.STRIPPED, "DNSKEY missing")],
)
def test_what_fails_validation_is_no_answer(dns_lab: DnsLab, signing: Signing, says: str) -> None:
    dns_lab.load({"acme.test": ZoneText(ZONE, signing)})
    answer = client(dns_lab).ask("acme.test", "MX", soon())
    assert (answer.outcome, answer.records, answer.authentic) == (Outcome.SERVFAIL, (), False)
    assert says in answer.detail
    direct = client(dns_lab, port=dns_lab.authority_port).ask("acme.test", "MX", soon())
    assert direct.outcome is Outcome.FOUND, "the records are there, so it was their signatures"


def test_a_delegation_below_a_signed_zone(dns_lab: DnsLab) -> None:
    dns_lab.load(
        {
            "acme.test": ZoneText("@ IN TXT parent", Signing.SIGNED),
            "signed.acme.test": ZoneText("@ IN TXT child", Signing.SIGNED),
            "plain.acme.test": "@ IN TXT child",
        }
    )
    answers = client(dns_lab).ask_all(
        [("acme.test", "TXT"), ("signed.acme.test", "TXT"), ("plain.acme.test", "TXT")], soon()
    )
    assert [(answer.records, answer.authentic) for answer in answers.values()] == [
        ((b"parent",), True),
        ((b"child",), True),
        ((b"child",), False),
    ]


@pytest.mark.parametrize("behind", ["unbound", "nsd"])
def test_an_answer_that_does_not_fit_a_datagram_comes_over_tcp(dns_lab: DnsLab, behind: str) -> None:
    dns_lab.load({"acme.test": ZoneText(ZONE, Signing.SIGNED)})
    port = dns_lab.port if behind == "unbound" else dns_lab.authority_port
    answer = client(dns_lab, port=port).ask("long.acme.test", "TXT", soon())
    assert [len(text) for text in answer.records] == [2000]
    assert answer.authentic is (behind == "unbound"), "an authority does not validate"


def ask(script: Script, *, timeout: float = 0.2, kind: str = "A", seconds: float = 20) -> tuple[Answer, ScriptedDns]:
    with ScriptedDns(script) as server:
        asked = DnsClient(nameservers=[server.address], port=server.port, timeout=timeout)
        return asked.ask("acme.test", kind, soon(seconds)), server


GOOD = answering("@ 60 A 192.0.2.1")


@pytest.mark.parametrize(
    ("script", "outcome", "says"),
    [
        (silent, Outcome.TIMEOUT, "in time"),
        (wrong_id, Outcome.MALFORMED, "another id"),
        (wrong_question, Outcome.MALFORMED, "another question"),
        (garbage, Outcome.MALFORMED, "can't be read"),
        (truncated(garbage), Outcome.MALFORMED, "can't be read"),
        (truncated(wrong_id), Outcome.MALFORMED, "another id"),
        (truncated(silent), Outcome.TIMEOUT, "in time"),
        (truncated(endless), Outcome.TIMEOUT, "in time"),
        (truncated(closing), Outcome.MALFORMED, "closed"),
        (answering(rcode="SERVFAIL"), Outcome.SERVFAIL, "SERVFAIL"),
        (answering(rcode="REFUSED"), Outcome.REFUSED, "refuses"),
        (answering("acme.test. 60 CNAME b.test.", "b.test. 60 CNAME acme.test."), Outcome.MALFORMED, "ChainTooLong"),
        (answering("@ 60 A 192.0.2.1", rcode="NXDOMAIN"), Outcome.MALFORMED, "AnswerForNXDOMAIN"),
        (truncated(answering(*[f"@ 60 A 10.0.{n // 250}.{n % 250}" for n in range(201)])), Outcome.MALFORMED, "201"),
        (answering("elsewhere.test. 60 A 192.0.2.66"), Outcome.NO_DATA, "no A record"),
    ],
)
def test_what_no_honest_server_says(script: Script, outcome: Outcome, says: str) -> None:
    answer, _server = ask(script)
    assert answer.outcome is outcome
    assert says in answer.detail
    assert answer.records == ()


@pytest.mark.parametrize("forged", [wrong_id, wrong_question, garbage])
def test_a_forged_answer_does_not_win_over_the_true_one(forged: Script) -> None:
    answer, server = ask(at_once(forged, forged, GOOD), timeout=5)
    assert (answer.outcome, answer.records) == (Outcome.FOUND, ("192.0.2.1",))
    assert len(server.questions) == 1


def test_a_text_beyond_measure_is_not_read() -> None:
    text = " ".join(['"' + "x" * 255 + '"'] * 70)
    answer, server = ask(truncated(answering(f"@ 60 TXT {text}")), kind="TXT", timeout=5)
    assert answer.outcome is Outcome.MALFORMED
    assert "17850 octets" in answer.detail
    assert [transport for _name, _kind, transport in server.questions] == ["udp", "tcp"]


def test_a_slow_answer_is_waited_for_and_a_lost_one_asked_for_again() -> None:
    answer, server = ask(answering("@ 60 A 192.0.2.1", after=0.3), timeout=5)
    assert (answer.outcome, len(server.questions)) == (Outcome.FOUND, 1)
    count = iter(range(9))
    answer, server = ask(lambda query, tcp: GOOD(query, tcp) if next(count) else silent(query, tcp))
    assert (answer.outcome, len(server.questions)) == (Outcome.FOUND, 2)


def test_a_server_from_before_edns() -> None:
    old = answering(rcode="FORMERR")
    answer, server = ask(lambda query, tcp: old(query, tcp) if query.edns >= 0 else GOOD(query, tcp), timeout=5)
    assert (answer.outcome, len(server.questions)) == (Outcome.FOUND, 2)


@pytest.mark.parametrize("script", [silent, truncated(endless), truncated(silent), wrong_id], ids=lambda _unused: "")
def test_a_deadline_is_kept(script: Script) -> None:
    begun = time.monotonic()
    answer, _server = ask(script, timeout=60, seconds=0.4)
    assert answer.outcome in (Outcome.TIMEOUT, Outcome.MALFORMED)
    assert time.monotonic() - begun < 20, "the timeout of a try is 60 s"


def test_nobody_listens_and_another_server_does() -> None:
    with ScriptedDns(GOOD) as server, ScriptedDns(GOOD, address="127.0.0.9") as gone:
        gone.__exit__()
        asked = DnsClient(nameservers=["127.0.0.9", server.address], port=server.port)
        assert asked.ask("acme.test", "A", soon()).outcome is Outcome.FOUND
        alone = DnsClient(nameservers=["127.0.0.9"], port=server.port).ask("acme.test", "A", soon())
    assert alone.outcome is Outcome.TIMEOUT
    assert "refused" in alone.detail


def test_the_ad_bit_counts_from_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = answering("@ 60 A 192.0.2.1", flags=dns.flags.AD)
    answer, _server = ask(claims, timeout=5)
    assert answer.authentic
    monkeypatch.setattr(DnsClient, "validating", False)
    answer, _server = ask(claims, timeout=5)
    assert (answer.outcome, answer.authentic) == (Outcome.FOUND, False)


def test_a_question_that_hangs_does_not_keep_the_process() -> None:
    with ScriptedDns(silent) as server:
        program = f"""
import threading, time
from {DnsClient.__module__} import DnsClient
client = DnsClient(nameservers=["{ADDRESS}"], port={server.port}, timeout=60)
questions = [(str(number) + ".test", "A") for number in range(40)]
threading.Thread(target=client.ask_all, args=(questions, time.monotonic() + 60), daemon=True).start()
while threading.active_count() < 18:
    time.sleep(0.01)
"""
        done = subprocess.run([sys.executable, "-c", program], timeout=30, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
