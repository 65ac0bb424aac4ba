# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The ways to log in to Vault, one small class each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from .._models.failure import Cause
from .._models.names import Category, Confidence
from .settings import VaultSettings
from .trouble import Trouble, VaultReply, VaultTrouble, cause, from_reply, reply_text


@dataclass(frozen=True)
class Login:
    """A token to work with. ``own`` when it was issued to us, ``lifetime`` in seconds or None when it does not end."""

    token: str = field(repr=False)
    own: bool
    revocable: bool = False
    lifetime: float | None = None


class AuthMethod(Protocol):
    """One way to log in."""

    def login(self, client: Any, settings: VaultSettings) -> Login:
        """Return a token; raise :class:`VaultTrouble` when there is none to be had."""


class TokenAuth:
    """Uses a token that exists; it belongs to the user and is never revoked."""

    def login(self, client: Any, settings: VaultSettings) -> Login:
        if not settings.token:
            remedy = "Give the option token, set VAULT_TOKEN, run 'vault login', or choose another auth_method."
            text = "Neither the option token nor VAULT_TOKEN nor the file ~/.vault-token holds a token."
            causes = (cause(text, remedy, Confidence.HIGH),)
            raise VaultTrouble(Trouble(Category.SECRET_VAULT_LOGIN, "was not asked because there is no token", causes))
        return Login(settings.token, own=False)


class AppRoleAuth:
    """Logs in with a role id and, where the role wants one, a secret id."""

    def login(self, client: Any, settings: VaultSettings) -> Login:
        return _login(
            settings,
            lambda: client.auth.approle.login(
                role_id=settings.role_id,
                secret_id=settings.secret_id,
                use_token=False,
                mount_point=settings.auth_mount,
            ),
            (
                cause(
                    "The role id is wrong, or the secret id is wrong, expired, used up or bound to other addresses.",
                    "Read the role id (vault read auth/"
                    f"{settings.auth_mount}/role/<role>/role-id) and issue a new secret id (vault write -f auth/"
                    f"{settings.auth_mount}/role/<role>/secret-id).",
                    Confidence.HIGH,
                ),
            ),
        )


class UserpassAuth:
    """Logs in with a user name and a password that Vault keeps."""

    def login(self, client: Any, settings: VaultSettings) -> Login:
        return _login(
            settings,
            lambda: client.auth.userpass.login(
                username=settings.username,
                password=settings.password,
                use_token=False,
                mount_point=settings.auth_mount,
            ),
            (
                cause(
                    "The user name or its Vault password is wrong, or the user is locked after failed logins.",
                    f"Try 'vault login -method=userpass -path={settings.auth_mount} username=...'; a lock ends by "
                    "itself after 15 minutes unless configured otherwise.",
                    Confidence.HIGH,
                ),
            ),
        )


METHODS: dict[str, AuthMethod] = {
    "token": TokenAuth(),
    "approle": AppRoleAuth(),
    "userpass": UserpassAuth(),
}


def _login(settings: VaultSettings, send: Any, causes: tuple[Cause, ...]) -> Login:
    try:
        answer = send()
    except VaultReply as error:
        reply: VaultReply | None = error
    else:
        reply = None
    if reply is not None:
        raise VaultTrouble(_refusal(reply, settings, causes))
    auth = answer.get("auth") if isinstance(answer, dict) else None
    token = auth.get("client_token") if isinstance(auth, dict) else None
    if not isinstance(auth, dict) or not isinstance(token, str) or not token:
        wants = (
            "asked for a second factor" if isinstance(auth, dict) and auth.get("mfa_requirement") else "gave no token"
        )
        remedy = "Use a login without multi-factor enforcement for automation, AppRole for instance."
        text = "A login enforcement of Vault applies to this user, or the mount is no login method."
        raise VaultTrouble(Trouble(Category.SECRET_VAULT_LOGIN, f"{wants} at the login", (cause(text, remedy),)))
    seconds = auth.get("lease_duration")
    return Login(
        token,
        own=True,
        revocable=auth.get("token_type") != "batch",
        lifetime=float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None,
    )


def _refusal(reply: VaultReply, settings: VaultSettings, causes: tuple[Cause, ...]) -> Trouble:
    spoken = " ".join(reply.errors).lower()
    if reply.status not in (400, 401, 403, 404) or "https server" in spoken:
        return from_reply(reply, settings)
    place = f"auth/{settings.auth_mount}"
    mount = cause(
        f"No {settings.auth_method} method is enabled at {place}"
        + (f" in the namespace {settings.namespace}." if settings.namespace else "."),
        "Check auth_mount and namespace against 'vault auth list'.",
        Confidence.HIGH if reply.status in (403, 404) else Confidence.LOW,
    )
    if settings.namespace and (reply.status == 404 or "namespace" in spoken):
        return from_reply(reply, settings)
    return Trouble(
        Category.SECRET_VAULT_LOGIN,
        f"refused the {settings.auth_method} login at {place} (HTTP {reply.status})",
        (mount, *causes) if reply.status in (403, 404) else (*causes, mount),
        reply=reply_text(reply.errors),
        http_status=reply.status,
    )
