# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the bench that compare times over rounds. Each returns its lines of the table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import benchlab
import clients
import dovecot
from clients import ENGINE, GO, NODE, NODE_TRIMMED, ONE_PROCESS, SHELL
from figures import Line
from fleets import Ansible, Fleets
from lab import Lab
from measure import Case, Round, disturbed_in, measure, median, rounds
from relay import Relay

DEFAULT_SERIES = "2.19"
DELAY = 0.1
SHELL_MAILBOXES = 50
SHELL_AT_ONCE = 16
CONNECTION_MAILBOXES = 100
SETTINGS = {"internal_poll_interval": "0.01", "inject_facts_as_vars": "false"}
"""What docs/fleet.md says of ansible.cfg for fleets of thousands."""


@dataclass
class Bench:
    """What every part works with. ``done`` keeps the rounds by part, for JSON."""

    lab: Lab
    given: argparse.Namespace
    ansibles: dict[str, Ansible]
    fleets: Fleets
    done: dict[str, list[Round]] = field(default_factory=dict)

    @property
    def servers(self) -> list[int]:
        """The processes whose CPU is the servers'."""
        return benchlab.server_pids(self.lab)

    @property
    def default_ansible(self) -> Ansible:
        """The version of ansible-core that figures are for where only one is measured."""
        return self.ansibles.get(DEFAULT_SERIES) or next(iter(self.ansibles.values()))

    def job(self, count: int | None = None, in_flight: int | None = None, **more: Any) -> dict[str, Any]:
        """Return the job of a client that needs no Ansible."""
        users = dovecot.BENCH_USERS[: count or self.given.mailboxes]
        return clients.job_for(self.lab, users, in_flight or self.given.in_flight, **more)

    def mailboxes(self, count: int | None = None) -> dict[str, Any]:
        """Return declarations with inline passwords."""
        users = dovecot.BENCH_USERS[: count or self.given.mailboxes]
        return {name_of(user): {"email": user, "secret": {"password": dovecot.PASSWORD}} for user in users}

    def play(self, name: str, ansible: Ansible, mailboxes: Mapping[str, Any], tasks: Any, **more: Any) -> Case:
        """Return a case of a play over mailboxes of the lab."""
        defaults = {**benchlab.endpoints(self.lab), "probe": {"timeout": 60}, **more.pop("defaults", {})}
        return self.fleets.case(name, ansible, mailboxes, tasks, defaults=defaults, **more)

    def rounds(self, part: str, cases: list[Case], count: int | None = None) -> list[Round]:
        """Measure the cases in rounds and keep the figures."""
        done = self.done[part] = rounds(cases, self.servers, count or self.given.rounds)
        return done

    def note(self, done: list[Round]) -> str:
        """Say how many of the rounds were disturbed."""
        count = disturbed_in(done)
        return f"({count} of {len(done)} rounds disturbed)" if count else ""


def name_of(user: str) -> str:
    """Return the name of a user's inventory host."""
    return user.partition("@")[0]


def wall(name: str) -> Callable[[Round], float]:
    """Return the figure: the wall time of a case."""
    return lambda entry: entry[name].wall


def ratio(name: str, to: str, figure: str = "wall") -> Callable[[Round], float]:
    """Return the figure: a case by another one in the same round."""
    return lambda entry: getattr(entry[name], figure) / getattr(entry[to], figure)


def more(name: str, *less: str) -> Callable[[Round], float]:
    """Return the figure: the wall time of a case beyond that of others in the same round."""
    return lambda entry: entry[name].wall - sum(entry[other].wall for other in less)


def engine_part(bench: Bench) -> list[Line]:
    """The engine alone, beside Go and Node."""
    given = bench.given
    job = bench.job(keep_evidence=given.keep_evidence)
    cases = [clients.go(job), clients.engine(job), clients.engine(job, ONE_PROCESS, helper=False)]
    cases += [clients.node(job), clients.node(job, trimmed=True)]
    if given.warm_up:
        for case in cases:
            measure(case, bench.servers)
    done = bench.rounds("engine", cases)
    lines = []
    for case in cases:
        name, judged = case.name, case.name == ENGINE
        took, used = median(done, wall(name)), median(done, lambda entry, name=name: entry[name].cpu)
        by_go, cpu_by_go = median(done, ratio(name, GO)), median(done, ratio(name, GO, "cpu"))
        note = f"{median(done, lambda entry, name=name: entry[name].rss):.0f} MiB {bench.note(done)}".strip()
        lines.append(Line("engine", f"{name}: wall", took, "s", by_go, "x Go", 1.35 if judged else None, note=note))
        lines.append(Line("engine", f"{name}: CPU", used, "s", cpu_by_go, "x Go", 2.0 if judged else None))
        if judged:
            lines.append(Line("engine", f"{name}: wall", took, "s", median(done, ratio(name, NODE)), "x Node", 0.5))
            by_trimmed = median(done, ratio(name, NODE_TRIMMED))
            lines.append(Line("engine", f"{name}: wall", took, "s", by_trimmed, "x Node, trimmed"))
    return lines


def _one_by_one(
    part: str, done: list[Round], single: str, together: str, short: str, count: int, note: str
) -> list[Line]:
    """What does all mailboxes together, and what begins anew for each, with what one of these takes."""
    each = 1000 * median(done, wall(single)) / count
    return [
        Line(part, f"{together}: {count} mailboxes", median(done, wall(together)), "s"),
        Line(
            part,
            f"{single}: {count} mailboxes",
            median(done, wall(single)),
            "s",
            median(done, ratio(single, together)),
            f"x {short}",
            note=f"{each:.0f} ms each {note}".strip(),
        ),
    ]


def shell_part(bench: Bench) -> list[Line]:
    """Processes for every mailbox."""
    count = min(SHELL_MAILBOXES, bench.given.mailboxes)
    few = bench.job(count, min(SHELL_AT_ONCE, bench.given.in_flight))
    done = bench.rounds("shell", [clients.engine(few), clients.shell(few)])
    return _one_by_one("shell", done, SHELL, ENGINE, "engine", count, bench.note(done))


def _engines(bench: Bench) -> dict[str, Case]:
    """Return the engine by itself for each version of ansible-core, on the Python of that version.

    Python 3.10 takes a tenth longer for it than 3.11 and newer do, and that is nothing Ansible adds.
    """
    job = bench.job()
    return {
        series: clients.engine(job, name=f"{ENGINE}, Python of {series}", python=ansible.python)
        for series, ansible in bench.ansibles.items()
    }


def _engine_lines(part: str, engines: Mapping[str, Case], done: list[Round], note: str) -> list[Line]:
    return [Line(part, engine.name, median(done, wall(engine.name)), "s", note=note) for engine in engines.values()]


def fleet_part(bench: Bench) -> list[Line]:
    """``mailbox_fleet`` from the shell's prompt to its end."""

    def tasks(registry: Path) -> list[dict[str, Any]]:
        return [bench.fleets.fleet_task(registry)]

    def play(ansible: Ansible, mailboxes: Mapping[str, Any], how: str = "", **options: Any) -> Case:
        name = f"mailbox_fleet, {ansible.series}{how}"
        return bench.play(name, ansible, mailboxes, tasks, verified=len(mailboxes), **options)

    engines, inline = _engines(bench), bench.mailboxes()
    # Each case with the engine that it is compared with.
    cases = [(play(ansible, inline), engines[series].name) for series, ansible in bench.ansibles.items()]
    ansible = bench.default_ansible
    engine = engines[ansible.series].name
    cases.append((play(ansible, inline, ", ansible.cfg", settings=SETTINGS), engine))
    if bench.lab.vault is not None:
        mailboxes = bench.mailboxes()
        for declared in mailboxes.values():
            path = f"mail/{name_of(declared['email'])}"
            bench.lab.vault.put(path, {"app_password": dovecot.PASSWORD})
            declared["secret"] = {"vault": {"path": path, "field": "app_password"}}
        cases.append((play(ansible, mailboxes, ", from Vault"), engine))
        # As docs/vault.md has it for thousands of mailboxes.
        bare = {"VAULT_TOKEN": bench.lab.vault.token("mail", bare=True)}
        how = ", from Vault, ansible.cfg, bare token"
        cases.append((play(ansible, mailboxes, how, settings=SETTINGS, variables=bare), engine))
    if bench.given.warm_up:
        for case in (*engines.values(), *(play(ansible, bench.mailboxes(1)) for ansible in bench.ansibles.values())):
            measure(case, bench.servers)
    done = bench.rounds("fleet", [*engines.values(), *(case for case, _alone in cases)])
    lines = _engine_lines("fleet", engines, done, bench.note(done))
    for case, alone in cases:
        beyond = median(done, more(case.name, alone))
        lines.append(Line("fleet", case.name, median(done, wall(case.name)), "s", beyond, "s beyond engine", 3.0))
    return lines


def verdict_part(bench: Bench) -> list[Line]:
    """Every mailbox a host with a verdict, against the same hosts with a ``debug`` task."""
    fleets = bench.fleets

    def floor(_registry: Path) -> list[dict[str, Any]]:
        return [{"name": "Say something", "ansible.builtin.debug": {"msg": "{{ inventory_hostname }}"}}]

    def tasks(registry: Path) -> list[dict[str, Any]]:
        verdict = {"name": "Take the verdict", "mailops.mailbox.mailbox_verdict": {"from": "fleet"}}
        return [fleets.fleet_task(registry, fail="never"), verdict]

    def pair(ansible: Ansible, count: int) -> list[Case]:
        mailboxes = bench.mailboxes(count)
        return [
            bench.play(f"debug, {ansible.series}", ansible, mailboxes, floor),
            bench.play(f"verdicts, {ansible.series}", ansible, mailboxes, tasks, verified=count),
        ]

    engines = _engines(bench)
    if bench.given.warm_up:
        for case in (*engines.values(), *(case for ansible in bench.ansibles.values() for case in pair(ansible, 1))):
            measure(case, bench.servers)
    cases = [case for ansible in bench.ansibles.values() for case in pair(ansible, bench.given.mailboxes)]
    done = bench.rounds("verdict", [*engines.values(), *cases])
    lines = _engine_lines("verdict", engines, done, bench.note(done))
    for series, engine in engines.items():
        floor_name, name = f"debug, {series}", f"verdicts, {series}"
        beyond = median(done, more(name, floor_name, engine.name))
        lines.append(Line("verdict", floor_name, median(done, wall(floor_name)), "s"))
        unit = "s beyond debug and engine"
        lines.append(Line("verdict", name, median(done, wall(name)), "s", beyond, unit, 6.0))
    return lines


def connection_part(bench: Bench) -> list[Line]:
    """``mailbox_connection`` for every host: a module start for each mailbox."""
    count = min(CONNECTION_MAILBOXES, bench.given.mailboxes)
    ansible, mailboxes = bench.default_ansible, bench.mailboxes(count)
    single, fleet = f"mailbox_connection, {ansible.series}", f"mailbox_fleet, {ansible.series}"

    def tasks(registry: Path) -> list[dict[str, Any]]:
        options = {"mailbox": "{{ mailbox }}", "state": "verified", "registry": {"path": str(registry)}}
        return [{"name": "Verify", "mailops.mailbox.mailbox_connection": options}]

    cases = [
        bench.play(fleet, ansible, mailboxes, lambda registry: [bench.fleets.fleet_task(registry)], verified=count),
        bench.play(single, ansible, mailboxes, tasks),
    ]
    done = bench.rounds("connection", cases)
    return _one_by_one("connection", done, single, fleet, "fleet", count, bench.note(done))


def relay_part(bench: Bench) -> list[Line]:
    """One mailbox after the other over a line with a delay, where only round trips count."""
    count = min(5, bench.given.mailboxes)
    ports = bench.lab.postfix.ports["submissions"], bench.lab.dovecot.ports["imaps"]
    with Relay("127.0.0.1", ports[0], DELAY) as smtp, Relay("127.0.0.1", ports[1], DELAY) as imap:
        job = bench.job(count, 1, smtp_port=smtp.port, imap_port=imap.port)
        nodes = [clients.node(job), clients.node(job, trimmed=True)]
        done = bench.rounds("relay", [clients.engine(job), *nodes, clients.go(job)], 1)
    lines = []
    for name in (ENGINE, NODE, NODE_TRIMMED, GO):
        each = median(done, lambda entry, name=name: entry[name].facts["each"])
        by_node = median(done, lambda entry, name=name: entry[name].facts["each"] / entry[NODE].facts["each"])
        limit = 0.5 if name == ENGINE else None
        note = "median of five probes" if name == ENGINE else ""
        what = f"{name}: one mailbox, {DELAY * 1000:g} ms each way"
        lines.append(Line("relay", what, each, "s", by_node, "x Node", limit, note=note))
    return lines
