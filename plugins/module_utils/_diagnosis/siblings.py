# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What the host's other usual ports say about a failure before the login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from .._models.failure import Cause, Failure
from .._models.names import AddressResult, Category, Protocol, Security, Stage
from .._probe.evidence import FaultKind, ProtocolEvidence, StageEvidence
from .._probe.redaction import shown
from .context import View, high, low, medium
from .peer import name_peer

_MODES = {Security.TLS: "TLS", Security.STARTTLS: "STARTTLS", Security.NONE: "no TLS"}
_OFTEN_BLOCKED = (25, 465)


class Outcome(str, Enum):
    """What became of a look at one port."""

    ANSWERS = "answers"
    CERTIFICATE = "certificate_not_accepted"
    OTHER_SERVICE = "other_service"
    NO_LOGIN = "no_login"
    NO_TLS = "no_tls"
    TURNED_AWAY = "turned_away"
    REFUSED = "refused"
    SILENT = "silent"
    BROKEN = "broken"


_SAID = {
    Outcome.CERTIFICATE: "shows a certificate that is not accepted",
    Outcome.OTHER_SERVICE: "is another service",
    Outcome.NO_LOGIN: "takes no logins",
    Outcome.NO_TLS: "has no TLS",
    Outcome.TURNED_AWAY: "turns the probe away",
    Outcome.REFUSED: "refuses",
    Outcome.SILENT: "is silent",
    Outcome.BROKEN: "breaks off",
}


def with_siblings(view: View, failure: Failure) -> Failure:
    """Return the failure with what a look at other ports found: as evidence, and as its first cause where it is one."""
    found = view.this.follow_up.get("siblings") or ()
    looks = tuple((seen, outcome_of(seen)) for seen in found)
    if not looks:
        return failure
    evidence = {**failure.evidence, "siblings": [_fact(view, seen, outcome) for seen, outcome in looks]}
    return replace(failure, causes=_causes(view, failure, looks), evidence=evidence)


def outcome_of(seen: ProtocolEvidence) -> Outcome:
    """Say what a look came to. It ends at the login, which it has nothing to send for."""
    stopped = seen.stopped_at
    if stopped is None or stopped.fault is None:
        return Outcome.ANSWERS
    fault = stopped.fault
    if stopped.stage is Stage.AUTH:
        # Which mechanisms a login would find does not matter here.
        return Outcome.NO_LOGIN if fault.detail.get("what") == "auth" else Outcome.ANSWERS
    if fault.kind is FaultKind.CONNECT:
        attempts = [entry.result for entry in fault.detail.get("attempts") or ()]
        return Outcome.REFUSED if AddressResult.REFUSED in attempts else Outcome.SILENT
    if fault.tls is not None and fault.tls.verify_code:
        return Outcome.CERTIFICATE
    if name_peer(_head(stopped)) not in ("", seen.protocol.value.upper()):
        return Outcome.OTHER_SERVICE
    if fault.kind is FaultKind.UNPARSABLE:
        return Outcome.OTHER_SERVICE
    if fault.kind is FaultKind.TIMEOUT or (fault.tls is not None and fault.tls.timed_out):
        return Outcome.SILENT
    if stopped.stage is Stage.STARTTLS or (fault.tls is not None and _head(stopped)):
        return Outcome.NO_TLS
    return Outcome.TURNED_AWAY if fault.kind is FaultKind.REPLY else Outcome.BROKEN


def _head(stopped: StageEvidence) -> bytes:
    fault = stopped.fault
    if fault is None:
        return b""
    return fault.tls.peer_bytes if fault.tls is not None else fault.reply


_Looks = Sequence[tuple[ProtocolEvidence, Outcome]]


def _fact(view: View, seen: ProtocolEvidence, outcome: Outcome) -> dict[str, Any]:
    stopped = seen.stopped_at
    greeting = seen.greeting or (_head(stopped) if stopped is not None and outcome is Outcome.OTHER_SERVICE else b"")
    return {
        "port": seen.port,
        "security": seen.security.value,
        "answers": outcome in (Outcome.ANSWERS, Outcome.CERTIFICATE),
        "result": outcome.value,
        "verified": seen.tls.verified if seen.tls is not None else False,
        "greeting": shown(greeting, view.context.secrets) if greeting else None,
    }


def _causes(view: View, failure: Failure, looks: _Looks) -> tuple[Cause, ...]:
    good = [seen for seen, outcome in looks if outcome is Outcome.ANSWERS]
    odd = [seen for seen, outcome in looks if outcome is Outcome.CERTIFICATE]
    if not good and not odd:
        return (*_nowhere(view, failure, looks), *failure.causes)
    found = [_better(view, good)] if good else [_with_odd_certificate(view, odd[0])]
    if view.stage is not Stage.CONNECT:
        return (*found, *failure.causes)
    # The host is there, so that what would speak against it no longer counts.
    port = view.this.port
    if failure.category is Category.CONNECT_REFUSED:
        closed = medium(f"The host does not serve port {port}.", "Ask the provider, if it has to be that port.")
        return (*found, closed, low("A firewall answers in the server's place.", "Try from another network."))
    kept = tuple(cause for cause in failure.causes if f"port {port}" in cause.cause)
    often = ", as networks often do with it" if view.protocol is Protocol.SMTP and port in _OFTEN_BLOCKED else ""
    way = medium(
        f"A firewall drops port {port}{often}, here or there.",
        f"Leave port {port}, or have it opened for this machine.",
    )
    return (*found, *(kept or (way,)))


def _better(view: View, good: Sequence[ProtocolEvidence]) -> Cause:
    own, first = view.protocol.value, good[0]
    mode = f"{own}.security: {first.security.value}"
    if first.port == view.this.port:
        return high(f"Port {first.port} answers with {_MODES[first.security]}.", f"Declare {mode} and keep the port.")
    also = "".join(f", and so does port {seen.port} with {_MODES[seen.security]}" for seen in good[1:])
    return high(
        f"Port {first.port} with {_MODES[first.security]} answers on the same host{also}.",
        f"Declare {own}.port: {first.port} and {mode}.",
    )


def _with_odd_certificate(view: View, seen: ProtocolEvidence) -> Cause:
    own = view.protocol.value
    stopped = seen.stopped_at
    fault = stopped.fault.tls if stopped is not None and stopped.fault is not None else None
    why = f" ({fault.verify_text})" if fault is not None and fault.verify_text else ""
    return medium(
        f"Port {seen.port} with {_MODES[seen.security]} answers on the same host, but its certificate is not"
        f" accepted{why}.",
        f"Check {own}.host first; with the right one declare {own}.port: {seen.port} and"
        f" {own}.security: {seen.security.value}.",
    )


def _nowhere(view: View, failure: Failure, looks: _Looks) -> tuple[Cause, ...]:
    """Say what it means that no port is of use; nothing where the declared one speaks the protocol after all."""
    if failure.category not in (
        Category.CONNECT_REFUSED,
        Category.CONNECT_TIMEOUT,
        Category.CONNECT_UNREACHABLE,
        Category.CONN_TIMEOUT,
        Category.PORT_WRONG_PROTOCOL,
    ):
        return ()
    outcomes = {outcome for _seen, outcome in looks}
    each = " and ".join(f"port {seen.port} {_SAID[outcome]}" for seen, outcome in looks)
    own, name = view.protocol.value, view.name
    if outcomes == {Outcome.SILENT} and failure.category is not Category.CONNECT_REFUSED:
        return (
            high(
                f"All usual {name} ports of the host are silent ({each} too), so it is the network or the host, and"
                " not the port.",
                f"Check {own}.host; then try from another network, and have the ports opened.",
            ),
        )
    if outcomes <= {Outcome.REFUSED, Outcome.SILENT, Outcome.OTHER_SERVICE}:
        return (
            high(
                f"The host has no {name} service at the usual ports ({each}).",
                f"Compare {own}.host with the provider's settings page; if it is right, the service is stopped.",
            ),
        )
    return (medium(f"No other usual port of the host is of use either ({each}).", f"Ask the provider of {own}.host."),)
