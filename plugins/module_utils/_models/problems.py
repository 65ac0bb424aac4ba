# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What is wrong with a declaration, told at once, by key path, and never with the value, which may be the secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (``smtp.port``, ``imap.folders[2]``; empty for the whole), what, what to do.

    ``incomplete`` marks what another key would mend, which may still come from elsewhere, such as group variables.
    """

    path: str
    text: str
    fix: str = ""
    incomplete: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.text} {self.fix}".rstrip()


class DeclarationError(Exception):
    """A declaration can't be used; ``problems`` holds everything that is wrong with it, in the order of the keys."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        head = f"The declaration of this mailbox has {count} problem{'' if count == 1 else 's'}."
        super().__init__("\n".join([head, *(f"- {problem}" for problem in self.problems)]))


_PATH_NOTE = "It is read on the machine that runs the probe."
_HOST_ONLY = "Write the host name alone; the port has an option of its own."

FAULTS: dict[str, tuple[str, str]] = {
    "empty": ("must not be empty.", "Give a value or leave the key out."),
    "blank_ends": ("must not begin or end with a blank.", "Remove the blank."),
    "invisible": (
        "holds a character that can't be seen, such as a tab, a no-break space or a space without width.",
        "Type it anew: such characters come along when a text is copied.",
    ),
    "line_break": (
        "holds a line break or a NUL character, which would end a command on the wire.",
        "Remove it; in YAML a block scalar (|) adds a line end, (|-) does not.",
    ),
    "not_text": ("must be text.", "Put quotes around it: YAML reads unquoted digits, dates and yes/no as other types."),
    "not_unicode": ("holds characters that are not valid Unicode.", "Save the file as UTF-8."),
    "not_number": ("must be a whole number.", "Write it in digits alone, as in 1000."),
    "not_boolean": ("must be true or false.", "Write true or false without quotes."),
    "not_list": ("must be a list.", "Write it as a YAML list, one item a line after a dash."),
    "not_scalar": ("must be a value or a list, not a mapping.", "Remove the keys below it."),
    "not_mapping": ("must be a mapping of keys to values.", "Write its keys indented below it."),
    "secret_mapping": (
        "must be a mapping with exactly one of vault and password.",
        "Write the source below it, such as vault: {path: ..., field: ...}.",
    ),
    "secret_sources": (
        "needs exactly one source: vault or password.",
        "Keep one of the two; vault is the one that leaves no password in files.",
    ),
    "missing": ("is required.", "Add it."),
    "host_url": ("is a URL or a path, not a host name.", _HOST_ONLY),
    "host_port": ("holds a port as well as a host.", _HOST_ONLY),
    "host_address": ("is a mail address, not a host name.", "Write the server's name, such as smtp.example.com."),
    "host_name": (
        "is not a valid host name.",
        "Use letters, digits, hyphens and dots (each label at most 63 characters, all together 253).",
    ),
    "host_number": ("ends in a number, but is not an IP address.", "Write a full IP address or a host name."),
    "idna_ambiguous": (
        "holds a letter that two standards turn into different host names.",
        "Write the name in its ASCII form (xn--...).",
    ),
    "address": ("is not a mail address.", "Write local-part@domain, such as sales@example.com."),
    "address_display": ("must be the bare address.", "Leave out the display name and the angle brackets."),
    "address_long": (
        "is too long for a mail address.",
        "The part before the @ has at most 64 octets, the whole address 254.",
    ),
    "ip_address": ("is not an IP address.", "Write single addresses; networks and names don't go here."),
    "selector": ("is not a DKIM selector.", "Write only what stands before ._domainkey."),
    "ehlo": (
        "is neither a domain name nor an address literal.",
        "Write a full domain name, or an address in brackets such as [192.0.2.1] or [IPv6:2001:db8::1].",
    ),
    "file": ("names a file that can't be read.", f"Check the path and its permissions. {_PATH_NOTE}"),
    "home": (
        "begins with the home folder of a user who is not known on this machine.",
        "Correct the name, or write the whole path.",
    ),
    "mechanism_alone": (
        "names auto or none beside other mechanisms.",
        "Use auto or none alone, or list plain and login.",
    ),
    "check_id": ("is not the id of a check.", "Use an id as the warnings show it, such as config.port_security."),
    "check_required": (
        "can't be turned off: it tells that a protection is off.",
        "Remove the id from the list.",
    ),
    "url_path": ("must be the path alone, without a scheme or an empty part.", "Write it like mail/sales01."),
}

_BY_TYPE = {
    "missing": "missing",
    "string_type": "not_text",
    "string_unicode": "not_unicode",
    "string_too_short": "empty",
    "too_short": "empty",
    "int_type": "not_number",
    "int_parsing": "not_number",
    "int_parsing_size": "not_number",
    "int_from_float": "not_number",
    "float_type": "not_number",
    "float_parsing": "not_number",
    "finite_number": "not_number",
    "bool_type": "not_boolean",
    "bool_parsing": "not_boolean",
    "tuple_type": "not_list",
    "list_type": "not_list",
    "model_type": "not_mapping",
    "model_attributes_type": "not_mapping",
    "dict_type": "not_mapping",
}

_BOUNDS = re.compile(r"(greater than or equal to|less than or equal to|greater than|less than) (-?[0-9.]+)")
_BOUND_WORDS = {
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "more than",
    "less than": "less than",
}


def fault(path: str, code: str) -> Problem:
    """Return the problem that a fault id stands for."""
    text, fix = FAULTS.get(code, ("is not valid.", "See the documentation of this key."))
    return Problem(path, text, fix, incomplete=code == "missing")


def from_pydantic(path: str, kind: str, message: str) -> Problem:
    """Return a pydantic error as a plain sentence; only its type and the numbers of a bound are used."""
    if kind == "value_error":
        return fault(path, message.removeprefix("Value error, "))
    if kind in _BY_TYPE:
        code = _BY_TYPE[kind]
        if code == "not_mapping" and path.rpartition(".")[2] == "secret":
            code = "secret_mapping"
        return fault(path, code)
    bound = _BOUNDS.search(message)
    if bound and kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return Problem(path, f"must be {_BOUND_WORDS[bound[1]]} {bound[2]}.", "Choose a number within the limits.")
    if kind == "string_too_long":
        return Problem(path, "is too long.", "Shorten it.")
    if kind in ("enum", "literal_error"):
        # pydantic lists what it expects, which comes from the model and not from the input.
        return Problem(path, "is not one of the choices.", _choices(message))
    return fault(path, kind)


def _choices(message: str) -> str:
    names = re.findall(r"'([^']*)'", message)
    hint = " What other programs call SSL is tls here." if "starttls" in names else ""
    return f"Use {either(names)}.{hint}"


def either(names: Sequence[str]) -> str:
    """Return names as ``a, b or c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"


def path_of(location: Iterable[Any]) -> str:
    """Return a location as people write it: ``imap.folders[2]``."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else str(step)
    return path


# Keys that other programs use for the same thing; the first target that exists, from the section outwards, is named.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "account": ("id",),
    "address": ("email",),
    "mail": ("email",),
    "label": ("name",),
    "display_name": ("name",),
    "user": ("username",),
    "login": ("username",),
    "user_name": ("username",),
    "hostname": ("host", "smtp.host"),
    "server": ("host", "smtp.host"),
    "host": ("smtp.host",),
    "port": ("smtp.port",),
    "security": ("smtp.security",),
    "ssl": ("security", "smtp.security"),
    "secure": ("security", "smtp.security"),
    "encryption": ("security", "smtp.security"),
    "starttls": ("security", "smtp.security"),
    "use_tls": ("security", "smtp.security"),
    "use_ssl": ("security", "smtp.security"),
    "pass": ("password", "secret.password"),
    "passwd": ("password", "secret.password"),
    "password": ("secret.password",),
    "app_password": ("password", "secret.password"),
    "vault": ("secret.vault",),
    "folder": ("mailbox", "imap.mailbox"),
    "inbox": ("mailbox", "imap.mailbox"),
    "mailbox": ("imap.mailbox",),
    "sent": ("sent_folder", "imap.sent_folder"),
    "sent_mail_path": ("sent_folder", "imap.sent_folder"),
    "helo": ("ehlo", "smtp.ehlo"),
    "sender": ("from", "smtp.from"),
    "senders": ("from", "smtp.from"),
    "from_address": ("from", "smtp.from"),
    "to": ("recipient", "smtp.recipient"),
    "rcpt": ("recipient", "smtp.recipient"),
    "mount_point": ("mount",),
    "engine_mount_point": ("mount",),
    "key": ("field", "client_key"),
    "cafile": ("ca", "tls.ca"),
    "ca_path": ("ca", "tls.ca"),
    "ca_cert": ("ca", "tls.ca"),
    "cacert": ("ca", "tls.ca"),
    "ca": ("tls.ca",),
    "verify": ("tls.verify",),
    "verify_ssl": ("verify", "tls.verify"),
    "validate_certs": ("verify", "tls.verify"),
    "reject_unauthorized": ("verify", "tls.verify"),
    "sni": ("server_name", "tls.server_name"),
    "servername": ("server_name", "tls.server_name"),
    "cert": ("client_cert", "tls.client_cert"),
    "mechanism": ("mechanisms", "auth.mechanisms"),
    "mechanisms": ("auth.mechanisms", "smtp.auth.mechanisms"),
    "limit": ("daily_limit",),
    "labels": ("tags",),
    "groups": ("tags",),
    "incoming": ("imap",),
    "outgoing": ("smtp",),
}

_UNSUPPORTED: dict[str, str] = {
    "oauth2": "It logs in with passwords and app passwords alone; take one from Vault, or declare it as password.",
    "proxy": "Servers are reached directly; run the probe on a machine that can reach them.",
    "round_trip": "probe.depth: message sends a message; look for it in the folder.",
}
"""What users know from elsewhere, and this version does not do."""

_SHOWABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")


def unknown_key(section: str, key: object, known: Sequence[str], paths: frozenset[str], *, show: bool) -> Problem:
    """Return the problem of a key that does not exist, naming the nearest right one.

    ``known`` are the keys of the section, ``paths`` all key paths of a declaration. The key itself is shown only where
    it can hardly be a value in the wrong place: ``show`` is off for keys without a value and inside of secrets.
    """
    if not isinstance(key, str) or not _SHOWABLE.fullmatch(key):
        return _nameless(section, known)
    path = f"{section}.{key}" if section else key
    if key in _UNSUPPORTED:
        return Problem(path, "is not supported in this version.", _UNSUPPORTED[key])
    near = _nearest(section, key, known, paths)
    if near is None and not show:
        return _nameless(section, known)
    if near is not None:
        return Problem(path, "is not a known key.", f"Did you mean {near}?")
    return Problem(path, "is not a known key.", f"Known here are {', '.join(known)}.")


def _nameless(section: str, known: Sequence[str]) -> Problem:
    return Problem(section, "holds a key that is not known.", f"Known here are {', '.join(known)}.")


def _nearest(section: str, key: str, known: Sequence[str], paths: frozenset[str]) -> str | None:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_")
    steps = section.split(".") if section else []
    # First in this section, then in those around it.
    prefixes = ["".join(f"{step}." for step in steps[:count]) for count in range(len(steps), -1, -1)]
    for prefix in prefixes:
        for target in (plain, *_SYNONYMS.get(plain, ())):
            if prefix + target in paths:
                return prefix + target
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.7)
    if near:
        return prefixes[0] + near[0]
    elsewhere = [path for path in paths if path.rpartition(".")[2] == plain]
    return elsewhere[0] if len(elsewhere) == 1 else None
