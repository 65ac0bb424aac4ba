# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the bench needs of the lab beyond what tests need: more destinations, more users, servers that say nothing."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import dovecot
import pki
from lab import Lab
from procs import free_port, wait_for

DESTINATIONS = [f"127.0.1.{number}" for number in range(1, 11)]
"""Addresses at which the lab's servers also listen, where :func:`destinations` named them before the lab was made."""
LONE = "127.0.1.11"
"""One more address, at which nobody listens."""


def destinations(more: Sequence[str] = ()) -> None:
    """Let a lab that is made afterwards listen at one address and ``more``, all with the good certificate.

    With another certificate at another address each login process of Dovecot asks for its configuration.
    """
    pki.ADDRESSES.clear()
    pki.ADDRESSES.update(dict.fromkeys([pki.GOOD_ADDRESS, *more], "good"))


def users(lab: Lab, count: int) -> list[str]:
    """Return as many users as wanted, and have Dovecot know those beyond the lab's own.

    Postfix does not know them as recipients; they can log in and send.
    """
    known = [*dovecot.BENCH_USERS, *(f"v{number:05}@{dovecot.DOMAIN}" for number in range(count))][:count]
    if not set(known) <= lab.dovecot.passwords.keys():
        lab.dovecot.passwords.update(dict.fromkeys(known, dovecot.PASSWORD))
        lab.dovecot.set_password(known[-1], dovecot.PASSWORD)
    return known


def endpoints(lab: Lab, address: str = pki.GOOD_ADDRESS) -> dict[str, Any]:
    """Return what all mailboxes of the lab at one address have in common."""
    return {
        "tls": {"ca": str(lab.pki.ca)},
        "smtp": {"host": address, "port": lab.postfix.ports["submissions"], "security": "tls"},
        "imap": {"host": address, "port": lab.dovecot.ports["imaps"], "security": "tls"},
    }


@contextlib.contextmanager
def silent(addresses: Sequence[str]) -> Iterator[int]:
    """Yield a port at which these addresses take connections and never say a word: nobody asks for them."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        for address in addresses:
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(4096)
        yield port


@contextlib.contextmanager
def dead(address: str) -> Iterator[int]:
    """Yield a port at which an address does not even answer: its queue is full, so the kernel drops what comes."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, 0))
        listener.listen(0)
        place = listener.getsockname()

        def full() -> bool:
            trial = stack.enter_context(socket.socket())
            trial.settimeout(0.3)
            try:
                trial.connect(place)
            except TimeoutError:
                return True
            return False

        wait_for(full, "a queue of connections being full")
        yield int(place[1])


def server_pids(lab: Lab) -> list[int]:
    """Return the processes at the head of the lab's servers."""
    children = (lab.dovecot.child, lab.postfix.child, lab.vault.child if lab.vault is not None else None)
    return [child.pid for child in children if child is not None]
