# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The last layer: an unknown reply gets the category of its stage and class, and no cause of it is called certain."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .model import (
    FOLDER,
    GREET,
    IMAP,
    LOGIN,
    SMTP,
    UNKNOWN,
    Rule,
    maybe,
    rarely,
)

_READ_IT = "Read the reply; ask the server's administrator what it means."
_LATER = "Do not change anything; probe again later."
_UNKNOWN_WORDS = maybe("The server's words are not among the known ones.", _READ_IT)

RULES: tuple[Rule, ...] = (
    Rule(
        "rcpt-deferred",
        Category.RCPT_GREYLISTED,
        "the server puts the recipient off",
        (
            maybe(
                "Greylisting: the first attempt from a new sender is put off.",
                "Nothing to do; a later attempt is taken.",
            ),
            maybe("The server is short of something.", _LATER),
        ),
        protocols=SMTP,
        stages=frozenset({Stage.RECIPIENT}),
        code="45.",
        retryable=True,
        retry_after=600,
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "temporary",
        Category.SERVER_TEMPORARY,
        "the server says that it can't do it at this moment",
        (maybe("A fault or a limit of the server that may pass.", _LATER), _UNKNOWN_WORDS),
        protocols=SMTP,
        code="4..",
        retryable=True,
        retry_after=600,
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "turned-away",
        Category.SERVER_TEMPORARY,
        "the server ended the session itself",
        (
            maybe("Too many connections, a restart, or a fault behind the server.", _LATER),
            maybe("The server bars the address the probe comes from.", "Probe from another network to compare."),
        ),
        protocols=IMAP,
        code="BYE",
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="RFC 9051 section 7.1",
    ),
    Rule(
        "login-refused",
        Category.AUTH_REFUSED,
        "the server gives no reason that is known",
        (
            maybe("The user name or the password is wrong.", "Check both by signing in to the provider's webmail."),
            maybe("The provider wants an app password.", "Look for app passwords in its account security pages."),
            maybe("The protocol is off for the account, or the account is locked.", "Look in the account's settings."),
            rarely("The server is strict about the mechanism.", "Name another one in auth.mechanisms."),
        ),
        stages=LOGIN,
        password_at_fault=UNKNOWN,
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "greeting-refused",
        Category.SERVER_REFUSED,
        "the server does not want to talk to this client",
        (
            maybe(
                "It bars the address the probe comes from, or its network.", "Probe from another network to compare."
            ),
            maybe("The service is switched off there.", "Check host and port with the provider."),
            _UNKNOWN_WORDS,
        ),
        stages=GREET,
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "starttls-refused",
        Category.TLS_UNAVAILABLE,
        "the server does not do STARTTLS here",
        (
            maybe("TLS is not configured on this port.", "Use the port with implicit TLS: 465 or 993, security tls."),
            maybe("Something on the way interferes.", "Compare what the port offers from another network."),
        ),
        stages=frozenset({Stage.STARTTLS}),
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "sender-refused",
        Category.SENDER_REFUSED,
        "the server does not take this sender",
        (
            maybe("The login may not send as this address.", "Use the login's own address in smtp.from."),
            maybe("The sender's domain or address is wrong or barred.", "Check smtp.from letter by letter."),
            _UNKNOWN_WORDS,
        ),
        stages=frozenset({Stage.SENDER}),
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "recipient-refused",
        Category.RCPT_REFUSED,
        "the server does not take this recipient",
        (
            maybe("The recipient's address is wrong, barred or disabled.", "Check email and smtp.recipient."),
            maybe("The sender is what the server objects to; many say so only here.", "Check smtp.from."),
            _UNKNOWN_WORDS,
        ),
        stages=frozenset({Stage.RECIPIENT}),
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "message-refused",
        Category.MESSAGE_REFUSED,
        "the server does not take this message",
        (
            maybe("A filter dislikes sender, content or domain.", "Read the reply; check SPF, DKIM and DMARC."),
            _UNKNOWN_WORDS,
        ),
        stages=frozenset({Stage.MESSAGE}),
        source="RFC 5321 section 4.2",
    ),
    Rule(
        "folder-refused",
        Category.MAILBOX_REFUSED,
        "the server does not open this folder",
        (
            maybe("The folder does not exist, or the login has no rights on it.", "Compare with the folder list."),
            _UNKNOWN_WORDS,
        ),
        protocols=IMAP,
        stages=FOLDER,
        source="RFC 9051 section 7.1",
    ),
    Rule(
        "command-refused",
        Category.SERVER_REJECTS_COMMAND,
        "the server does not take a harmless command",
        (
            maybe("The mailbox behind the login can't be used.", "Sign in by browser and look for a notice."),
            _UNKNOWN_WORDS,
        ),
        protocols=IMAP,
        stages=frozenset({Stage.SESSION}),
        password_at_fault=UNKNOWN,
        source="RFC 9051 section 7.1",
    ),
    Rule(
        "refused",
        Category.SERVER_REFUSED,
        "the server gives no reason that is known",
        (_UNKNOWN_WORDS,),
        source="RFC 5321 section 4.2",
    ),
)
