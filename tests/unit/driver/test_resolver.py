# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look-ups in threads: each host once, so many at once, and a hanging one holds up nobody."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._driver import resolver as resolver_module
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.loop import Loop
from ansible_collections.mailops.mailbox.plugins.module_utils._driver.resolver import AT_ONCE, Answer, Resolver
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import ResolveFailed


class Dns:
    """Answers at once; ``hang`` keeps names waiting until the test is over."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.gate = threading.Event()

    def __call__(self, host: str) -> Answer:
        with self.lock:
            self.asked[host] += 1
            self.now += 1
            self.most = max(self.most, self.now)
        (self.over if host.startswith("hang") else self.gate).wait(10)
        with self.lock:
            self.now -= 1
        return ("127.0.0.1",)


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    made = Dns()
    monkeypatch.setattr(resolver_module, "look_up", made)
    return made


def resolve(resolver: Resolver, loop: Loop, hosts: list[str], found: dict[str, Answer]) -> None:
    for host in hosts:
        answer = resolver.resolve(loop, host, lambda answer, host=host: found.update({host: answer}))  # type: ignore[misc]
        if answer is not None:
            found[host] = answer


def test_each_host_is_asked_once_and_so_many_at_once(dns: Dns) -> None:
    loop, found = Loop(), dict[str, Answer]()
    hosts = [f"h{number}.test" for number in range(200)]
    resolver = Resolver()
    resolve(resolver, loop, [*hosts, *hosts, "127.0.0.7"], found)
    assert found == {"127.0.0.7": ("127.0.0.7",)}
    dns.gate.set()
    loop.run_until(lambda: len(found) == 201)
    resolve(resolver, loop, hosts, found)
    loop.close()
    assert set(dns.asked.values()) == {1}
    assert dns.most <= AT_ONCE


def test_hanging_look_ups_hold_the_others_up_for_a_moment_only(dns: Dns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "PATIENCE", 0.05)
    dns.gate.set()
    loop, found, resolver = Loop(), dict[str, Answer](), Resolver()
    resolve(resolver, loop, [f"hang{number}.test" for number in range(3 * AT_ONCE)], found)
    resolve(resolver, loop, [f"h{number}.test" for number in range(50)], found)
    loop.run_until(lambda: len(found) == 50)
    loop.close()
    dns.over.set()


def test_a_look_up_that_waits_for_its_turn_has_not_begun(dns: Dns) -> None:
    loop, found, resolver = Loop(), dict[str, Answer](), Resolver()
    hosts = [f"h{number}.test" for number in range(AT_ONCE + 1)]
    before = loop.clock()
    resolve(resolver, loop, hosts, found)
    begun = [resolver.begun_at(host) for host in hosts]
    assert begun[-1] is None
    assert all(moment is not None and before <= moment <= loop.clock() for moment in begun[:-1])
    dns.gate.set()
    loop.run_until(lambda: len(found) == len(hosts))
    loop.close()
    assert {resolver.begun_at(host) for host in hosts} == {None}


def test_what_is_found_after_it_was_given_up_is_not_heard(dns: Dns) -> None:
    loop, found, resolver = Loop(), dict[str, Answer](), Resolver()
    resolve(resolver, loop, ["hang.test"], found)
    late = ResolveFailed("timeout", "late")
    resolver.settle("hang.test", late)
    loop.run_until(lambda: bool(found))
    dns.over.set()
    for _turn in range(500):
        if dns.now == 0:
            break
        threading.Event().wait(0.01)
    assert resolver.resolve(loop, "hang.test", lambda answer: None) is late
    assert found == {"hang.test": late}
    loop.close()
