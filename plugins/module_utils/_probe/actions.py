# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a flow may ask of whoever runs it, and what may come back instead of an answer.

Theory of operation: a flow is a generator. It yields an action; the runner (the socket driver, the player of recorded
bytes, a fuzzer) carries it out and sends the answer back in, or throws an :class:`Interruption`. A flow never touches
a socket, a clock or a secret's plain text outside a :class:`Secret` span.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Union

if TYPE_CHECKING:
    from .._models.names import Stage
    from .evidence import AddressAttempt, TlsFault


@dataclass(frozen=True)
class Secret:
    """A span of bytes that goes to the wire and nowhere else."""

    octets: bytes

    def __repr__(self) -> str:
        return "Secret(********)"


Part = Union[bytes, Secret]


@dataclass(frozen=True)
class Mark:
    """The next stage begins. The answer is the runner's clock, in seconds (float)."""

    stage: Stage


@dataclass(frozen=True)
class Resolve:
    """Find the addresses of the endpoint. The answer is a tuple of address texts, best first."""

    host: str
    port: int


@dataclass(frozen=True)
class Connect:
    """Open TCP to one of the addresses (RFC 8305). The answer is a tuple of :class:`AddressAttempt`."""

    addresses: tuple[str, ...]
    port: int


@dataclass(frozen=True)
class StartTls:
    """Shake hands. The answer is a :class:`TlsFacts`. The framer must be empty (see :class:`Framer`)."""


@dataclass(frozen=True)
class Send:
    """Write all parts at once. The answer is None."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Expect:
    """Read the next frame. The answer is what the flow's framer makes of the bytes."""

    within: float | None = None
    """Seconds to wait at most, where less than the stage's share is wanted (QUIT, LOGOUT)."""


Action = Union[Mark, Resolve, Connect, StartTls, Send, Expect]


class Framer(Protocol):
    """Cuts the byte stream into frames; the only state that bytes from the peer live in before parsing."""

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer. Raises :class:`LimitExceeded` as soon as a limit is passed."""

    def next_frame(self) -> Any | None:
        """Return the next whole frame, or None when more bytes are needed."""

    @property
    def pending(self) -> bytes:
        """Bytes that have arrived and belong to no frame yet handed out (all of them, whole frames too)."""


class Interruption(Exception):
    """Why an action got no answer. Thrown into the flow, which turns it into evidence."""


class ResolveFailed(Interruption):
    """No address. ``text`` is for people.

    ``kind``: nxdomain, no_address, not_found (by the system's word alone), mx_only, servfail, timeout, failed.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class ConnectFailed(Interruption):
    """No address took the connection."""

    def __init__(self, attempts: tuple[AddressAttempt, ...]) -> None:
        super().__init__("no address could be connected")
        self.attempts = attempts


class TlsFailed(Interruption):
    """The handshake failed, or the peer ended TLS with an alert at the first read (RFC 8446 §4.4.2.4)."""

    def __init__(self, fault: TlsFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class TimedOut(Interruption):
    """Nothing complete came within ``seconds``. ``whole`` when the mailbox's deadline, not the stage's share, ended it.

    ``leftover`` is what had arrived of an unfinished frame.
    """

    def __init__(self, seconds: float, *, whole: bool, leftover: bytes = b"") -> None:
        super().__init__(f"no complete answer within {seconds:.1f} s")
        self.seconds = seconds
        self.whole = whole
        self.leftover = leftover


class PeerClosed(Interruption):
    """The peer ended the connection. ``leftover`` is what had arrived of an unfinished frame."""

    def __init__(self, *, reset: bool, leftover: bytes = b"") -> None:
        super().__init__("connection reset by the server" if reset else "connection closed by the server")
        self.reset = reset
        self.leftover = leftover


class LimitExceeded(Interruption):
    """The peer sent more than any sane server does. ``limit`` names which limit; ``head`` is the start of the bytes."""

    def __init__(self, limit: str, allowed: int, head: bytes = b"") -> None:
        super().__init__(f"{limit} over {allowed}")
        self.limit = limit
        self.allowed = allowed
        self.head = head


class Unparsable(Interruption):
    """The peer's bytes are not of the protocol. ``head`` is the start of them."""

    def __init__(self, text: str, head: bytes) -> None:
        super().__init__(text)
        self.text = text
        self.head = head


class SecretInTheClear(Interruption):
    """A flow tried to send a :class:`Secret` where the connection does not allow it: our fault, stopped in time."""


Flow = Generator[Action, Any, None]
