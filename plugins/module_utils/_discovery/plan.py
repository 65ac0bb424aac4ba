# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Settings as YAML to paste below ``mailboxes:`` of an inventory; only the secret is left to add."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .._models.address import mail_address
from .._models.names import Protocol
from .._providers import table
from .._providers.model import Credential
from .._providers.preparation import steps
from .candidate import Candidate, Settings
from .lookup import UNANSWERED

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@+-]*")
_YAML_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_NOT_A_KEY = re.compile(r"[^A-Za-z0-9_.-]")
_SECRETS = {
    Credential.APP_PASSWORD: "an app password",
    Credential.PASSWORD: "the password of the account",
    Credential.OAUTH2: "OAuth2, no password",
}
_FIELDS = {Credential.APP_PASSWORD: "app_password"}
RESERVED = frozenset({"all", "ungrouped", "localhost", "127.0.0.1", "mailboxes", "mailboxes_invalid"})
"""What the inventory refuses as the id of a mailbox, because Ansible uses it."""


def plan(found: Mapping[str, Settings]) -> str:
    """Return the entries of all these addresses, below ``mailboxes:``."""
    keys = _keys(tuple(found))
    entries = [entry(email, settings, keys[email]) for email, settings in found.items()]
    return "mailboxes:\n" + "".join(f"  {line}\n" if line else "\n" for text in entries for line in text.splitlines())


def entry(email: str, settings: Settings, key: str = "") -> str:
    """Return the entry of one address: a mapping of its key, with comments that say where each part comes from."""
    email = mail_address(email)
    return "\n".join(_lines(email, settings, key or _keys((email,))[email])) + "\n"


def _keys(emails: tuple[str, ...]) -> dict[str, str]:
    """Return short names of hosts: the local part, with the domain where two addresses would share it."""
    short = {email: _NOT_A_KEY.sub("_", email.rpartition("@")[0]) for email in emails}
    taken = list(short.values())
    return {
        email: key
        if taken.count(key) == 1 and key.lower() not in RESERVED
        else f"{key}.{_NOT_A_KEY.sub('_', email.rpartition('@')[2])}"
        for email, key in short.items()
    }


def _lines(email: str, settings: Settings, key: str) -> Iterator[str]:
    chosen = settings.chosen
    if not chosen:
        why = "nothing was found, so that hosts have to be written by hand"
        if any(one.id in UNANSWERED for one in settings.findings):
            why = (
                "its servers could not be looked up; run again when name servers answer, or write the hosts by yourself"
            )
        yield _comment(f"{email}: {why}.")
        yield from _remarks(settings)
        return
    yield f"{_scalar(key)}:"
    yield f"  email: {_scalar(email)}"
    yield from (f"  {line}" for line in _credential(settings, key))
    missing = [protocol for protocol in Protocol if protocol not in chosen]
    if missing:
        reason = (
            "the domain says that it has none" if missing[0] in settings.not_offered else "nothing was found for it"
        )
        used = ", ".join(protocol.value for protocol in chosen)
        yield f"  protocols: [{used}]  # without {missing[0].value}: {reason}"
    for protocol in Protocol:
        if protocol in chosen:
            yield from (f"  {line}" for line in _service(email, chosen[protocol]))
    yield from (f"  {line}" for line in _remarks(settings))


def _service(email: str, candidate: Candidate) -> Iterator[str]:
    yield _comment(f"{candidate.source}; trust: {candidate.trust.value}")
    yield from (_comment(f"note: {note}") for note in candidate.notes)
    yield f"{candidate.protocol.value}:"
    yield f"  host: {_scalar(candidate.host)}"
    yield f"  port: {candidate.port}"
    yield f"  security: {candidate.security.value}"
    login = candidate.login_of(email)
    if login != email:
        yield f"  username: {_scalar(login)}"


def _credential(settings: Settings, key: str) -> Iterator[str]:
    known = table.by_name(settings.provider) if settings.provider else None
    if known is None:
        yield _comment(f"secret: {{vault: {{path: mail/{key}, field: password}}}}")
        return
    kinds = known.variant.credentials
    wanted = " or ".join(_SECRETS[kind] for kind in kinds)
    yield _comment(f"{known.variant.title} (provider: {known.variant.name}) takes {wanted}.")
    if Credential.APP_PASSWORD in kinds and known.provider.app_password_page:
        yield _comment(f"App passwords are made at {known.provider.app_password_page}")
    for step in steps(known):
        yield _comment(f"{step.by.value}: {step.text}")
    if set(kinds) == {Credential.OAUTH2}:
        page = f"docs/providers.md#{known.provider.identity}"
        yield _comment(f"This version logs in with passwords alone. Whether one can work here is told in {page}.")
        return
    field = next((_FIELDS[kind] for kind in kinds if kind in _FIELDS), "password")
    yield _comment(f"secret: {{vault: {{path: mail/{key}, field: {field}}}}}")


def _remarks(settings: Settings) -> Iterator[str]:
    yield from (_comment(f"{finding.text} [{finding.id}]") for finding in settings.findings)


def _comment(text: str) -> str:
    """Return a comment of one line, whatever strangers said."""
    return "# " + "".join(sign if sign.isprintable() else " " for sign in text)


def _scalar(text: str) -> str:
    """Return a text so that YAML reads it back as a text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in ('"', "\\"):
        return f"\\{sign}"
    return sign if " " <= sign <= "~" else f"\\U{ord(sign):08x}"
