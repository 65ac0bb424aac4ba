# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Faults of a connection that stands: silence, an end, too much, nonsense, and what is not offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._models.failure import Cause, Failure
from .._models.names import Category, PasswordAtFault, Protocol, Security, Stage, StageStatus
from .._probe.evidence import FaultKind
from .context import View, high, low, medium, usual_settings
from .peer import implicit_tls, name_peer, wrong_peer

_WAITED_FOR = {
    Stage.DNS: "an answer from DNS",
    Stage.CONNECT: "a connection",
    Stage.TLS: "the TLS handshake",
    Stage.GREETING: "the greeting",
    Stage.CAPABILITY: "what the server can do",
    Stage.STARTTLS: "the switch to TLS",
    Stage.AUTH: "the answer to the login",
    Stage.SENDER: "the answer to the sender",
    Stage.RECIPIENT: "the answer to the recipient",
    Stage.MESSAGE: "the answer to the message",
    Stage.SESSION: "the answer to the first commands after the login",
    Stage.LIST: "the list of folders",
    Stage.SELECT: "the folder to open",
    Stage.SPECIAL_USE: "the folders' uses",
}
_SENT_ONCE = "The password was sent once and is not sent again in this run."


def _after_submission(view: View) -> PasswordAtFault:
    """Say what is known of a password that was sent and never judged."""
    return PasswordAtFault.UNKNOWN if view.stage is Stage.AUTH and view.this.submitted else PasswordAtFault.NO


def final_reply_lost(view: View) -> bool:
    """Whether the message was handed over and only the server's last word is missing."""
    return bool(view.fault.detail.get("after_final_dot") or view.entry.facts.get("after_final_dot"))


def message_unknown(view: View) -> Failure:
    """Explain a message that was handed over without a receipt; it is never sent twice."""
    return view.failure(
        Category.MESSAGE_UNKNOWN,
        "The message was handed over, but the server's last word is missing, so it may or may not be delivered.",
        high(
            "The connection ended before the server confirmed the message.",
            "Look in the recipient's mailbox before sending again.",
        ),
        status=StageStatus.INCONCLUSIVE,
        retryable=False,
    )


def timeout(view: View) -> Failure:
    """Explain silence."""
    if view.this.follow_up.get("implicit_tls") is True and view.stage is Stage.GREETING:
        return implicit_tls(view)
    named = wrong_peer(view, view.fault.reply) if view.stage is Stage.GREETING else None
    if named is not None and name_peer(view.fault.reply) != view.name:
        return named
    seconds = view.fault.detail.get("seconds")
    within = f" within {float(seconds):.0f} s" if isinstance(seconds, (int, float)) else ""
    what = _WAITED_FOR.get(view.stage, "an answer")
    if view.stage in (Stage.DNS, Stage.CONNECT) and not view.fault.detail.get("whole"):
        category = Category.DNS_TIMEOUT if view.stage is Stage.DNS else Category.CONNECT_TIMEOUT
        return view.failure(
            category,
            f"{view.endpoint} could not be reached in time: {what} did not come{within}.",
            high("A firewall drops the packets, or the network is slow.", "Try from another network."),
            status=StageStatus.INCONCLUSIVE,
        )
    facts = {"seconds": seconds, "submitted": view.this.submitted}
    if view.fault.detail.get("whole"):
        return view.failure(
            Category.RUN_DEADLINE,
            f"The time for this mailbox was over while {view.name} waited for {what}.",
            medium("Server or network are slow.", "Raise probe.timeout, or probe fewer mailboxes at the same time."),
            medium("The server stalls this client on purpose.", "Probe later and from another network to compare."),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    causes = [medium("The server is slow or overloaded.", "Probe again later; raise probe.timeout.")]
    if view.stage is Stage.GREETING:
        causes = [
            high(
                "The server waits for TLS, or stalls clients it does not know.",
                f"Declare {usual_settings(view.protocol)}.",
            ),
            medium("A firewall or proxy took the connection in the server's place.", "Try from another network."),
            *causes,
        ]
    elif view.stage is Stage.AUTH and view.this.submitted:
        causes = [
            high("The service behind the login hangs, or slows down wrong logins.", f"{_SENT_ONCE} Probe again later."),
            low("The account is under attack and delayed.", "Look at the provider's security notices."),
        ]
        if view.protocol is Protocol.IMAP:
            off = "IMAP is switched off for the mailbox, and the server lets the login hang instead of saying so."
            causes.append(low(off, "Look whether the settings of the mailbox at the provider allow IMAP."))
    return view.failure(
        Category.CONN_TIMEOUT,
        f"{view.endpoint} went silent: {what} did not come{within}.",
        *causes,
        status=StageStatus.INCONCLUSIVE,
        password=_after_submission(view),
        evidence=facts,
    )


def closed(view: View) -> Failure:
    """Explain a connection that the server ended without a word."""
    if view.stage is Stage.GREETING and view.this.follow_up.get("implicit_tls") is True:
        return implicit_tls(view)
    how = "reset" if view.fault.detail.get("reset") else "closed"
    what = _WAITED_FOR.get(view.stage, "an answer")
    facts = {"reset": bool(view.fault.detail.get("reset")), "submitted": view.this.submitted}
    causes = [
        medium(
            "The server or something on the way cuts the connection.", "Probe again later, and from another network."
        ),
        medium("The server restarts or is overloaded.", "Probe again later."),
    ]
    password = PasswordAtFault.NO
    if view.stage is Stage.GREETING:
        causes = [
            high(
                "The server turns this address away, or has too many connections.", "Probe later, with less at a time."
            ),
            medium("Port and security don't go together.", f"For {view.name} declare {usual_settings(view.protocol)}."),
            *causes[:1],
        ]
    elif view.stage is Stage.AUTH and view.this.submitted:
        password = PasswordAtFault.UNKNOWN
        causes = [
            high(
                "The server ends the connection on logins it does not like.",
                f"{_SENT_ONCE} Check user name and secret.",
            ),
            medium("A guard such as fail2ban bars the address.", "Wait, or have the address taken off its list."),
            *causes[1:],
        ]
    return view.failure(
        Category.CONN_DROPPED,
        f"{view.endpoint} {how} the connection while {view.name} waited for {what}.",
        *causes,
        status=StageStatus.INCONCLUSIVE,
        password=password,
        evidence=facts,
    )


def limit(view: View) -> Failure:
    """Explain a peer that sends more than any mail server does."""
    what = str(view.fault.detail.get("limit", "size"))
    allowed = view.fault.detail.get("allowed")
    named = wrong_peer(view, view.fault.reply) if view.stage is Stage.GREETING else None
    if named is not None and name_peer(view.fault.reply) != view.name:
        return named
    return view.failure(
        Category.PROTOCOL_LIMIT,
        f"{view.endpoint} sent more than a sane {view.name} server does ({what} over {allowed}), so the probe hung up.",
        medium("The peer is no mail server, or a broken one.", f"Check {view.protocol.value}.host and port."),
        low("It is hostile.", "Don't use this server."),
        password=_after_submission(view),
        evidence={"limit": what, "allowed": allowed},
    )


def unparsable(view: View) -> Failure:
    """Explain bytes that are not of the protocol."""
    named = wrong_peer(view, view.fault.reply)
    if named is not None and name_peer(view.fault.reply) != view.name:
        return named
    category = Category.PORT_WRONG_PROTOCOL if view.stage is Stage.GREETING else Category.PROTOCOL_VIOLATION
    if view.stage is Stage.GREETING:
        sentence = f"What answered at {view.endpoint} does not speak {view.name}."
    else:
        sentence = f"{view.endpoint} answered with something that is not {view.name}, after it had begun well."
    return view.failure(
        category,
        sentence,
        high("Host or port belong to another service.", f"For {view.name} declare {usual_settings(view.protocol)}."),
        medium("Something between probe and server changes the bytes.", "Try from another network."),
        password=_after_submission(view),
        evidence={"text": str(view.fault.detail.get("text", ""))},
    )


def missing(view: View) -> Failure:
    """Explain what the server does not offer."""
    what = str(view.fault.detail.get("what", ""))
    offered = view.sayable(view.fault.detail.get("offered") or ())
    listed = f" (it offers {', '.join(offered[:12])})" if offered else ""
    facts = {"what": what, "offered": offered}
    own = view.protocol.value
    clear = view.this.tls is None
    if what == "starttls":
        port = 465 if view.protocol is Protocol.SMTP else 993
        return view.failure(
            Category.TLS_UNAVAILABLE,
            f"{view.endpoint} does not offer STARTTLS, so the {view.name} login was not tried.",
            high(
                "TLS is not configured on this port.", f"Declare port {port} with security tls, if the server has it."
            ),
            medium(
                "Something on the way removes STARTTLS, which is also how passwords get stolen.",
                "Compare from another network before anything else.",
            ),
            evidence=facts,
        )
    if what == "auth":
        tls = high("The server offers logins only under TLS.", f"Declare {usual_settings(view.protocol)}.")
        port25 = high("This port is for mail between servers.", f"Declare {usual_settings(view.protocol)}.")
        return view.failure(
            Category.AUTH_UNAVAILABLE,
            f"{view.endpoint} offers no login.",
            tls if clear else port25,
            medium("The server trusts addresses instead of logins.", f"Declare {own}.auth.mechanisms: [none], if so."),
            evidence=facts,
        )
    if what == "login":
        return view.failure(
            Category.AUTH_PLAINTEXT_REFUSED if clear else Category.AUTH_METHOD_DISABLED,
            f"{view.endpoint} takes no password logins{' without TLS' if clear else ''}{listed}.",
            high("The server wants TLS first.", f"Declare {usual_settings(view.protocol)}.")
            if clear
            else high(
                "The server takes only other ways of logging in, such as OAuth2.",
                "Look up which ones the provider supports.",
            ),
            evidence=facts,
        )
    if what == "smtputf8":
        return view.failure(
            Category.ADDRESS_UTF8,
            "The address has letters beyond ASCII before the @, and the server does not support that (SMTPUTF8).",
            high("The server is older than RFC 6531 or has it switched off.", "Use an address of ASCII letters."),
            evidence=facts,
        )
    return view.failure(
        Category.AUTH_MECHANISM,
        f"{view.endpoint} offers none of the ways of logging in that may be used{listed}.",
        high(
            "The allowed mechanisms and the offered ones don't meet.",
            f"Name one that is offered in {own}.auth.mechanisms.",
        ),
        medium("The provider takes only OAuth2.", "Look up what the provider supports."),
        low("The list changes under TLS.", f"Declare {usual_settings(view.protocol)}."),
        evidence=facts,
    )


def injected(view: View) -> Failure:
    """Explain bytes that were slipped in before TLS (RFC 3207 §6)."""
    return view.failure(
        Category.TLS_INJECTION,
        f"Bytes followed the reply to STARTTLS before TLS began on {view.endpoint}, so the probe hung up.",
        high(
            "Someone on the way injects commands or replies.",
            "Don't log in over this network; compare from another one.",
        ),
        medium("The server has the old fault of reading ahead at STARTTLS.", "Have it updated, or use implicit TLS."),
    )


def preauth(view: View) -> Failure:
    """Explain a session that claims to be logged in before any login (RFC 9051 §7.1.4)."""
    clear = view.this.tls is None and view.this.security is not Security.NONE
    return view.failure(
        Category.TLS_PREAUTH,
        f"{view.endpoint} claims that the session is logged in before any login"
        + (", which rules STARTTLS out." if clear else ", which proves no password."),
        high("Someone on the way keeps the connection from being encrypted.", "Declare port 993 with security tls.")
        if clear
        else high("The server trusts the address of the client.", "Probe from an address the server does not trust."),
        medium("The server is set up to trust this address.", "Administrator: look for pre-authenticated networks."),
    )


def withheld(view: View) -> Failure:
    """Explain a password that was not sent."""
    why = str(view.fault.detail.get("why", "")) or "it was not allowed"
    reason = view.fault.detail.get("reason")
    facts = {"why": why, "reason": reason}
    if reason == "secret_refused_before":
        return view.failure(
            Category.SECRET_REFUSED_BEFORE,
            f"The {view.name} login was not tried, because the same secret was refused before.",
            high(
                "The secret is still the one that was refused.",
                "Declare a new secret, or set force once after a change at the provider.",
            ),
            password=PasswordAtFault.UNKNOWN,
            evidence=facts,
        )
    if reason == "breaker_open":
        return view.failure(
            Category.RUN_AUTH_BREAKER,
            f"The {view.name} login was not tried, because too many logins at this server had failed in this run.",
            high(
                "Something common is wrong at the server or the provider.",
                "Solve the failures of the other mailboxes first.",
            ),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    other = view.context.other(view.this)
    stopped = other.stopped_at if other is not None else None
    refused = stopped is not None and stopped.stage is Stage.AUTH and stopped.fault is not None
    if (
        refused
        and other is not None
        and other.submitted
        and stopped
        and stopped.fault
        and stopped.fault.kind is FaultKind.REPLY
    ):
        return view.failure(
            Category.AUTH_CREDENTIALS_WITHHELD,
            f"The {view.name} login was not tried, because {other.protocol.value.upper()} was just refused.",
            high(
                "One more wrong login could lock the account.", f"Solve the {other.protocol.value.upper()} login first."
            ),
            status=StageStatus.INCONCLUSIVE,
            password=PasswordAtFault.UNKNOWN,
            evidence=facts,
        )
    return view.failure(
        Category.AUTH_CREDENTIALS_WITHHELD,
        f"The password was not sent to {view.endpoint}: {why}.",
        high(
            "Nothing protected the password, or there was none to send.",
            f"Declare {usual_settings(view.protocol)}, and a secret.",
        ),
        evidence=facts,
    )


_LEVELS = ("noselect", "nonexistent")
"""What LIST says of a name that is only there because folders lie below it (RFC 3501 §7.2.2, RFC 5258 §3)."""


def absent(view: View) -> Failure:
    """Explain folders that are not there, or can't be opened; all that one stage asked for, at once."""
    missing = [_without_echoes(view, entry) for entry in view.fault.detail.get("all") or (view.fault.detail,)]
    folders = [str(entry.get("folder", "")) for entry in missing]
    return view.failure(
        Category.MAILBOX_NONEXISTENT,
        " ".join(_absent_sentence(entry) for entry in missing),
        *dict.fromkeys(_absent_cause(entry) for entry in missing),
        low("The folder is there but not visible to this login.", "Check the rights on it."),
        evidence={"folder": folders[0], "folders": folders, "near": _near(missing[0])},
    )


def _without_echoes(view: View, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A server may have made a folder of the password."""
    return {**entry, "near": view.sayable(_near(entry))}


def _near(entry: Mapping[str, Any]) -> list[str]:
    return [str(name) for name in entry.get("near") or ()]


def _absent_sentence(entry: Mapping[str, Any]) -> str:
    folder, near = entry.get("folder", ""), _near(entry)
    nearest = f" The nearest names are: {', '.join(near[:8])}." if near else ""
    if entry.get("why") in _LEVELS:
        return f'"{folder}" only holds other folders and can\'t be opened itself.{nearest}'
    return f'There is no folder "{folder}" in the mailbox.{nearest}'


def _absent_cause(entry: Mapping[str, Any]) -> Cause:
    near = _near(entry)
    if entry.get("why") in _LEVELS:
        inside = f'Declare "{near[0]}", if that is meant.' if near else "Declare a folder below it."
        return high(f'"{entry.get("folder", "")}" is a level of the hierarchy and holds no mail.', inside)
    if near:
        return high("The name differs in spelling, language or prefix.", f'Declare "{near[0]}", if that is meant.')
    return high(
        "The name is wrong, or the folder was never made.", "Compare with the list of folders; create it if needed."
    )
