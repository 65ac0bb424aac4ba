# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Relay services: Amazon SES, Mailgun, SendGrid, SMTP2GO."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, LOGIN, SMTP, Rule, likely, maybe, words

RULES: tuple[Rule, ...] = (
    Rule(
        "sendgrid-credits",
        Category.QUOTA_SENDING,
        "the plan's credits are used up",
        (
            likely(
                "The plan has no credits left, is unpaid, or fell back to the free one. The login itself is right.",
                "Wait for the plan's renewal, pay or upgrade it. Do not change the password.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN | AFTER_LOGIN,
        text=words(r"maximum credits exceeded"),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source="https://support.sendgrid.com/hc/en-us/articles/35466138799899",
    ),
    Rule(
        "mailgun-sandbox",
        Category.POLICY_ACCOUNT,
        "Mailgun's test domain sends to authorized recipients only",
        (
            likely(
                "The login is of a sandbox domain.",
                "Add the recipient to the authorized recipients, or use a login of a domain of your own.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"sandbox subdomains are for test purposes only"),
        status=StageStatus.FAILED,
        source="https://github.com/swapmyvote/swapmyvote/issues/182",
    ),
    Rule(
        "ses-permission",
        Category.SENDER_NOT_OWNED,
        "the SMTP user's policy at Amazon does not allow this identity",
        (
            likely(
                "The IAM policy of the SMTP user, or the identity's own sending policy, leaves it out.",
                "Allow ses:SendRawEmail on the identity that the reply names.",
            ),
            maybe(
                "The account is in the sandbox, where recipients are identities too.",
                "Verify the recipient, or ask Amazon for production access.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"is not authorized to perform\W+ses:"),
        status=StageStatus.FAILED,
        source="https://github.com/invoiceninja/invoiceninja/issues/2653",
    ),
    Rule(
        "smtp2go-unverified",
        Category.SENDER_NOT_OWNED,
        "the sender's domain is not verified with the relay service",
        (likely("The domain of the header From is not verified.", "Verify it under Sending > Verified Senders."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"from header sender domain not verified"),
        status=StageStatus.FAILED,
        source="https://support.smtp2go.com/hc/en-gb/articles/13990494697369",
    ),
)
