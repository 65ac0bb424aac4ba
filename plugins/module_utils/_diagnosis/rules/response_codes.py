# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What IMAP's response codes mean (RFC 5530, RFC 9051)."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .model import FOLDER, GREET, IMAP, LOGIN, READ, UNKNOWN, Rule, likely, maybe, words

_CHECK_PASSWORD = (
    "Check the password by signing in to the provider's webmail; create an app password where it offers them."
)
_CHECK_USER = "Check the user name's form; most servers want the full address."
_USE_TLS = "Declare security starttls or tls with the port that goes with it."
_KEEP = "Do not change the password; probe again later."
_REFUSED = (
    likely("The password is wrong, or the provider wants an app password.", _CHECK_PASSWORD),
    likely("The user name has the wrong form.", _CHECK_USER),
    maybe("The protocol is switched off for the account.", "Look in the account's settings for IMAP and SMTP access."),
)
_USE_LIST = "Use a name from the folder list, with the server's own separator and prefix."

RULES: tuple[Rule, ...] = (
    Rule(
        "imap-unavailable",
        Category.SERVER_TEMPORARY,
        "a part of the server is down",
        (likely("A service behind the server can't be reached.", _KEEP),),
        protocols=IMAP,
        response_code="UNAVAILABLE",
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="RFC 5530",
    ),
    Rule(
        "imap-inuse",
        Category.SERVER_TEMPORARY,
        "another session holds the mailbox",
        (likely("Another client locks the mailbox at this moment.", "Probe again in a few minutes."),),
        protocols=IMAP,
        response_code="INUSE",
        retryable=True,
        retry_after=120,
        status=StageStatus.INCONCLUSIVE,
        source="RFC 5530",
    ),
    Rule(
        "imap-limit",
        Category.CONN_LIMIT,
        "a limit of the server is reached",
        (
            likely(
                "Too many sessions, commands or folders for this user.",
                "Close other clients of the account, probe later.",
            ),
        ),
        protocols=IMAP,
        response_code="LIMIT",
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source="RFC 5530",
    ),
    Rule(
        "imap-authenticationfailed",
        Category.AUTH_CREDENTIALS,
        "the server does not accept this user name and password together",
        _REFUSED,
        protocols=IMAP,
        stages=LOGIN,
        response_code="AUTHENTICATIONFAILED",
        password_at_fault=UNKNOWN,
        source="RFC 5530",
    ),
    Rule(
        "imap-authorizationfailed",
        Category.AUTH_AUTHZ,
        "the login is right, but this mailbox may not be opened with it",
        (
            likely("The account is locked, or has no mailbox yet.", "Sign in by browser and look for a notice."),
            maybe("The user name asks for another user's mailbox.", "Check the user name."),
        ),
        protocols=IMAP,
        stages=LOGIN | READ,
        response_code="AUTHORIZATIONFAILED",
        source="RFC 5530",
    ),
    Rule(
        "imap-privacy",
        Category.TLS_REQUIRED,
        "the server wants TLS first",
        (likely("The connection is not protected.", _USE_TLS),),
        protocols=IMAP,
        response_code="PRIVACYREQUIRED",
        source="RFC 5530",
    ),
    Rule(
        "imap-contactadmin",
        Category.AUTH_ACCOUNT_DISABLED,
        "the server asks the user to see the administrator",
        (
            likely(
                "The account is held for a reason that only the administrator knows.",
                "Do not change the password; ask the administrator.",
            ),
        ),
        protocols=IMAP,
        stages=LOGIN,
        response_code="CONTACTADMIN",
        source="RFC 5530",
    ),
    Rule(
        "imap-nonexistent",
        Category.MAILBOX_NONEXISTENT,
        "there is no such folder",
        (likely("The name is wrong, or lacks the server's prefix.", _USE_LIST),),
        protocols=IMAP,
        stages=FOLDER,
        response_code="NONEXISTENT|TRYCREATE",
        source="RFC 5530",
    ),
    Rule(
        "imap-noperm",
        Category.MAILBOX_PERM,
        "the login has no rights on the folder",
        (
            likely(
                "The folder is shared without the right to read it.",
                "Have its owner grant the rights l and r, at least.",
            ),
        ),
        protocols=IMAP,
        stages=READ,
        response_code="NOPERM",
        source="RFC 5530",
    ),
    Rule(
        "imap-overquota",
        Category.QUOTA_MAILBOX,
        "the mailbox is over its quota",
        (likely("The mailbox reached its quota.", "Delete or archive mail, or raise the quota."),),
        protocols=IMAP,
        response_code="OVERQUOTA",
        source="RFC 5530",
    ),
    Rule(
        "imap-corruption",
        Category.SERVER_BUG,
        "the mailbox is damaged on the server",
        (likely("The server's data for the mailbox is damaged.", "Ask the administrator to repair the mailbox."),),
        protocols=IMAP,
        response_code="CORRUPTION",
        source="RFC 5530",
    ),
    Rule(
        "imap-serverbug",
        Category.SERVER_BUG,
        "the server reports a fault of its own",
        (likely("A fault in the server.", "Tell the administrator, with the reply."),),
        protocols=IMAP,
        response_code="SERVERBUG",
        source="RFC 5530",
    ),
    Rule(
        "imap-clientbug",
        Category.CLIENT_BUG,
        "the server takes the command for a fault of the client",
        (
            likely(
                "The probe and this server don't agree on the protocol.", "Report the reply as a fault of the probe."
            ),
        ),
        protocols=IMAP,
        response_code="CLIENTBUG",
        source="RFC 5530",
    ),
    Rule(
        "imap-cannot-login",
        Category.AUTH_MECHANISM,
        "the server does not take this way of logging in",
        (maybe("The mechanism is refused in principle.", "Name another mechanism in imap.auth.mechanisms."),),
        protocols=IMAP,
        stages=LOGIN,
        response_code="CANNOT",
        source="RFC 5530",
    ),
    Rule(
        "imap-cannot",
        Category.MAILBOX_NAME,
        "the server can never do this with the folder",
        (maybe("The folder's name breaks a rule of the server.", _USE_LIST),),
        protocols=IMAP,
        stages=FOLDER,
        response_code="CANNOT",
        source="RFC 5530",
    ),
    Rule(
        "imap-alert",
        Category.SERVER_ALERT,
        "of what the operator's message says",
        (likely("The operator has a message for the user of this mailbox.", "Read the reply, and do what it says."),),
        protocols=IMAP,
        stages=GREET | READ | frozenset({Stage.STARTTLS}),
        response_code="ALERT",
        text=words(r"\S"),
        password_at_fault=UNKNOWN,
        source="RFC 9051 section 7.1",
    ),
)
