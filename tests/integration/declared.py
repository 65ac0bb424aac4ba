# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mailboxes of the lab, as a user would declare them; each test says only what is different."""

from __future__ import annotations

import copy
from typing import Any

import dovecot
from lab import Lab


def secret(lab: Lab, user: str, password: str = dovecot.PASSWORD) -> dict[str, Any]:
    """Put the password of ``user`` into Vault and return the reference to it."""
    if lab.vault is None:
        raise RuntimeError("the lab runs without Vault")
    path = f"mail/{user.partition('@')[0]}"
    lab.vault.put(path, {"app_password": password})
    return {"vault": {"path": path, "field": "app_password"}}


def mailbox(lab: Lab, user: str = dovecot.OK_USER, **changes: Any) -> dict[str, Any]:
    """Declare a mailbox that works. Changes are merged in; a key with the value None is taken out."""
    declared: dict[str, Any] = {
        "email": user,
        "secret": changes.pop("secret", None) or secret(lab, user),
        "tls": {"ca": str(lab.pki.ca)},
        "smtp": {"host": "127.0.0.1", "port": lab.postfix.ports["submissions"], "security": "tls"},
        "imap": {"host": "127.0.0.1", "port": lab.dovecot.ports["imaps"], "security": "tls"},
        "probe": {"timeout": 20},
    }
    return merged(declared, changes)


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with nested changes."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result
