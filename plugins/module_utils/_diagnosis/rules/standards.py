# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The rest of the registry of enhanced status codes, and what RFC 5321 says of bare reply codes.

A code tells the kind of trouble and seldom its cause, so no cause here is called certain.
"""

from __future__ import annotations

from ..._models.names import Category, Stage
from .model import AFTER_LOGIN, GREET, LOGIN, NO_LOGIN, SMTP, TO, Rule, maybe

_LATER = "Do not change anything; probe again later."
_SENDER = frozenset({Stage.SENDER})
_RECIPIENT = frozenset({Stage.RECIPIENT})

RULES: tuple[Rule, ...] = (
    Rule(
        "code-x.7.20",
        Category.DELIVERABILITY_AUTH,
        "the sending domain does not prove that the mail is its own",
        (
            maybe(
                "SPF, DKIM or DMARC is missing or fails.",
                "Publish SPF, DKIM and DMARC for the sending domain and sign with it.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        enhanced=r"[45]\.7\.(?:2[0-4]|26|29)",
        source="RFC 7372",
    ),
    Rule(
        "code-x.7.25",
        Category.POLICY_IP,
        "the address the probe comes from has no fitting name in DNS",
        (
            maybe(
                "The address has no reverse DNS record.",
                "Have its owner set a PTR record, or probe from a network that has one.",
            ),
        ),
        protocols=SMTP,
        stages=GREET | AFTER_LOGIN,
        enhanced=r"[45]\.7\.25",
        source="RFC 7372",
    ),
    Rule(
        "code-x.7.4",
        Category.AUTH_MECHANISM,
        "the server does not know or take this mechanism",
        (
            maybe(
                "The mechanism is not offered here.",
                "Choose one that the server lists, or leave auth.mechanisms at auto.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        enhanced=r"5\.(?:7\.4|5\.4)",
        source="RFC 4954",
    ),
    Rule(
        "code-503-auth",
        Category.AUTH_UNAVAILABLE,
        "the server does not take a login at this point",
        (
            maybe("Logins are not configured on this port.", "Use port 587 or 465."),
            maybe("Logins are offered only under TLS.", "Declare security tls or starttls."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="503",
        source="RFC 4954",
    ),
    Rule(
        "code-4.3.x",
        Category.SERVER_TEMPORARY,
        "the server has a fault or a shortage of its own at this moment",
        (maybe("The server is full, busy, or being worked on.", _LATER),),
        protocols=SMTP,
        enhanced=r"4\.(?:3\.\d+|4\.[01345])",
        retryable=True,
        retry_after=600,
        source="RFC 3463",
    ),
    Rule(
        "code-4.4.2",
        Category.CONN_TIMEOUT,
        "the server lost patience",
        (maybe("The line is slow, or the probe's machine is overloaded.", "Probe again with less at the same time."),),
        protocols=SMTP,
        code="4[25]1",
        enhanced=r"4\.4\.2",
        retryable=True,
        source="RFC 3463",
    ),
    Rule(
        "ehlo-refused",
        Category.POLICY_CLIENT,
        "the server does not take the EHLO command as it was sent",
        (
            maybe("The EHLO name is not a full host name.", "Declare smtp.ehlo with a real full host name."),
            maybe("The server bars this client.", "Probe from another network to compare."),
        ),
        protocols=SMTP,
        stages=frozenset({Stage.CAPABILITY}),
        code="5..",
        source="RFC 5321 section 4.1.1.1",
    ),
    Rule(
        "sender-out-of-turn",
        Category.AUTH_REQUIRED,
        "the server expects something else before a sender, mostly a login",
        (maybe("The mailbox is declared without a login.", "Declare a secret for smtp."),),
        protocols=SMTP,
        stages=_SENDER,
        code="503",
        source="RFC 5321 section 4.2.2",
    ),
    Rule(
        "address-form",
        Category.ADDRESS_SYNTAX,
        "the server can't read the address",
        (maybe("The declared address is malformed.", "Correct email, smtp.from or smtp.recipient."),),
        protocols=SMTP,
        stages=_SENDER | _RECIPIENT,
        code="501",
        source="RFC 5321 section 4.2.2",
    ),
    Rule(
        "storage-exceeded",
        Category.QUOTA_MAILBOX,
        "the mailbox is full",
        (
            maybe("The recipient's mailbox reached its quota.", "Delete or archive mail, or raise the quota."),
            maybe("The message is larger than the server takes.", "Make the message smaller."),
        ),
        protocols=SMTP,
        stages=TO,
        code="552",
        source="RFC 5321 section 4.2.2",
    ),
    Rule(
        "not-local",
        Category.RCPT_RELAY,
        "the recipient is not one of this server's",
        (
            maybe(NO_LOGIN, "Log in, on port 587 or 465."),
            maybe(
                "The recipient's mailbox is on another server.", "Check smtp.recipient; the reply may name the place."
            ),
        ),
        protocols=SMTP,
        stages=_RECIPIENT,
        code="551",
        source="RFC 5321 section 3.4",
    ),
)
