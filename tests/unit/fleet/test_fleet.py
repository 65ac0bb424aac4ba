# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet run without a network: what becomes of each mailbox, and of the run as a whole."""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from pathlib import Path

import pytest
from diagnosis.build import IMAP, SMTP, replied, seen

from ansible_collections.mailops.mailbox.plugins.module_utils._fleet import fleet as fleet_module
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.fleet import run_fleet
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.jobs import Done
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.journal import read_journal
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.options import (
    declared_in,
    declared_on,
    inline_secret,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.outcome import PRINTED, rebuild
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.progress import Meter
from ansible_collections.mailops.mailbox.plugins.module_utils._fleet.request import (
    Declared,
    FleetRefused,
    FleetRequest,
    Policy,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import AddressResult, Stage, State
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.evidence import AddressAttempt, Fault, FaultKind
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.sqlite import SqliteRegistry
from ansible_collections.mailops.mailbox.plugins.module_utils._run.secrets import SecretReader
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import VaultSettings

PASSWORD = "correct-Horse+42"


def works():
    return {SMTP: seen(SMTP), IMAP: seen(IMAP)}


def refused():
    return {
        SMTP: replied(SMTP, Stage.AUTH, b"535 5.7.8 Error: authentication failed"),
        IMAP: replied(IMAP, Stage.AUTH, b"a1 NO [AUTHENTICATIONFAILED] Authentication failed."),
    }


def passing():
    return {SMTP: replied(SMTP, Stage.AUTH, b"451 4.3.0 Try later"), IMAP: seen(IMAP)}


class Script:
    """A schedule that answers from a table; what is not in it works."""

    def __init__(self, answers=(), held=(), same=()):
        self.answers, self.held, self.same = dict(answers), dict(held), dict(same)
        self.probed, self.judgements, self.stops = [], {}, 0
        self.remembered = ({}, set())

    def prepare(self, jobs):
        return float(len(jobs))

    def earlier(self, refused, working):
        self.remembered = (dict(refused), set(working))

    def run(self, jobs):
        for job in jobs:
            self.probed.append(job.id)
            yield None
            answer = self.answers.get(job.id, works)
            spared = job.id in self.held or job.id in self.same
            yield Done(job, {} if spared else answer(), self.held.get(job.id), self.same.get(job.id))

    def judged(self, done, *, refused, unreachable):
        self.judgements[done.job.id] = (set(refused), set(unreachable))

    def stop(self):
        self.stops += 1


def declaration(number, **changes):
    return {
        "email": f"m{number}@acme.example",
        "id": f"m{number}",
        "secret": {"password": PASSWORD},
        "smtp": {"host": "smtp.acme.example", "port": 465},
        "imap": {"host": "imap.acme.example", "port": 993},
        **changes,
    }


class Fleet:
    """Runs fleets over one registry."""

    def __init__(self, folder):
        self.path = str(folder / "state" / "r.sqlite")

    def run(self, raws, script=None, *, state=State.PRESENT, lines=None, domains=None, vault=(), **asked):
        request = FleetRequest(state=state, registry_path=self.path, **asked)
        declared = [one if isinstance(one, Declared) else Declared(f"h{n}", one) for n, one in enumerate(raws)]
        self.script = script or Script()
        with SecretReader(VaultSettings.from_options(dict(vault), {}, Path("/nonexistent"))) as reader:
            say = lines.append if lines is not None else None
            return run_fleet(request, declared, reader=reader, scheduler=self.script, meter=Meter(say), domains=domains)

    def registered(self):
        with SqliteRegistry(self.path, False) as registry:
            return [entry.id for entry in registry.list()]

    def journal(self):
        return read_journal(f"{self.path}.fleet.jsonl")[1]


@pytest.fixture
def fleet(tmp_path):
    return Fleet(tmp_path)


@pytest.fixture(autouse=True)
def quick_fingerprints(monkeypatch):
    monkeypatch.setattr(hashlib, "scrypt", lambda data, **_unused: hashlib.sha256(data).digest())


def test_every_mailbox_gets_its_verdict_and_what_works_is_registered(fleet):
    lines = []
    outcome = fleet.run([declaration(n) for n in range(4)], Script({"m1": refused, "m2": passing}), lines=lines)
    told = outcome.result
    assert {name: one["status"] for name, one in told["results"].items()} == {
        "m0": "verified", "m1": "failed", "m2": "inconclusive", "m3": "verified",
    }  # fmt: skip
    assert list(told["results"]) == ["m0", "m1", "m2", "m3"]
    assert told["counts"] == {
        "verified": 2, "partial": 0, "failed": 1, "inconclusive": 1, "skipped": 0, "changed": 2,
    }  # fmt: skip
    assert (outcome.failed, told["changed"], told["policy"]["passed"]) == (True, True, False)
    assert fleet.registered() == ["m0", "m3"]
    assert sorted(fleet.journal()) == ["m0", "m1", "m2", "m3"]
    assert fleet.script.judgements == {
        "m0": (set(), set()), "m1": ({SMTP, IMAP}, set()), "m2": (set(), set()), "m3": (set(), set()),
    }  # fmt: skip
    assert lines[0] == "mailbox_fleet: probing 4 mailboxes, expected to take 4 s"
    assert told["msg"].splitlines()[0] == "2 of 4 mailboxes work; 1 failed, 1 inconclusive."
    assert set(told["results"]["m0"]) == {"id", "status", "reason", "changed"}
    assert told["results"]["m1"]["failures"][0]["category"].startswith("auth.")


def test_slow_marks_are_made_beside_the_probes(fleet, monkeypatch):
    made = threading.Event()

    def scrypt(data, **_unused):
        if threading.current_thread() is not threading.main_thread():
            made.set()
        return hashlib.sha256(data).digest()

    monkeypatch.setattr(hashlib, "scrypt", scrypt)
    script = Script({"m0": lambda: works() if made.wait(20) else refused()})
    assert fleet.run([declaration(0)], script).result["counts"]["verified"] == 1
    assert fleet.registered() == ["m0"]


def test_a_second_run_changes_nothing(fleet):
    raws = [declaration(n) for n in range(3)]
    assert fleet.run(raws).result["counts"]["changed"] == 3
    again = fleet.run(raws, diff=True)
    assert (again.result["changed"], again.result["counts"]["changed"], again.diff) == (False, 0, ())


def test_check_mode_predicts_and_writes_nothing(fleet, tmp_path):
    raws = [declaration(n) for n in range(3)]
    predicted = fleet.run(raws, check_mode=True, diff=True)
    assert list(tmp_path.iterdir()) == []
    done = fleet.run(raws, diff=True)
    assert predicted.result["counts"] == done.result["counts"]
    assert predicted.diff == done.diff
    assert [one["after_header"] for one in done.diff] == [f"registration of m{n}" for n in range(3)]
    assert [type(key) for key in done.diff[0]["after"]["secrets"]] == [str, str]


def test_check_mode_says_that_a_report_was_not_written(fleet, tmp_path):
    report = {"html": str(tmp_path / "report.html"), "json": str(tmp_path / "report.json")}
    raws = [declaration(0)]
    checked = fleet.run(raws, check_mode=True, report=report)
    assert list(tmp_path.iterdir()) == []
    told = f"No report was written to {report['html']} and {report['json']}, because this is check mode."
    assert told in checked.warnings
    assert told in fleet.run([{**raws[0], "email": ""}], check_mode=True, report=report, isolate=False).warnings
    written = fleet.run(raws, report=report)
    assert {path.name for path in tmp_path.glob("report.*")} == {"report.html", "report.json"}
    assert told not in written.warnings


def test_while_vault_is_down_the_last_known_verdict_counts(fleet):
    assert fleet.run([declaration(0)]).result["policy"]["passed"]
    settings = {"url": "http://127.0.0.1:1", "token": "t", "retries": 0}
    away = [declaration(0, secret={"vault": {"path": "mail/m0", "field": "password"}})]
    told = fleet.run(away, vault=settings).result
    assert told["results"]["m0"]["status"] == "inconclusive"
    assert told["results"]["m0"]["failures"][0]["category"] == "secret.vault_unreachable"
    assert told["policy"]["passed"]
    assert fleet.registered() == ["m0"]
    assert not fleet.run(away, vault=settings, policy=Policy(on_inconclusive="fail")).result["policy"]["passed"]


def test_a_refused_secret_is_not_tried_again(fleet):
    raws = [declaration(0), declaration(1)]
    fleet.run(raws, Script({"m1": refused}))
    again = fleet.run(raws)
    assert fleet.script.probed == ["m0"]
    assert again.result["results"]["m1"]["reason"] == "secret_refused_before"


def test_one_invalid_declaration_is_its_own_verdict(fleet):
    bad = declaration(1)
    bad["smtp"]["hots"] = PASSWORD
    hosts = [declaration(0), bad, declared_on("h9", None, [{"file": "m.yml", "line": 7, "key": "smtp", "text": "no."}])]
    outcome = fleet.run(hosts)
    results = outcome.result["results"]
    assert (results["m0"]["status"], results["m1"]["reason"]) == ("verified", "invalid_declaration")
    assert results["h9"]["reason"] == "invalid_declaration"
    assert "m.yml:7" in json.dumps(results["h9"])
    assert fleet.script.probed == ["m0"]
    assert PASSWORD not in json.dumps(outcome.result)


def test_one_invalid_declaration_stops_all_when_asked(fleet):
    outcome = fleet.run([declaration(0), {"email": "x"}], isolate=False)
    assert fleet.script.probed == []
    assert outcome.failed
    assert "on_invalid is fail" in outcome.result["policy"]["reasons"][0]
    told = outcome.result["msg"].splitlines()
    assert told[0].startswith("1 declaration is invalid, so nothing was sent")
    assert any("h1: " in line and "smtp" in line for line in told[1:])
    quiet = fleet.run([declaration(0), {"email": "x"}], isolate=False, fails=False)
    assert not quiet.failed
    assert quiet.result["run"]["refused"]


def test_what_is_wrong_in_one_place_is_told_once(fleet):
    header = {"file": "export.csv", "line": 1, "key": "Tageslimit", "text": "is not a known column."}
    rows = [declared_on(f"r{n}", None, [header]) for n in range(40)]
    other = [{"file": "export.csv", "line": 42, "key": "email", "text": "is required."}, header]
    told = fleet.run([*rows, declared_on("r40", None, other)], isolate=False).result["msg"].splitlines()
    assert told[0].startswith("41 declarations are invalid, so nothing was sent")
    assert told[1:] == [
        "  41 mailboxes (r0, r1, r2, …): Tageslimit: is not a known column. (export.csv:1)",
        "  r40: email: is required. (export.csv:42)",
    ]
    many = [declared_on(f"r{n}", None, [{**header, "line": n}]) for n in range(33)]
    told = fleet.run(many, isolate=False).result["msg"].splitlines()
    assert told[30:] == [
        "  r29: Tageslimit: is not a known column. (export.csv:29)",
        "  and 3 more; all are in results.",
    ]


def test_an_inventory_source_that_was_not_read_stops_all_or_the_policy(fleet):
    unread = ("mail.yml is gone.",)
    stopped = fleet.run([declaration(0)], isolate=False, unread=unread)
    assert fleet.script.probed == []
    assert stopped.failed
    assert stopped.result["msg"].splitlines()[1] == unread[0]
    isolated = fleet.run([declaration(0)], unread=unread, policy=Policy(max_failures=9))
    assert fleet.script.probed == ["m0"]
    assert isolated.failed
    assert isolated.result["policy"]["reasons"] == list(unread)
    assert isolated.result["run"]["unread_sources"] == list(unread)
    assert isolated.warnings[0] == unread[0]
    assert fleet.run([declaration(0)], isolate=False).result["run"]["refused"] is False


def test_a_fleet_of_none_says_so(fleet):
    assert fleet.run([]).result["msg"].startswith("There are no mailboxes.\n")


def test_an_id_that_is_given_twice_is_probed_for_neither(fleet):
    outcome = fleet.run([declaration(0), declaration(1), declaration(1, email="other@acme.example")])
    assert fleet.script.probed == ["m0"]
    assert outcome.result["counts"]["failed"] == 2
    assert len(outcome.result["results"]) == 3
    assert "h1, h2" in json.dumps(outcome.result["results"]["m1"])


@pytest.mark.parametrize("wrong_first", [False, True])
def test_an_id_that_a_wrong_declaration_has_too_is_probed_for_neither(fleet, wrong_first):
    declared = [declaration(0), declaration(0, email="other@acme.example", smpt={})]
    outcome = fleet.run(declared[::-1] if wrong_first else declared, state=State.VERIFIED)
    assert fleet.script.probed == []
    assert [one["status"] for one in outcome.result["results"].values()] == ["failed", "failed"]


def test_a_mailbox_keeps_its_id_where_a_host_without_a_declaration_is_named_so(fleet):
    outcome = fleet.run([Declared("m0", None), declaration(0)], state=State.VERIFIED)
    assert outcome.result["results"]["m0"]["status"] == "verified"
    assert [key for key, one in outcome.result["results"].items() if one["status"] == "failed"] == ["m0 (m0)"]


@pytest.mark.parametrize("required", ["transactional", "M1@Acme.example", "m1"])
def test_what_is_required_has_to_be_declared_right(fleet, required):
    wrong = declaration(1, tags=["transactional"], smpt={})
    policy = Policy(required=(required,))
    outcome = fleet.run([declaration(0, tags=["transactional"]), wrong], state=State.VERIFIED, policy=policy)
    assert not outcome.result["policy"]["passed"]
    assert fleet.run([declaration(0), wrong], state=State.VERIFIED, policy=Policy(required=("m0",))).result["policy"][
        "passed"
    ]


def test_a_declaration_of_any_shape_is_a_verdict():
    assert [one.error != () for one in declared_in([{"email": "a"}, "text", None, 7])] == [False, True, True, True]
    assert declared_on("h", None).error[0].text == "The host h has no variable mailbox."
    assert declared_on("h", "text").error
    assert declared_on("h", {}, ["broken"]).error[0].text == "broken"


def test_a_fault_of_ours_is_the_verdict_of_one_mailbox(fleet, monkeypatch):
    real = fleet_module.MailboxRun.judge

    def stumble(self, registry, evidence):
        if self._request.id == "m1":
            raise RuntimeError(PASSWORD)
        return real(self, registry, evidence)

    monkeypatch.setattr(fleet_module.MailboxRun, "judge", stumble)
    told = fleet.run([declaration(n) for n in range(3)]).result
    assert [one["status"] for one in told["results"].values()] == ["verified", "inconclusive", "verified"]
    assert "RuntimeError in test_fleet.py" in told["results"]["m1"]["msg"]
    assert PASSWORD not in json.dumps(told)


def test_what_a_breaker_holds_back_is_inconclusive(fleet):
    held = "Logins at smtp.acme.example were stopped, because 5 in a row were refused."
    told = fleet.run([declaration(n) for n in range(3)], Script(held={"m1": held, "m2": held})).result
    assert (told["results"]["m1"]["status"], told["results"]["m1"]["reason"]) == ("inconclusive", "breaker_open")
    assert told["run"]["auth_breaker"] == [held]
    assert fleet.registered() == ["m0"]


@pytest.mark.parametrize("spared", [{"held": {"m1": "Stopped."}}, {"same": {"m1": "m0"}}])
def test_what_is_odd_about_a_declaration_is_told_without_a_probe(fleet, spared):
    odd = {"smtp": {"host": "smtp.acme.example", "port": 587, "security": "tls"}}
    told = fleet.run([declaration(0), declaration(1, **odd)], Script(**spared)).result
    assert [one["id"] for one in told["results"]["m1"]["notices"]] == ["config.port_security"]


def test_of_two_mailboxes_with_one_account_the_second_says_so(fleet):
    script = Script(same={"m1": "m0"})
    told = fleet.run([declaration(n) for n in range(2)], script).result
    assert (told["results"]["m1"]["status"], told["results"]["m1"]["reason"]) == ("inconclusive", None)
    assert told["results"]["m1"]["failures"][0]["category"] == "run.same_account"
    assert "smtp.from" in told["results"]["m1"]["msg"]
    assert (told["run"]["auth_breaker"], list(script.judgements)) == ([], ["m0"])


@pytest.mark.parametrize("state", [State.PRESENT, State.VERIFIED])
def test_the_last_known_verdict_carries_a_temporary_error(fleet, state):
    raws = [declaration(0)]
    assert fleet.run(raws, Script({"m0": passing}), state=state).failed
    fleet.run(raws, state=state)
    carried = fleet.run(raws, Script({"m0": passing}), state=state)
    assert not carried.failed
    assert carried.result["run"]["by_last_known"] == ["m0"]
    old = Policy(last_known_max_age=-1)
    assert fleet.run(raws, Script({"m0": passing}), state=state, policy=old).failed


def test_verified_registers_nothing(fleet):
    outcome = fleet.run([declaration(0)], state=State.VERIFIED)
    assert (outcome.result["changed"], fleet.registered()) == (False, [])


def test_no_mailboxes_fail(fleet):
    outcome = fleet.run([])
    assert outcome.failed
    assert "no mailboxes" in outcome.result["policy"]["reasons"][0]


def test_an_interrupted_run_keeps_what_was_finished(fleet):
    script = Script()

    def stopping():
        return len(script.probed) > 2

    raws = [declaration(n) for n in range(6)]
    outcome = fleet.run(raws, script, stopping=stopping, fleet="eu")
    told = outcome.result
    finished = sorted(told["results"])
    assert 0 < len(finished) < 6
    assert (told["run"]["interrupted"], told["run"]["unfinished"]) == (True, 6 - len(finished))
    assert outcome.failed
    assert script.stops
    assert fleet.registered() == finished
    again = rebuild(
        FleetRequest(state=State.PRESENT, registry_path=fleet.path, journal=f"{fleet.path}.eu.fleet.jsonl"),
        lambda _member: None,
    ).result
    assert again["results"] == told["results"]
    assert again["counts"] == told["counts"]
    assert again["summary"] == told["summary"]
    assert again["run"]["unfinished"] == told["run"]["unfinished"]
    # By its name, reports know the fleet again.
    assert again["run"]["fleet"] == told["run"]["fleet"] == "eu"


def test_a_run_that_is_interrupted_at_its_end_does_not_pass(fleet):
    script = Script()
    outcome = fleet.run([declaration(0), declaration(1)], script, stopping=lambda: len(script.judgements) > 1)
    assert outcome.result["counts"]["verified"] == 2
    assert outcome.result["run"]["interrupted"]
    assert "The run was interrupted" in outcome.result["policy"]["reasons"][0]


def test_a_rebuilt_run_passes_no_more_than_it_did(fleet):
    forgiving = Policy(max_failures=5)
    asked = {"state": State.VERIFIED, "policy": forgiving}
    again = FleetRequest(registry_path=fleet.path, journal=f"{fleet.path}.fleet.jsonl", **asked)
    fleet.run([declaration(0)], unread=["The inventory source x.yml does not exist."], **asked)
    assert rebuild(again, {}.get).result["policy"]["reasons"] == ["The inventory source x.yml does not exist."]
    fleet.run([declaration(0), {"email": "bad"}], isolate=False, **asked)
    told = rebuild(again, {}.get).result
    assert told["run"]["refused"]
    assert not told["policy"]["passed"]


def test_a_rebuilt_run_changes_nothing(fleet):
    assert fleet.run([declaration(0)]).result["changed"]
    again = FleetRequest(state=State.PRESENT, registry_path=fleet.path, journal=f"{fleet.path}.fleet.jsonl")
    told = rebuild(again, {}.get).result
    assert (told["changed"], told["counts"]["changed"], told["results"]["m0"]["changed"]) == (False, 1, True)


def test_prune_removes_and_an_interrupted_run_does_not(fleet):
    raws = [declaration(n) for n in range(12)]
    fleet.run(raws, fleet="eu")
    fleet.run(raws[:11], fleet="eu", prune=True, stopping=lambda: True)
    assert len(fleet.registered()) == 12
    predicted = fleet.run(raws[:11], fleet="eu", prune=True, check_mode=True).result
    assert (predicted["pruned"], predicted["changed"], len(fleet.registered())) == (["m11"], True, 12)
    assert fleet.run(raws[:11], fleet="eu", prune=True).result["pruned"] == ["m11"]
    assert len(fleet.registered()) == 11


def test_a_refused_prune_sends_nothing(fleet):
    fleet.run([declaration(n) for n in range(12)], fleet="eu")
    with pytest.raises(FleetRefused, match="would go"):
        fleet.run([declaration(0)], fleet="eu", prune=True)
    with pytest.raises(FleetRefused, match="invalid"):
        fleet.run([declaration(0), {"email": "x"}], fleet="eu", prune=True, prune_max=100.0)
    assert fleet.script.probed == []


def test_a_registry_that_cannot_be_written_stops_before_any_packet(fleet):
    Path(fleet.path).parent.mkdir(parents=True)
    Path(fleet.path).mkdir()
    outcome = fleet.run([declaration(0)])
    assert fleet.script.probed == []
    assert outcome.result["results"]["m0"]["failures"][0]["category"] == "register.failed"


def test_each_mailbox_may_have_a_registry_of_its_own(fleet, tmp_path):
    other = str(tmp_path / "other.sqlite")
    fleet.run([declaration(0), declaration(1, registry={"path": other})])
    with SqliteRegistry(other, False) as registry:
        assert [entry.id for entry in registry.list()] == ["m1"]
    assert fleet.registered() == ["m0"]


@pytest.mark.parametrize("bad", [refused, passing])
def test_a_failing_run_of_5000_can_be_printed(fleet, bad):
    """The result of a failed task is printed whole, with every line of it indented."""
    import yaml

    raws = [declaration(n) for n in range(5000)]
    answers = {f"m{n}": bad for n in range(0, 5000, 2)}
    outcome = fleet.run(raws, Script(answers), state=State.VERIFIED, check_mode=True)
    assert outcome.failed
    told = outcome.result
    assert len(told["results"]) + told["results_left_out"] == 5000
    assert len(json.dumps(told["results"])) <= PRINTED + 10_000
    assert "failures" in told["results"]["m0"]
    assert len(yaml.safe_dump(told, indent=4)) + 2 * len(told["msg"]) < 200_000
    assert len(told["msg"]) < 10_000


def test_a_fault_of_our_own_in_a_probe_is_one_mailboxs_inconclusive_verdict(fleet):
    class Broken(Script):
        def run(self, jobs):
            for done in super().run(jobs):
                if done is not None and done.job.id == "m1":
                    done = Done(done.job, {}, fault=ZeroDivisionError("hunter2"))
                yield done

    outcome = fleet.run([declaration(n) for n in range(3)], Broken())
    told = outcome.result["results"]
    assert {name: one["status"] for name, one in told.items()} == {
        "m0": "verified", "m1": "inconclusive", "m2": "verified",
    }  # fmt: skip
    assert told["m1"]["failures"][0]["category"] == "client.bug"
    assert "ZeroDivisionError" in told["m1"]["msg"]
    assert "hunter2" not in json.dumps(told)
    assert fleet.registered() == ["m0", "m2"]


def test_a_server_that_refused_everybody_is_not_tried_by_the_others_in_the_next_run(fleet):
    """Its breaker had opened; otherwise every run would try some more passwords there."""
    declared = [declaration(n) for n in range(6)]
    fleet.run(declared[:3], Script({f"m{n}": refused for n in range(3)}))
    fleet.run(declared)
    assert fleet.script.remembered == ({"smtp.acme.example": 3, "imap.acme.example": 3}, set())


def test_a_server_where_some_mailbox_works_is_not_held_by_old_refusals(fleet):
    declared = [declaration(n) for n in range(6)]
    fleet.run(declared, Script({f"m{n}": refused for n in range(3)}))
    fleet.run(declared)
    assert fleet.script.remembered[1] == {"smtp.acme.example", "imap.acme.example"}
    assert fleet.script.probed == ["m3", "m4", "m5"]


def test_where_partial_mailboxes_were_refused_nothing_worked(fleet):
    """Their other half works somewhere else; each run would try some more passwords."""

    def smtp_refused():
        return {SMTP: refused()[SMTP], IMAP: seen(IMAP)}

    own = {"host": "smtp.acme.example", "port": 465, "secret": {"password": "another-Horse+43"}}
    declared = [declaration(n, smtp=own) for n in range(6)]
    fleet.run(declared[:3], Script({f"m{n}": smtp_refused for n in range(3)}), allow_partial=True)
    fleet.run(declared, allow_partial=True)
    assert fleet.script.remembered == ({"smtp.acme.example": 3}, {"imap.acme.example"})


def test_a_login_that_was_not_tried_is_no_refusal_for_the_breaker(fleet):
    def dead_imap():
        return {SMTP: seen(SMTP), IMAP: replied(IMAP, Stage.GREETING, b"* BYE no")}

    fleet.run([declaration(0)], Script({"m0": dead_imap}))
    assert fleet.script.judgements["m0"] == (set(), set())


def test_what_this_machine_lacks_is_no_sign_of_a_dead_server(fleet):
    def crowded():
        attempts = (AddressAttempt("192.0.2.1", AddressResult.UNREACHABLE, 1.0, "Too many open files", "EMFILE"),)
        fault = Fault(FaultKind.CONNECT, detail={"attempts": attempts})
        return {SMTP: seen(SMTP, Stage.CONNECT, fault), IMAP: seen(IMAP, Stage.CONNECT, fault)}

    outcome = fleet.run([declaration(0)], Script({"m0": crowded}))
    assert outcome.result["results"]["m0"]["status"] == "inconclusive"
    assert "ulimit -n" in outcome.result["results"]["m0"]["msg"]
    assert fleet.script.judgements == {}


def test_full_detail_is_the_whole_contract(fleet):
    told = fleet.run([declaration(0)], full=True).result["results"]["m0"]
    assert {"contract", "smtp", "imap", "stages", "registration", "timing", "msg"} <= set(told)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"secret": {"vault": {"path": "a", "field": "b"}}}, False),
        ({"secret": {"vault": {"path": "a", "field": "b"}, "password": None}}, False),
        ({"secret": {"vault": None, "password": "x"}}, True),
        ({"secret": None, "smtp": {"secret": "x"}}, True),
        ({"secret": {"password": "x"}}, True),
        ({"secret": {"pasword": "x"}}, True),
        ({"secret": "x"}, True),
        ({"smtp": {"secret": {"password": "x"}}}, True),
        ({"secret": None}, False),
        ({"secret": None, "smtp": {"secret": {"password": "x"}}}, True),
        ({"secret": None, "imap": {"secret": None}}, False),
        ("text", False),
    ],
)
def test_inline_secrets_are_noticed_wherever_they_stand(raw, found):
    assert inline_secret(copy.deepcopy(raw)) is found
