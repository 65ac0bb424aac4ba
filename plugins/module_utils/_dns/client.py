# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Questions to DNS: each asked once within a client's life, answered in time whatever the servers do."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence

from .answer import Answer, Outcome
from .exchange import Exchange, Server
from .names import canonical
from .reading import KINDS

AT_ONCE = 16
"""Threads that one client has at most, unless it is made with another number."""

ROUNDS = 3
"""How often a silent server is asked."""

_MISSING = "The Python library dnspython is not installed for this Python, and questions to DNS need it."


def missing_dnspython() -> str | None:
    """Return why dnspython can't be used here, or None when it can."""
    try:
        import dns.resolver  # noqa: F401
    except ImportError:
        return _MISSING
    return None


class DnsClient:
    """Asks recursive name servers. Thread-safe.

    What was answered is kept, failures too, and a question that is under way is not asked a second time. Only an answer
    that a caller's early deadline cut short is forgotten.
    """

    def __init__(
        self, *, nameservers: Sequence[str] = (), port: int = 53, timeout: float = 2.0, at_once: int = AT_ONCE
    ) -> None:
        """Ask ``nameservers`` (addresses) at ``port``, or the system's; ``timeout`` is seconds for each try.

        ``at_once`` is how many threads there may be. Where several domains are asked about side by side, there should
        be enough of them for all: questions that nobody answers keep theirs until their deadline.
        """
        self.system = not nameservers
        """Whether the system's own resolvers are asked."""
        self._given = tuple(Server(address, port) for address in nameservers)
        self._timeout = timeout
        self._at_once = at_once
        self._lock = threading.Lock()
        self._servers: tuple[Server, ...] | None = None
        self._answers: dict[tuple[str, str], Answer] = {}
        self._flights: dict[tuple[str, str], threading.Event] = {}
        self._queue: deque[_Task] = deque()
        self._workers = 0

    @property
    def able(self) -> bool:
        """Whether there is a name server to ask."""
        return bool(self._nameservers())

    @property
    def validating(self) -> bool:
        """Whether every name server is on this machine, so that its AD bit can be believed (RFC 4035 §4.9.3)."""
        servers = self._nameservers()
        return bool(servers) and all(_is_loopback(server.address) for server in servers)

    def ask(self, name: str, kind: str, deadline: float) -> Answer:
        """Return what DNS says by ``deadline`` (:func:`time.monotonic`). ``kind`` is one of KINDS, else ValueError."""
        _check(kind)
        if missing_dnspython():
            return Answer(name, kind, Outcome.SERVFAIL, detail=_MISSING)
        try:
            text = canonical(name)
        except ValueError as error:
            return Answer(name, kind, Outcome.BAD_NAME, detail=str(error))
        key = (text, kind)
        while True:
            with self._lock:
                if key in self._answers:
                    return self._answers[key]
                flight = self._flights.get(key)
                if flight is None:
                    flight = self._flights[key] = threading.Event()
                    break
            if not flight.wait(max(0.0, deadline - time.monotonic())):
                return _late(text, kind)
        answer, lasting = _late(text, kind), False
        try:
            answer, lasting = self._ask(text, kind, deadline)
        finally:
            with self._lock:
                del self._flights[key]
                if lasting:
                    self._answers[key] = answer
            flight.set()
        return answer

    def ask_all(self, questions: Iterable[tuple[str, str]], deadline: float) -> dict[tuple[str, str], Answer]:
        """Ask side by side; return an answer for every question, keyed by the question as it was given."""
        questions = tuple(questions)
        for _name, kind in questions:
            _check(kind)
        tasks = {question: _Task(question, deadline) for question in questions}
        with self._lock:
            self._queue.extend(tasks.values())
            wanted = min(self._at_once, self._workers + len(tasks)) - self._workers
            self._workers += wanted
        for started in range(wanted):
            try:
                threading.Thread(target=self._work, name="dns", daemon=True).start()
            except RuntimeError:  # No more threads: go on with those that there are, or with this one.
                with self._lock:
                    self._workers -= wanted - started
                    alone = self._workers == 0
                    self._workers += alone
                if alone:
                    self._work()
                break
        for task in tasks.values():
            # What ends in time is heard, even where the last moment was spent on it.
            task.done.wait(max(0.0, deadline - time.monotonic()) + 0.2)
        return {question: task.answer or _late(*question) for question, task in tasks.items()}

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._workers -= 1
                    return
                task = self._queue.popleft()
            try:
                task.answer = self.ask(*task.question, task.deadline)
            finally:
                task.done.set()

    def _ask(self, name: str, kind: str, deadline: float) -> tuple[Answer, bool]:
        """Return the answer, and whether it says something about DNS and not about the deadline only."""
        servers = self._nameservers()
        if not servers:
            return Answer(name, kind, Outcome.SERVFAIL, detail="This machine has no name server configured."), True
        exchange = Exchange(name, kind, validating=self.validating)
        waiting = list(servers)
        worst: Answer | None = None
        lasting = False
        for _unused in range(ROUNDS):
            for server in tuple(waiting):
                left = deadline - time.monotonic()
                if left <= 0:
                    return worst or _late(name, kind), lasting
                answer = exchange.ask(server, min(self._timeout, left))
                if answer.outcome.definite:
                    return answer, True
                if answer.outcome is not Outcome.TIMEOUT:
                    waiting.remove(server)
                if worst is None or worst.outcome is Outcome.TIMEOUT:
                    worst = answer
                lasting = lasting or answer.outcome is not Outcome.TIMEOUT or left >= self._timeout
            if not waiting:
                break
        return worst or _late(name, kind), lasting

    def _nameservers(self) -> tuple[Server, ...]:
        with self._lock:
            if self._servers is None:
                self._servers = self._given or _system_servers()
            return self._servers


class _Task:
    def __init__(self, question: tuple[str, str], deadline: float) -> None:
        self.question, self.deadline = question, deadline
        self.done = threading.Event()
        self.answer: Answer | None = None


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of record that is asked for here")


def _late(name: str, kind: str) -> Answer:
    return Answer(name, kind, Outcome.TIMEOUT, detail=f"DNS did not answer for {name} ({kind}) in time.")


def _system_servers() -> tuple[Server, ...]:
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        return ()
    try:
        resolver = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError, ValueError):
        return ()
    return tuple(Server(str(server), int(resolver.port)) for server in resolver.nameservers)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
