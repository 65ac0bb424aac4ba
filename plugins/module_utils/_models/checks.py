# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The ids of the checks that are made before any packet is sent."""

from __future__ import annotations

from enum import Enum


class CheckId(str, Enum):
    """Stable ids; each can be turned off by ``ignore_checks`` unless it is in :data:`REQUIRED`."""

    HOSTS_SWAPPED = "config.hosts_swapped"
    HOST_OTHER_PROTOCOL = "config.host_other_protocol"
    HOST_POP = "config.host_pop"
    HOST_WEB = "config.host_web"
    PORT_SECURITY = "config.port_security"
    PORT_OTHER_PROTOCOL = "config.port_other_protocol"
    PORT_POP = "config.port_pop"
    PORT_WEB = "config.port_web"
    PORT_25 = "config.port_25"
    USERNAME_BARE = "config.username_bare"
    FROM_DOMAIN = "config.from_domain"
    PASSWORD_LINE_BREAK = "config.password_line_break"
    PASSWORD_BLANKS = "config.password_blanks"
    APP_PASSWORD_BLANKS = "config.app_password_blanks"
    APP_PASSWORD_SHAPE = "config.app_password_shape"
    PASSWORDS_ENDED = "config.passwords_ended"
    PASSWORD_DOUBTFUL = "config.password_doubtful"
    USERNAME_FORM = "config.username_form"
    PROVIDER_HOST = "config.provider_host"
    PROVIDER_PLAN = "config.provider_plan"
    PROVIDER_PORT = "config.provider_port"
    FOREIGN_HOST = "config.foreign_host"
    HOST_SPLIT = "config.host_split"
    DAILY_LIMIT = "config.daily_limit"
    DAILY_LIMIT_PRACTICAL = "config.daily_limit_practical"
    SECRET_SHARED = "config.secret_shared"
    TLS_NOT_VERIFIED = "config.tls_not_verified"
    PLAINTEXT_AUTH = "config.plaintext_auth"


REQUIRED = frozenset({CheckId.TLS_NOT_VERIFIED, CheckId.PLAINTEXT_AUTH})
"""These tell that a protection is off, so every result carries them."""
