# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""TLS of one connection as octets: what came goes in, what is to be sent comes out. It knows no socket.

MemoryBIO, because a failed handshake over a socket swallows the octets that name the peer.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from .._probe.actions import PeerClosed, TlsFailed
from .._probe.evidence import TlsFacts
from .._probe.plan import TlsPlan
from .tls import TlsSettings, fault_of

_READ_SIZE = 16384
"""The most octets that one record of TLS holds (RFC 8446 §5.1)."""
_PEER_BYTES = 512


class TlsChannel:
    """A client's TLS. Raises :class:`TlsFailed` at once for settings that can't be used."""

    def __init__(self, settings: TlsSettings, plan: TlsPlan) -> None:
        self._settings = settings
        self._plan = plan
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = settings.wrap(plan, self._incoming, self._outgoing)
        self._heard = False
        self.established = False
        """Whether the handshake is done, with the peer verified as the plan asks."""
        self.peer_bytes = b""
        """The first octets that came, up to 512, as they were: they tell what a peer is that does not speak TLS."""
        self.closed: PeerClosed | None = None
        """How the peer ended the stream, where it did."""

    def shake(self) -> bool:
        """Go on with the handshake; return True when it is done. Raises :class:`TlsFailed`."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise TlsFailed(fault_of(error, self.peer_bytes)) from None
        self.established = True
        return True

    def take(self, data: bytes) -> None:
        """Take octets from the peer."""
        if not self._heard and len(self.peer_bytes) < _PEER_BYTES:
            self.peer_bytes += data[: _PEER_BYTES - len(self.peer_bytes)]
        self._incoming.write(data)

    def read(self) -> Iterator[bytes]:
        """Yield what the peer said, as far as it came. Raises :class:`TlsFailed` for an alert instead of any word."""
        # Where nothing waits the answer would be an exception, and cost as one.
        while self.closed is None and (self._incoming.pending or self._tls.pending()):
            try:
                data = self._tls.read(_READ_SIZE)
            except ssl.SSLWantReadError:
                return
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                if not self._heard:
                    raise TlsFailed(fault_of(error, self.peer_bytes)) from None
                self.closed = PeerClosed(reset=True)
                return
            if not data:
                self.closed = PeerClosed(reset=False)
                return
            self._heard = True
            yield data

    def encrypt(self, octets: bytes) -> bytes:
        """Return what to send for ``octets``."""
        self._tls.write(octets)
        return self._outgoing.read()

    def outgoing(self) -> bytes:
        """Return what TLS itself has to send."""
        return self._outgoing.read()

    def facts(self) -> TlsFacts:
        """Describe the finished handshake."""
        return self._settings.facts(self._tls, self._plan)
