# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The suboptions of ``mailbox``. They carry no defaults: those are the model's, where *not given* has a meaning."""

from __future__ import annotations

from typing import Any

from .registry import REGISTRY_OPTIONS


def _secret() -> dict[str, Any]:
    return {
        "type": "dict",
        "no_log": False,
        "options": {
            "vault": {
                "type": "dict",
                "options": {
                    "path": {"type": "str", "required": True},
                    "field": {"type": "str", "required": True},
                    "mount": {"type": "str"},
                    "version": {"type": "int"},
                },
            },
            "password": {"type": "str", "no_log": True},
        },
    }


def _tls() -> dict[str, Any]:
    return {
        "type": "dict",
        "options": {
            "ca": {"type": "path"},
            "verify": {"type": "bool"},
            "server_name": {"type": "str"},
            "min_version": {"type": "str", "choices": ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]},
            "warn_days": {"type": "int"},
            "client_cert": {"type": "path"},
            "client_key": {"type": "path", "no_log": False},
        },
    }


def _endpoint(mechanisms: list[str]) -> dict[str, Any]:
    return {
        "host": {"type": "str"},
        "port": {"type": "int"},
        "security": {"type": "str", "choices": ["auto", "tls", "starttls", "none"]},
        "username": {"type": "str"},
        "secret": _secret(),
        "tls": _tls(),
        "allow_plaintext_auth": {"type": "bool"},
        "auth": {
            "type": "dict",
            "options": {"mechanisms": {"type": "list", "elements": "str", "choices": mechanisms}},
        },
    }


def _without_defaults(option: dict[str, Any]) -> dict[str, Any]:
    """Return an option whose suboptions stay empty, so that the play's registry is not overruled by defaults."""
    inner = {
        name: {key: value for key, value in sub.items() if key != "default"} for name, sub in option["options"].items()
    }
    return {"type": option["type"], "options": inner}


MAILBOX_OPTIONS: dict[str, Any] = {
    "id": {"type": "str"},
    "email": {"type": "str"},
    "name": {"type": "str"},
    "provider": {"type": "str"},
    "protocols": {"type": "list", "elements": "str", "choices": ["smtp", "imap"]},
    "username": {"type": "str"},
    "secret": _secret(),
    "smtp": {
        "type": "dict",
        "options": {
            **_endpoint(["auto", "plain", "login", "none"]),
            "ehlo": {"type": "str"},
            "from": {"type": "list", "elements": "str"},
            "recipient": {"type": "str"},
        },
    },
    "imap": {
        "type": "dict",
        "options": {
            **_endpoint(["auto", "plain", "login"]),
            "mailbox": {"type": "str"},
            "folders": {"type": "list", "elements": "str"},
            "sent_folder": {"type": "str"},
        },
    },
    "tls": _tls(),
    "probe": {
        "type": "dict",
        "options": {
            "timeout": {"type": "int"},
            "depth": {"type": "str", "choices": ["auth", "sender", "recipient", "message"]},
            "auth_order": {"type": "str", "choices": ["parallel", "serial"]},
            "pipelining": {"type": "str", "choices": ["auto", "off"]},
            "revalidate_after": {"type": "int"},
        },
    },
    "daily_limit": {"type": "int"},
    "tags": {"type": "list", "elements": "str"},
    "registry": _without_defaults(REGISTRY_OPTIONS["registry"]),
    "ignore_checks": {"type": "list", "elements": "str"},
    "domain": {
        "type": "dict",
        "options": {
            "check": {"type": "bool"},
            "sending_ips": {"type": "list", "elements": "str"},
            "dkim_selectors": {"type": "list", "elements": "str"},
            "tracking_hosts": {"type": "list", "elements": "str"},
            "blocklists": {"type": "list", "elements": "str", "no_log": True},
            "fail_on": {"type": "str", "choices": ["never", "error", "warning"]},
        },
    },
}
"""Documented by the fragment ``mailops.mailbox.mailbox``. ``email`` may be missing where an id is enough."""
