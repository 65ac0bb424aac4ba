# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""One dialogue on one socket: carries out what the flow asks for, or tells it why not.

Theory of operation: :meth:`Connection._advance` runs the flow until it asks for something that takes time. From then on
exactly one of ``_wait`` states holds, and an event (bytes, an address, a timer) ends it. Every stage has a share of
the mailbox's time; bytes do not prolong it, so a peer that sends one byte a second gains nothing.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any

from .._models.names import Stage
from .._probe.actions import (
    Connect,
    ConnectFailed,
    Expect,
    Interruption,
    LimitExceeded,
    Mark,
    PeerClosed,
    Resolve,
    ResolveFailed,
    Secret,
    SecretInTheClear,
    Send,
    StartTls,
    TimedOut,
    TlsFailed,
)
from .._probe.evidence import AddressAttempt, TlsFault
from .._probe.guard import why_not
from .channel import TlsChannel
from .connect import Race
from .loop import Loop, Timer
from .resolver import Answer, Resolver
from .tls import TlsSettings

if TYPE_CHECKING:
    from .._probe.dialogue import Dialogue

SHARE = 0.35
"""The part of a mailbox's time that one stage may take; a login may be slow on purpose, so it gets more."""
LOGIN_SHARE = 0.5
_READ_SIZE = 65536
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class _Wait(Enum):
    NOTHING = "nothing"
    ADDRESSES = "addresses"
    CONNECTION = "connection"
    HANDSHAKE = "handshake"
    FRAME = "frame"


class Connection:
    """Runs one dialogue. ``on_done()`` is called once, when its evidence is complete and the socket is closed."""

    def __init__(
        self,
        loop: Loop,
        dialogue: Dialogue,
        *,
        resolver: Resolver,
        tls_settings: TlsSettings,
        timeout: float,
        deadline: float,
        on_done: Callable[[], None],
        on_fault: Callable[[Exception], None] | None = None,
    ) -> None:
        """``timeout`` (seconds) is the whole that shares are taken of; ``deadline`` is the loop's clock at the end.

        A programming fault goes to ``on_fault``, so that it ends this dialogue and not the loop that carries others.
        """
        self.dialogue = dialogue
        self._loop = loop
        self._resolver = resolver
        self._tls_settings = tls_settings
        self._timeout = timeout
        self._deadline = deadline
        self._on_done = on_done
        self._on_fault = on_fault
        self._flow = dialogue.run()
        self._framer = dialogue.framer
        self._trace = dialogue.evidence.trace
        self._wait = _Wait.NOTHING
        self._race: Race | None = None
        self._sock: socket.socket | None = None
        self._writing = False
        self._unsent = bytearray()
        self._tls: TlsChannel | None = None
        self._closed_by_peer: PeerClosed | None = None
        self._too_much: LimitExceeded | None = None
        self._stage_started = 0.0
        self._due = deadline
        self._stage_due = deadline
        self._timer: Timer | None = None
        self.heard_at = 0.0
        """The loop's clock when the peer last gave a sign of life: a connection, or bytes."""

    def start(self) -> None:
        """Begin. The first actions are carried out at once."""
        self._stage_started = self.heard_at = self._loop.clock()
        self._guard(lambda: self._advance(None))

    def abort(self) -> None:
        """Close at once and tell nobody; the evidence stays as far as it came."""
        self._on_done = _nobody
        try:
            self._flow.close()
        finally:
            self._finish()

    def _guard(self, step: Callable[[], None]) -> None:
        """Take a step that the loop called for."""
        try:
            step()
        except Exception as error:
            if self._on_fault is None:
                raise
            self._on_fault(error)

    # The flow

    def _advance(self, answer: Any, error: Interruption | None = None) -> None:
        self._wait = _Wait.NOTHING
        while True:
            if self._trace is not None:
                self._trace.answered(self._loop.clock(), answer, error)
            try:
                action = self._flow.throw(error) if error is not None else self._flow.send(answer)
            except StopIteration:
                if self._trace is not None:
                    self._trace.ended(self._loop.clock(), self._framer.pending)
                self._finish()
                return
            if self._trace is not None:
                self._trace.asked(self._loop.clock(), action)
            answer, error = None, None
            try:
                if isinstance(action, Mark):
                    answer = self._mark(action.stage)
                elif isinstance(action, Send):
                    self._send(action)
                elif isinstance(action, Expect):
                    answer = self._framer.next_frame()
                    if answer is None:
                        self._await_frame(action)
                        return
                elif isinstance(action, Resolve):
                    answer = self._resolve(action)
                    if answer is None:
                        return
                else:
                    self._begin(action)
                    return
            except Interruption as interruption:
                error = interruption

    def _mark(self, stage: Stage) -> float:
        now = self._loop.clock()
        self._stage_started = now
        share = LOGIN_SHARE if stage is Stage.AUTH else SHARE
        self._stage_due = min(self._deadline, now + share * self._timeout)
        return now

    def _begin(self, action: Any) -> None:
        """Start what takes time. Raises :class:`Interruption` where it can't even start."""
        if self._loop.clock() >= self._stage_due:
            raise self._late()
        if isinstance(action, Connect):
            self._hold(_Wait.CONNECTION, self._stage_due)
            self._race = Race(self._loop, action.addresses, action.port, self._connected, guard=self._guard)
            self._race.start()
        elif isinstance(action, StartTls):
            self._hold(_Wait.HANDSHAKE, self._stage_due)
            self._start_tls()

    def _hold(self, wait: _Wait, due: float) -> None:
        self._wait = wait
        self._due = due
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._timer_rang)
        elif due < self._timer.when:
            self._timer.cancel()
            self._timer = self._loop.call_at(due, self._timer_rang)

    def _timer_rang(self) -> None:
        self._guard(self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._wait is _Wait.NOTHING:
            return
        if self._loop.clock() < self._due:
            self._timer = self._loop.call_at(self._due, self._timer_rang)
            return
        if self._wait is _Wait.ADDRESSES:
            self._advance(None, ResolveFailed("timeout", f"No answer to the look-up within {self._waited():.1f} s."))
        elif self._wait is _Wait.CONNECTION and self._race is not None:
            self._race.expire()
        elif self._wait is _Wait.HANDSHAKE:
            reason = f"the server did not finish the handshake within {self._waited():.1f} s"
            self._advance(None, TlsFailed(TlsFault(reason=reason, peer_bytes=self._heard(), timed_out=True)))
        else:
            self._advance(None, self._late())

    def _late(self) -> TimedOut:
        whole = self._loop.clock() >= self._deadline
        return TimedOut(self._waited(), whole=whole, leftover=self._framer.pending)

    def _waited(self) -> float:
        return self._loop.clock() - self._stage_started

    def _finish(self) -> None:
        self._wait = _Wait.NOTHING
        if self._timer is not None:
            self._timer.cancel()
        if self._race is not None:
            self._race.abandon()
        if self._sock is not None:
            self._loop.unwatch(self._sock)
            self._sock.close()
            self._sock = None
        self._on_done()
        # Whoever was told holds this connection in turn: without the circle its memory is free at once.
        self._on_done = _nobody
        self._on_fault = None

    # Reaching the endpoint

    def _resolve(self, action: Resolve) -> tuple[str, ...] | None:
        answer = self._resolver.resolve(self._loop, action.host, self._resolved)
        if answer is None:
            self._hold(_Wait.ADDRESSES, self._stage_due)
        elif isinstance(answer, ResolveFailed):
            raise ResolveFailed(answer.kind, answer.text)
        return answer

    def _resolved(self, answer: Answer) -> None:
        self._guard(lambda: self._take_answer(answer))

    def _take_answer(self, answer: Answer) -> None:
        if self._wait is not _Wait.ADDRESSES:
            return
        if isinstance(answer, ResolveFailed):
            self._advance(None, ResolveFailed(answer.kind, answer.text))
        else:
            self._advance(answer)

    def _connected(self, sock: socket.socket | None, attempts: tuple[AddressAttempt, ...]) -> None:
        self._race = None
        if sock is None:
            self._advance(None, ConnectFailed(attempts))
            return
        self._sock = sock
        self.heard_at = self._loop.clock()
        self.dialogue.local_address = sock.getsockname()[0]
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop.rewatch(sock, selectors.EVENT_READ, self._ready)
        self._advance(attempts)

    # Bytes

    def _ready(self, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._flush()
            if events & selectors.EVENT_READ and self._sock is not None:
                self._read()
        except Exception as error:
            if self._on_fault is None:
                raise
            self._on_fault(error)

    def _read(self) -> None:
        if self._sock is None:
            return
        try:
            data = self._sock.recv(_READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            self._peer_closed(reset=True)
            return
        if not data:
            self._peer_closed(reset=False)
            return
        self.heard_at = self._loop.clock()
        try:
            if self._tls is None:
                self._framer.feed(data)
            elif not self._take_tls(self._tls, data):
                return
        except LimitExceeded as exceeded:
            # What came whole before it is still heard, so that the fault meets the stage it belongs to.
            self._too_much = exceeded
        except Interruption as interruption:
            self._interrupt(interruption)
            return
        self._try_frame()

    def _try_frame(self) -> None:
        if self._wait is not _Wait.FRAME:
            return
        try:
            frame = self._framer.next_frame()
        except Interruption as interruption:
            self._interrupt(interruption)
            return
        if frame is not None:
            self._advance(frame)
        elif self._too_much is not None:
            self._advance(None, self._too_much)
        elif self._closed_by_peer is not None:
            self._advance(None, self._closing())

    def _interrupt(self, interruption: Interruption) -> None:
        if self._wait is not _Wait.NOTHING:
            self._advance(None, interruption)

    def _await_frame(self, action: Expect) -> None:
        if self._too_much is not None:
            raise self._too_much
        if self._closed_by_peer is not None:
            raise self._closing()
        due = self._stage_due
        now = self._loop.clock()
        if action.within is not None:
            due = min(due, now + action.within)
        if now >= due:
            raise self._late()
        self._hold(_Wait.FRAME, due)

    def _peer_closed(self, *, reset: bool) -> None:
        if self._sock is not None:
            self._loop.unwatch(self._sock)
        self._closed_by_peer = PeerClosed(reset=reset)
        if self._wait is _Wait.HANDSHAKE:
            self._advance(None, PeerClosed(reset=reset, leftover=self._heard()))
        else:
            self._try_frame()

    def _closing(self) -> PeerClosed:
        reset = self._closed_by_peer is not None and self._closed_by_peer.reset
        return PeerClosed(reset=reset, leftover=self._framer.pending)

    def _send(self, action: Send) -> None:
        has_secret = any(isinstance(part, Secret) for part in action.parts)
        shaken = self._tls is not None and self._tls.established
        if has_secret and (why := why_not(self.dialogue.target, tls=shaken)) is not None:
            raise SecretInTheClear(f"a credential was about to leave, but {why}")
        octets = b"".join(part.octets if isinstance(part, Secret) else part for part in action.parts)
        if self._tls is not None:
            octets = self._tls.encrypt(octets)
        self._write(octets)

    def _write(self, octets: bytes) -> None:
        self._unsent += octets
        self._flush()

    def _flush(self) -> None:
        if self._sock is None or self._closed_by_peer is not None:
            return
        try:
            while self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            # What the peer said before it went away may still be read; reading tells of the end.
            self._unsent.clear()
        wanted = bool(self._unsent)
        if wanted is not self._writing:
            self._writing = wanted
            events = selectors.EVENT_READ | selectors.EVENT_WRITE if wanted else selectors.EVENT_READ
            self._loop.rewatch(self._sock, events, self._ready)

    # TLS

    def _start_tls(self) -> None:
        self._tls = TlsChannel(self._tls_settings, self.dialogue.target.tls)
        if self._shake(self._tls):
            raise RuntimeError("a handshake cannot end before the peer spoke")

    def _shake(self, channel: TlsChannel) -> bool:
        """Go on with the handshake; return True when it is done. Raises :class:`TlsFailed`."""
        try:
            return channel.shake()
        finally:
            self._write(channel.outgoing())

    def _take_tls(self, channel: TlsChannel, data: bytes) -> bool:
        """Take encrypted bytes; return False when there is nothing for the framer's reader to do."""
        channel.take(data)
        if not channel.established:
            if not self._shake(channel):
                return False
            self._acknowledge_quickly()
            self._advance(channel.facts())
        for plain in channel.read():
            self._framer.feed(plain)
        if channel.closed is not None:
            self._closed_by_peer = channel.closed
        if answer := channel.outgoing():
            self._write(answer)
        return True

    def _heard(self) -> bytes:
        """Return the first octets that came since the handshake began."""
        return self._tls.peer_bytes if self._tls is not None else b""

    def _acknowledge_quickly(self) -> None:
        """Save the 40 ms that a server with Nagle's algorithm waits for our delayed ACK before it greets."""
        if _QUICKACK is not None and self._sock is not None:
            self._sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


def _nobody() -> None:
    """Told instead of whoever waits no more."""
