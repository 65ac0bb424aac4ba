# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The columns of a spreadsheet of mailboxes: which key of a declaration each of them stands for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.mailops.mailbox.plugins.module_utils._argspec.mailbox import MAILBOX_OPTIONS


def _leaves(options: Mapping[str, Any], section: str = "") -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name, option in options.items():
        if "options" in option:
            found |= _leaves(option["options"], f"{section}{name}.")
        else:
            found[section + name] = option
    return found


PATHS: dict[str, Mapping[str, Any]] = _leaves(MAILBOX_OPTIONS)
"""Every key path that holds a value, with its option."""

FIRST, LAST = "name/first", "name/last"
"""Stand for two columns that make up ``name`` together."""

# What exports and import forms of mail programs call the same thing.
_NAMES: dict[str, tuple[str, ...]] = {
    "email": ("e_mail", "mail", "address", "email_address", "from_email", "sender_email", "smtp_email"),
    "name": ("from_name", "sender_name", "display_name", "smtp_from_name", "label"),
    FIRST: ("first_name", "firstname"),
    LAST: ("last_name", "lastname", "surname"),
    "username": ("user_name", "user", "login"),
    "secret.password": ("password", "app_password", "pass"),
    "secret.vault.path": ("vault_path",),
    "secret.vault.field": ("vault_field",),
    "secret.vault.mount": ("vault_mount",),
    "secret.vault.version": ("vault_version",),
    "smtp.host": ("smtp", "smtp_server", "smtp_hostname", "outgoing_server"),
    "smtp.username": ("smtp_user_name", "smtp_user", "smtp_login"),
    "smtp.secret.password": ("smtp_password", "smtp_pass"),
    "smtp.security": ("smtp_encryption",),
    "imap.host": ("imap", "imap_server", "imap_hostname", "incoming_server"),
    "imap.username": ("imap_user_name", "imap_user", "imap_login", "imap_email"),
    "imap.secret.password": ("imap_password", "imap_pass"),
    "imap.security": ("imap_encryption",),
    "imap.mailbox": ("imap_folder", "folder"),
    "daily_limit": (
        "max_email_per_day",
        "max_emails_per_day",
        "message_per_day",
        "messages_per_day",
        "emails_per_day",
        "daily_sending_limit",
        "sending_limit",
    ),
    "tags": ("tag",),
}

IGNORED = frozenset(
    {
        "auto_adjust_warmup",
        "bcc",
        "bcc_email",
        "campaign_count",
        "client_id",
        "created_at",
        "custom_tracking_domain",
        "custom_tracking_url",
        "daily_rampup",
        "daily_sent_count",
        "different_reply_to_address",
        "enable_slow_ramp",
        "imap_failure_error",
        "imap_port_type",
        "imap_secure",
        "imap_ssl",
        "imap_tls",
        "imap_use_ssl",
        "imap_use_tls",
        "is_different_imap_account",
        "is_imap_success",
        "is_rampup_enabled",
        "is_smtp_success",
        "is_suspended",
        "min_time_to_wait_in_mins",
        "provider_code",
        "reply_rate",
        "reply_rate_percentage",
        "reply_to",
        "reply_to_address",
        "reply_to_email",
        "sending_gap",
        "signature",
        "smtp_failure_error",
        "smtp_port_type",
        "smtp_secure",
        "smtp_ssl",
        "smtp_tls",
        "smtp_use_ssl",
        "smtp_use_tls",
        "status",
        "time_to_wait_in_mins",
        "timezone",
        "total_warmup_per_day",
        "tracking_domain",
        "tracking_domain_name",
        "type",
        "updated_at",
        "warmup",
        "warmup_details",
        "warmup_enabled",
        "warmup_increment",
        "warmup_key_id",
        "warmup_limit",
        "warmup_reply_rate",
        "warmup_status",
    }
)
"""Columns of such exports that have no place in a declaration. Security follows from the port."""

_KNOWN: dict[str, str] = {
    **{path.replace(".", "_"): path for path in PATHS},
    **{path: path for path in PATHS},
    **{name: path for path, names in _NAMES.items() for name in names},
}
_SHOWABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]{0,39}")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_SECURITY = {"ssl": "tls", "ssl/tls": "tls"}


def normal(header: str) -> str:
    """Return a header as it is looked up: ``SMTP Port``, ``smtp-port`` and ``smtpPort`` are ``smtp_port``."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header.strip().rstrip("*"))
    return re.sub(r"[\s_-]+", "_", text.strip()).lower()


def path_of(header: str) -> str | None:
    """Return the key path that a column stands for."""
    return _KNOWN.get(normal(header))


def nearest(header: str) -> str | None:
    """Return the column whose name is nearest to a header that is not known."""
    near = difflib.get_close_matches(normal(header), _KNOWN, n=1, cutoff=0.75)
    return near[0] if near else None


def showable(header: str) -> bool:
    """Tell whether a header can be named in a message; what may be a cell of a file without header can't."""
    return _SHOWABLE.fullmatch(header) is not None


def like_data(header: str) -> bool:
    """Tell whether a header looks like the cell of a row: an address or a number."""
    return "@" in header or header.strip().isdecimal()


def value_of(path: str, text: str) -> Any:
    """Return a cell as the type of its key; what is not of that type stays text, and is told by the declaration."""
    option = PATHS.get(path, {"type": "str"})
    kind, lower = option["type"], text.lower()
    if kind == "int" and text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    if kind == "bool" and lower in _TRUE + _FALSE:
        return lower in _TRUE
    if kind == "list":
        # Names of folders have blanks in them.
        return [
            part.strip() for part in re.split(r"[,;]" if path == "imap.folders" else r"[,;\s]", text) if part.strip()
        ]
    if choices := option.get("choices"):
        lower = _SECURITY.get(lower, lower) if path.endswith(".security") else lower
        return next((choice for choice in choices if str(choice).lower() == lower), text)
    return text
