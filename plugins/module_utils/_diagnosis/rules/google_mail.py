# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What Google says of senders, recipients and messages, as its list of SMTP errors has it, and its relay service."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, SMTP, TO, Rule, likely, maybe, words

_LIST = "https://support.google.com/a/answer/3726730"
_SLOWER = "Send less, and lower daily_limit; then probe later."

RULES: tuple[Rule, ...] = (
    Rule(
        "google-relay-abuse",
        Category.POLICY_ACCOUNT,
        "Google stopped the account from sending because of abuse",
        (
            likely(
                "The sending account was suspended for a while.",
                "The organisation's administrator has to secure the account, and wait for the release.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"relay denied\b.*\bsuspended due to abuse"),
        status=StageStatus.FAILED,
        source=_LIST,
    ),
    Rule(
        "google-relay-address",
        Category.RCPT_RELAY,
        "Google's relay service does not know the address the probe comes from",
        (
            likely(
                "The address is not among those of the relay service's setting.",
                "Admin console > Apps > Google Workspace > Gmail > Routing > SMTP relay service: add the IPv4 and "
                "the IPv6 address of the machine.",
            ),
            maybe("The sender's domain is not one of the organisation's.", "Use a sender of its domains."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"invalid credentials for relay"),
        source=_LIST,
    ),
    Rule(
        "google-relay-sender",
        Category.POLICY_ACCOUNT,
        "Google's relay service does not let this account send",
        (
            likely(
                "The sender's account is disabled, or not registered in the organisation.",
                "The organisation's administrator has to enable or create it.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"\be?mail sending denied"),
        status=StageStatus.FAILED,
        source=_LIST,
    ),
    Rule(
        "google-inbox-full",
        Category.QUOTA_MAILBOX,
        "the mailbox is full",
        (likely("Its storage at Google is used up.", "Free some, or buy more; or use another recipient."),),
        protocols=SMTP,
        stages=TO,
        text=words(r"inbox is out of storage space"),
        source=_LIST,
    ),
    Rule(
        "google-domain-reputation",
        Category.POLICY_REFUSED,
        "Google distrusts the sending domain, whatever address it sends from",
        (
            likely(
                "Much of the domain's mail was reported as spam.",
                "Look the domain up in Google Postmaster Tools, and send only to people who want it for some weeks.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"low reputation of the sending domain"),
        source=_LIST,
    ),
    Rule(
        "google-rate",
        Category.CONN_RATE_LIMITED,
        "Google slows this sender down",
        (likely("Too much alike, or too much at once, came from the domain or the address.", _SLOWER),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        enhanced=r"4\.7\.28",
        text=words(r"same Message-ID|unusual rate of\b"),
        retryable=True,
        retry_after=3600,
        source=_LIST,
    ),
    Rule(
        "google-transaction-size",
        Category.RCPT_LIMIT,
        "the server takes no more recipients in one go",
        (likely("The recipients' domains have different policies.", "Probe again; use one recipient only."),),
        protocols=SMTP,
        stages=TO,
        text=words(r"policy size per transaction exceeded"),
        retryable=True,
        source=_LIST,
    ),
    Rule(
        "google-policy-between",
        Category.POLICY_ADMIN_RULE,
        "a rule of the sender's or of the recipient's organisation forbids this mail",
        (likely("An administrator of one of both sides set it.", "Ask the administrators which rule it is."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"has a policy that prohibited the mail"),
        source=_LIST,
    ),
    Rule(
        "google-unproven-domain",
        Category.DELIVERABILITY_AUTH,
        "the sending domain does not prove that the mail is its own",
        (
            likely(
                "The domain's DMARC policy asks for a refusal, and SPF and DKIM fail.", "Publish SPF and sign by DKIM."
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"unauthenticated e?-?mail\b<30>\bis not accepted"),
        source=_LIST,
    ),
)
