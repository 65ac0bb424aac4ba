# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a refusal means: the rule that speaks about the reply, seen in the light of the rest of the run."""

from __future__ import annotations

import re
from dataclasses import replace

from .._models.failure import Cause, Failure
from .._models.names import Category, Confidence, PasswordAtFault, Protocol, Security, Stage, StageStatus
from .context import View, high, low, medium
from .preparation import with_preparation
from .provider import Identity, identify
from .reply import Reply, read
from .rules.model import ANONYMOUS, NO_LOGIN, Rule

_DONE = {
    Stage.GREETING: "The {name} connection",
    Stage.CAPABILITY: "The {name} introduction",
    Stage.STARTTLS: "The {name} switch to TLS",
    Stage.AUTH: "{name} login",
    Stage.SENDER: "The sender {address}",
    Stage.RECIPIENT: "The recipient {address}",
    Stage.MESSAGE: "The message",
    Stage.SESSION: "The first {name} command after the login",
    Stage.LIST: "The list of folders",
    Stage.SELECT: "Opening the folder",
    Stage.SPECIAL_USE: "Looking up the folders' uses",
}

# Categories of a login refusal that leave open whether the password is wrong.
_VAGUE = frozenset({Category.AUTH_CREDENTIALS, Category.AUTH_REFUSED})
_ABOUT_SECRET = _VAGUE | {Category.AUTH_APP_PASSWORD_REQUIRED}
# Refusals that a login accepted by the other protocol puts in another light.
_COMPARED = _ABOUT_SECRET | {Category.AUTH_PROTOCOL_DISABLED, Category.AUTH_ACCOUNT_DISABLED}
_TOKENS = frozenset({"XOAUTH2", "OAUTHBEARER"})
_HASHED = re.compile(r"CRAM-MD5|DIGEST-MD5|SCRAM-", re.IGNORECASE)
_BACKOFF = re.compile(r"Backoff Time:? (\d+)", re.IGNORECASE)


def status_of(rule: Rule, reply: Reply) -> StageStatus:
    """Say whether the refusal is a definite answer. The rule decides, else the class of the reply."""
    if rule.status is not None:
        return rule.status
    return StageStatus.INCONCLUSIVE if reply.transient else StageStatus.FAILED


def refused(view: View) -> Failure:
    """Explain a reply that refuses."""
    # Hundreds of patterns are made ready when the book is loaded, and a fleet that works needs none of them.
    from .rules.book import doubtful, find

    raw = view.fault.reply
    reply = _credible(view, read(raw, view.protocol))
    identity = identify(view.this, raw, view.context.provider)
    # Behind the handshake the stage asks once more what the server can do; that is no refusal of TLS.
    under_tls = view.stage is Stage.STARTTLS and view.this.tls is not None
    stage = Stage.CAPABILITY if under_tls else view.stage
    rule = find(reply, view.protocol, stage, identity)
    if _out_of_turn(view, reply):
        return _no_answer(view, reply, _facts(view, rule, reply, identity))
    unexpected = view.fault.detail.get("unexpected")
    if unexpected and rule.category is not Category.AUTH_TOKEN:
        return view.failure(
            Category.PROTOCOL_VIOLATION,
            f"The {view.name} server answered the login out of turn: {unexpected}.",
            medium(
                "The mechanism is not what the server takes it for.",
                f"Name another one in {view.protocol.value}.auth.mechanisms.",
            ),
            password=PasswordAtFault.UNKNOWN,
            evidence=_facts(view, rule, reply, identity),
        )
    status = status_of(rule, reply)
    address = _address(view)
    subject = _DONE.get(stage, "A command").format(name=view.name, address=address)
    if rule.category is Category.SENDER_NOT_OWNED:
        # Many servers object to the sender only at the recipient or the message.
        subject = f"The sender {view.fault.detail.get('sender') or view.context.email}"
    causes = rule.causes
    if view.this.authenticated:
        causes = tuple(cause for cause in causes if cause.cause != NO_LOGIN)
    if doubtful(rule, reply, view.protocol, stage, identity):
        causes = tuple(
            replace(c, confidence=Confidence.MEDIUM) if c.confidence is Confidence.HIGH else c for c in causes
        )
    senders = _not_taken(view, rule)
    others = [sender for sender in senders if sender != view.fault.detail.get("sender")]
    also = f"; not taken either: {', '.join(others)}" if others else ""
    verb = "was put off" if status is StageStatus.INCONCLUSIVE else "was refused"
    wait = _BACKOFF.search(reply.text)
    failure = view.failure(
        rule.category,
        f"{subject} {verb} because {rule.because}{also}.",
        *causes,
        status=status,
        password=PasswordAtFault.NO if stage in ANONYMOUS else rule.password_at_fault,
        retryable=rule.retryable or status is StageStatus.INCONCLUSIVE,
        retry_after=round(int(wait[1]) / 1000, 1) if wait and len(wait[1]) < 12 else rule.retry_after,
        evidence={**_facts(view, rule, reply, identity), **({"not_taken": senders} if others else {})},
    )
    if view.stage is Stage.AUTH:
        return with_preparation(view, identity, _login(view, failure))
    if failure.category is Category.QUOTA_MAILBOX and view.stage in (Stage.RECIPIENT, Stage.MESSAGE):
        return _own_mailbox_full(view, failure, address)
    if failure.category is Category.RCPT_UNKNOWN and address.lower() == view.context.email.lower():
        return replace(
            failure,
            causes=(
                Cause(
                    "The server does not hold this mailbox: it is not created yet, or lives elsewhere.",
                    "Check the account at the provider, and smtp.host.",
                    failure.causes[0].confidence,
                ),
                *failure.causes,
            ),
        )
    return failure


def _address(view: View) -> str:
    """Return the sender or recipient that the refused command named; empty for a command that names none."""
    fallback = view.context.email if view.stage in (Stage.SENDER, Stage.RECIPIENT) else ""
    return str(view.fault.detail.get("address") or fallback)


def _not_taken(view: View, rule: Rule) -> list[str]:
    """Return all senders that the server did not take: one reply after the other is refused, and one of them told."""
    if view.stage is not Stage.SENDER and rule.category is not Category.SENDER_NOT_OWNED:
        return []
    asked = view.entry.facts.get("addresses") or ()
    return [str(one["sender"]) for one in asked if one["code"] is not None and one["code"] >= 400]


def _credible(view: View, reply: Reply) -> Reply:
    """Take no ALERT from before TLS for the server's word: anybody on the way can write one (RFC 9051 §11.1)."""
    if view.this.tls is not None or view.this.security is Security.NONE:
        return reply
    return replace(reply, response_codes=tuple(code for code in reply.response_codes if code != "ALERT"))


def _out_of_turn(view: View, reply: Reply) -> bool:
    """Whether the reply is no refusal at all but an answer to something else. Logins have their own words for it."""
    if view.stage is Stage.AUTH or view.fault.detail.get("unexpected"):
        return False
    if view.protocol is Protocol.SMTP:
        return reply.code[:1] in ("2", "3")
    return view.fault.reply.startswith(b"+")


def _no_answer(view: View, reply: Reply, facts: dict[str, object]) -> Failure:
    said = reply.code if view.protocol is Protocol.SMTP else "a go-ahead"
    subject = _DONE.get(view.stage, "A command").format(name=view.name, address=_address(view))
    return view.failure(
        Category.PROTOCOL_VIOLATION,
        f"{subject} failed because the server answered out of turn: {said} says neither yes nor no to it.",
        medium("Server and probe lost step: a reply too many or too few came before.", "Set probe.pipelining to off."),
        medium("Something on the way answers in the server's place.", "Compare from another network."),
        evidence=facts,
    )


def _facts(view: View, rule: Rule, reply: Reply, identity: Identity) -> dict[str, object]:
    return {
        "rule": rule.id,
        "provider": identity.provider or None,
        "software": identity.software or None,
        "code": reply.code or None,
        "enhanced": reply.enhanced or None,
        "response_code": next(iter(view.sayable(reply.response_codes[:1])), None),
    }


def _own_mailbox_full(view: View, failure: Failure, address: str) -> Failure:
    if address.lower() != view.context.email.lower():
        return failure
    return replace(
        failure,
        sentence=f"Your own mailbox {address} is full, so it can receive nothing, the probe's recipient test included.",
        causes=(high("The mailbox reached its quota.", "Delete or archive mail, or raise the quota."),),
    )


def _login(view: View, failure: Failure) -> Failure:
    """Weigh a refused login against what the rest of the run knows."""
    if failure.status is not StageStatus.FAILED or failure.category not in _COMPARED:
        return failure
    mechanism = (view.this.mechanism or "").upper()
    if mechanism in _TOKENS:
        return _token(view, failure)
    failure = _other_protocol(view, failure)
    if failure.category not in _ABOUT_SECRET:
        return failure
    extra = _user_name(view, failure)
    if _HASHED.match(mechanism):
        extra.append(
            medium(
                f"The server offers {mechanism}, but the stored password does not serve for it.",
                f"Name PLAIN in {view.protocol.value}.auth.mechanisms (TLS protects it).",
            )
        )
        failure = replace(failure, password_at_fault=PasswordAtFault.UNKNOWN)
    if view.context.secret_kind == "vault" and failure.password_at_fault is not PasswordAtFault.NO:
        extra.append(
            low("Vault holds an older password than the provider.", "Write the current one to Vault as a new version.")
        )
    return replace(failure, causes=_ranked((*extra, *failure.causes)))


def _token(view: View, failure: Failure) -> Failure:
    if failure.category not in _VAGUE:
        return failure
    return replace(
        failure,
        category=Category.AUTH_TOKEN,
        sentence=f"{view.name} login was refused because the access token is not accepted.",
        causes=(
            high(
                "The token expired, or is for another user or service.", "Get a fresh token for exactly this user name."
            ),
            high(
                "The token lacks the scope for this protocol.",
                "Ask for the provider's full mail scope of this protocol.",
            ),
            medium("The protocol is switched off for the account.", "Look in the account's settings."),
        ),
        password_at_fault=PasswordAtFault.UNKNOWN,
    )


def _other_protocol(view: View, failure: Failure) -> Failure:
    """The same secret that was accepted a moment ago by the other protocol is not a wrong one."""
    other = view.context.other(view.this)
    if other is None or not other.authenticated or not other.mechanism or not view.context.same_secret:
        return failure
    theirs = other.protocol.value.upper()
    names = view.context.usernames
    same_user = names.get(view.protocol) == names.get(other.protocol)
    if failure.category is Category.AUTH_APP_PASSWORD_REQUIRED:
        alone = medium(f"The app password was made for {theirs} alone.", f"Create one that covers {view.name} too.")
        return replace(failure, causes=(*failure.causes, alone), password_at_fault=PasswordAtFault.UNKNOWN)
    if failure.category is Category.AUTH_PROTOCOL_DISABLED:
        return replace(failure, password_at_fault=PasswordAtFault.NO)
    switched_off = high(
        f"{view.name} is switched off for this account.",
        f"Do not change the password: {theirs} accepted it in this run. Have {view.name} switched on for the account.",
    )
    if failure.category is Category.AUTH_ACCOUNT_DISABLED:
        found = replace(failure, causes=(switched_off, *failure.causes), password_at_fault=PasswordAtFault.NO)
        if not same_user:
            return found
        why = f"{view.name} is switched off for this user: {theirs} accepted the same login in this run"
        sentence = f"{view.name} login was refused because {why}."
        return replace(found, category=Category.AUTH_PROTOCOL_DISABLED, sentence=sentence)
    causes = [switched_off]
    ruled_out = ["password", "switched off", "access is off"]
    if same_user:
        ruled_out.append("user name")
    else:
        theirs_is = names.get(other.protocol, "the same name")
        causes.insert(
            0,
            high(
                f"The user name differs from the one that {theirs} accepted.",
                f"Declare {theirs_is} as the {view.name} user name too, or check both.",
            ),
        )
    kept = tuple(c for c in failure.causes if not any(word in c.cause.lower() for word in ruled_out))
    return replace(
        failure,
        category=Category.AUTH_REFUSED,
        sentence=f"{view.name} login was refused although {theirs} accepted the same password in this run.",
        causes=(*causes, *kept),
        password_at_fault=PasswordAtFault.NO,
    )


def _user_name(view: View, failure: Failure) -> list[Cause]:
    user = view.context.usernames.get(view.protocol, "")
    provider = failure.evidence.get("provider")
    if provider == "icloud" and view.protocol is Protocol.IMAP:
        if "@" in user:
            return [
                medium(
                    "iCloud wants only the name part as the IMAP user name.",
                    "Declare imap.username without @ and what follows.",
                )
            ]
        return []
    if user and "@" not in user and "\\" not in user:
        return [
            high(
                f'The user name "{user}" is not a full address, as most servers want it.',
                f"Declare {view.protocol.value}.username: {view.context.email}.",
            )
        ]
    return []


def _ranked(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    order = {"high": 0, "medium": 1, "low": 2}
    unique = {cause.cause: cause for cause in reversed(causes)}
    first_seen = [cause for cause in causes if unique.pop(cause.cause, None) is not None]
    return tuple(sorted(first_seen, key=lambda cause: order[cause.confidence.value]))
