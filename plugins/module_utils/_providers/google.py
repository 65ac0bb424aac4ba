# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Google: Gmail and Workspace."""

from __future__ import annotations

from .._models.names import Protocol, Security
from .model import Actor, Credential, Limit, Provider, Service, Source, Step, Unit, Variant

_SOURCES = {
    "clients": Source("https://support.google.com/mail/answer/7126229", "2026-11", "Add Gmail to another email client"),
    "app_passwords": Source("https://support.google.com/accounts/answer/185833", "2026-11", "App passwords"),
    "limits": Source("https://support.google.com/a/answer/166852", "2026-11", "Gmail sending limits in Workspace"),
}

_SERVICES = (
    Service(Protocol.SMTP, "smtp.gmail.com", 465, Security.TLS, ("clients",)),
    Service(Protocol.SMTP, "smtp.gmail.com", 587, Security.STARTTLS, ("clients",)),
    Service(Protocol.IMAP, "imap.gmail.com", 993, Security.TLS, ("clients",)),
)

PROVIDERS = (
    Provider(
        name="gmail",
        title="Google",
        identity="gmail",
        sources=_SOURCES,
        variants=(
            Variant(
                "gmail",
                "Gmail",
                _SERVICES,
                (Credential.APP_PASSWORD, Credential.OAUTH2),
                domains=("gmail.com", "googlemail.com"),
                account="personal Gmail",
            ),
            Variant(
                "google-workspace",
                "Google Workspace",
                _SERVICES,
                (Credential.OAUTH2, Credential.APP_PASSWORD),
                mx=(".google.com", ".googlemail.com"),
                account="Google Workspace",
            ),
        ),
        preparation=(
            Step(
                "Turn on 2-Step Verification, then create an app password for mail.",
                Actor.USER,
                ("app_passwords",),
            ),
        ),
        limits=(Limit("Google Workspace", Unit.MESSAGES, ("limits",), per_day=2000, variants=("google-workspace",)),),
        app_password="[a-z]{16}",
        app_password_page="https://myaccount.google.com/apppasswords",
        fact_sources={"app_password": ("app_passwords",), "app_password_page": ("app_passwords",)},
    ),
)
