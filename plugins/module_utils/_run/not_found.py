# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a person is told when the servers of a mailbox could not be found: where was looked, and what to declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .._discovery.candidate import Candidate, Settings, Trust
from .._discovery.lookup import UNANSWERED, Id
from .._models.failure import Cause, Failure
from .._models.mailbox import Mailbox
from .._models.names import Category, Confidence, Protocol, Stage, StageStatus
from .settled import Settled

_ASK_AGAIN = "Check the name servers of the machine that runs the probe, and the way to them; then run again."

_INSTALL = "Install dnspython for the Python that runs the probe (python -m pip install dnspython); then run again."

_SHOWN = 6


def not_found(mailbox: Mailbox, settings: Settings, *, looked_up: bool) -> Failure:
    """Return the failure of a mailbox some of whose services are still without a server."""
    missing = mailbox.without_server
    names = " or ".join(protocol.value.upper() for protocol in missing)
    library = any(one.id == Id.DNS_LIBRARY.value for one in settings.findings)
    unanswered = library or any(one.id in UNANSWERED for one in settings.findings)
    causes = [cause for protocol in missing for cause in _unused(mailbox, protocol, settings)]
    looked_at = _looked_at(mailbox, settings, looked_up=looked_up)
    if unanswered:
        # Whoever reads this at night has a resolver to mend, not a declaration that has worked before.
        causes.append(Cause(looked_at, _INSTALL if library else _ASK_AGAIN, Confidence.HIGH))
        causes.append(Cause("Nobody has to be asked for servers that are declared.", _declare(missing), Confidence.LOW))
    else:
        causes.append(Cause(looked_at, _declare(missing), Confidence.HIGH))
    sentence = f"No {names} server was found for the domain {settings.domain}, and the declaration names none."
    if unanswered and not settings.candidates:
        sentence = f"The servers of {settings.domain} could not be looked up, and the declaration names none."
    return Failure(
        category=Category.CONFIG_SETTINGS,
        stage=Stage.CONFIG,
        status=StageStatus.INCONCLUSIVE if unanswered else StageStatus.FAILED,
        sentence=sentence,
        causes=tuple(causes),
        protocol=missing[0] if len(missing) == 1 else None,
        retryable=unanswered and not library,
        evidence={
            "domain": settings.domain,
            "findings": [{"id": one.id, "text": one.text} for one in settings.findings],
            "candidates": [_told(one) for one in settings.candidates],
        },
    )


def no_login_name(settled: Settled, nameless: Sequence[Protocol]) -> Failure:
    """Return the failure of a mailbox whose servers are known, but not the name under which it logs in there."""
    names = " and ".join(protocol.value.upper() for protocol in nameless)
    where = " and ".join(dict.fromkeys(settled.taken[protocol].host for protocol in nameless))
    keys = " and ".join(f"{protocol.value}.username" for protocol in nameless)
    return Failure(
        category=Category.CONFIG_SETTINGS,
        stage=Stage.CONFIG,
        sentence=f"The login name of {settled.mailbox.email} for {names} is not known, and the declaration names none.",
        causes=(
            Cause(
                f"At {where} an address like this is not what logs in, but another one of the same account.",
                f"Declare {keys if len(nameless) == 1 else 'username'}, as the provider names the account.",
                Confidence.HIGH,
            ),
        ),
        protocol=nameless[0] if len(nameless) == 1 else None,
        evidence={"candidates": [_told(one) for one in settled.taken.values()]},
    )


def _declare(missing: tuple[Protocol, ...]) -> str:
    hosts = " and ".join(f"{protocol.value}.host" for protocol in missing)
    leave = f" If it is not used, leave {missing[0].value} out of protocols." if len(missing) == 1 else ""
    return f"Declare {hosts}, or provider with a name from docs/providers.md.{leave}"


def _unused(mailbox: Mailbox, protocol: Protocol, settings: Settings) -> Iterator[Cause]:
    """Yield what was found and not used, where a person can decide."""
    endpoint = mailbox.endpoint(protocol)
    name = protocol.value
    own = [one for one in settings.candidates if one.protocol is protocol]
    vouched = [one for one in own if one.trust is not Trust.LOW]
    wanted = []
    if endpoint is not None and endpoint.port is not None:
        wanted.append(f"{name}.port")
    if endpoint is not None and endpoint.security.value != "auto":
        wanted.append(f"{name}.security")
    if wanted and vouched:
        keys = " and ".join(wanted)
        yield Cause(
            f"No {name.upper()} server with the declared {keys} is known. Known are {_list(vouched)}.",
            f"Leave {keys} out, or declare {name}.host too.",
            Confidence.HIGH,
        )
    elif vouched:
        why = "; ".join(dict.fromkeys(f"{one.host}: {one.lost}" for one in vouched[:_SHOWN] if one.lost))
        yield Cause(
            f"{_list(vouched)} can't be taken for {name.upper()}. {why}".rstrip(),
            f"If it is right all the same, declare it as {name}.host, with its port and security.",
            Confidence.MEDIUM,
        )
    guessed = [one for one in own if one.trust is Trust.LOW]
    if guessed:
        yield Cause(
            f"A host of a usual name exists, but nobody says that it is the {name.upper()} server of this mailbox, "
            f"so no password is sent there: {_list(guessed)}.",
            f"If one of these is right, declare it as {name}.host.",
            Confidence.MEDIUM,
        )


def _looked_at(mailbox: Mailbox, settings: Settings, *, looked_up: bool) -> str:
    named = mailbox.named_provider
    if named is not None:
        return f"Of the provider {named}, no server is known that fits."
    told = [f"{settings.domain} is no mail domain of a provider that is known."]
    if looked_up:
        if all(one.id != Id.DNS_LIBRARY.value for one in settings.findings):
            told.append("It was looked up in the network.")
        told += [one.text for one in settings.findings if one.id != Id.NOT_FOUND.value]
    else:
        told.append("Looking it up in the network is turned off (discovery.enabled).")
    return " ".join(told)


def _list(candidates: Iterable[Candidate]) -> str:
    ends = list(dict.fromkeys(f"{one.host} port {one.port} ({one.security.value})" for one in candidates))
    return ", ".join(ends[:_SHOWN]) + (" and more" if len(ends) > _SHOWN else "")


def _told(candidate: Candidate) -> dict[str, Any]:
    return {
        "protocol": candidate.protocol.value,
        "host": candidate.host,
        "port": candidate.port,
        "security": candidate.security.value,
        "origin": candidate.origin.value,
        "trust": candidate.trust.value,
        "source": candidate.source,
        "lost": candidate.lost,
    }
