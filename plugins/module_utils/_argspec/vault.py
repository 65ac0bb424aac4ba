# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The suboptions of ``vault``, as every plugin of the collection takes them."""

from __future__ import annotations

from typing import Any

# Only auth_method has a default here: for all others the environment comes before the default.
VAULT_OPTIONS: dict[str, Any] = {
    "url": {"type": "str"},
    "auth_method": {"type": "str", "choices": ["token", "approle", "userpass"], "default": "token"},
    "token": {"type": "str", "no_log": True},
    "role_id": {"type": "str"},
    "secret_id": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "auth_mount": {"type": "str"},
    "namespace": {"type": "str"},
    "ca": {"type": "path"},
    "verify": {"type": "bool"},
    "server_name": {"type": "str"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "timeout": {"type": "float"},
    "retries": {"type": "int"},
}
