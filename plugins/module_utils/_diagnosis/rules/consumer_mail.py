# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Yahoo, Zoho, iCloud and Proton: what they say of senders and messages, and of logins that are no password's fault."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, GREET, LOGIN, NO, SMTP, TO, YES, Rule, likely, maybe, words

RULES: tuple[Rule, ...] = (
    Rule(
        "yahoo-sender",
        Category.SENDER_NOT_OWNED,
        "Yahoo does not let this login send as this address",
        (likely("The header From is not the login's address.", "Use the login's own address in smtp.from."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        vendors=frozenset({"yahoo"}),
        text=words(r"request failed; mailbox unavailable"),
        source="https://github.com/mattermost/mattermost/issues/13652",
    ),
    Rule(
        "yahoo-complaints",
        Category.POLICY_IP,
        "Yahoo distrusts the address the probe comes from",
        (
            likely(
                "Users complained about mail from this address, or it sent too much in a short time.",
                "Send less for some days, or write to Yahoo's sender support (https://senders.yahooinc.com).",
            ),
        ),
        protocols=SMTP,
        stages=GREET | AFTER_LOGIN,
        text=words(r"\[TSS?\d\d\]|unexpected volume or user complaints"),
        retryable=True,
        retry_after=14400,
        source="https://senders.yahooinc.com/smtp-error-codes/",
    ),
    Rule(
        "yahoo-recipient-closed",
        Category.RCPT_ACCOUNT,
        "the recipient's mailbox takes no mail",
        (likely("The account was closed or is not used any more.", "Correct email, or use another recipient."),),
        protocols=SMTP,
        stages=TO,
        text=words(r"is no longer valid\W+\[-20\]"),
        source="https://github.com/ActiveCampaign/smtp-field-manual",
    ),
    Rule(
        "zoho-outgoing-blocked",
        Category.POLICY_ACCOUNT,
        "Zoho stopped the account from sending",
        (
            likely(
                "More mail than Zoho allows, or mail that looks unusual. The login itself is right.",
                "Unblock the account at https://mail.zoho.com/UnblockMe, and leave the password as it is.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN | AFTER_LOGIN,
        text=words(r"e?-?mail outgoing blocked"),
        password_at_fault=NO,
        source="https://help.zoho.com/portal/en/community/topic/554-5-1-8-email-outgoing-blocked-13-11-2017",
    ),
    Rule(
        "icloud-domain-listed",
        Category.POLICY_REFUSED,
        "a domain in the message is on a blocklist",
        (
            likely(
                "The Domain Block List of Spamhaus has the sender's domain, or one that the message names.",
                "Ask at https://check.spamhaus.org which one and why; another network changes nothing.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"having a domain present in the Spamhaus DBL"),
        source="https://github.com/ActiveCampaign/smtp-field-manual",
    ),
    Rule(
        "proton-token",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "Proton takes only SMTP tokens here",
        (
            likely(
                "The account's password is used, which signs in to the webmail alone.",
                "Create a token under Settings > IMAP/SMTP > SMTP tokens, and declare its address and the token.",
            ),
            maybe(
                "The token was made for another address, or deleted.", "Create one for the address of smtp.username."
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        providers=frozenset({"proton-bridge"}),
        code="535",
        # By Postfix, which takes mail for Proton itself; Bridge has other words.
        text=words(r"^Error: authentication failed(?!.*mechanism)"),
        password_at_fault=YES,
        source="https://proton.me/support/smtp-submission",
    ),
    Rule(
        "proton-sender",
        Category.SENDER_NOT_OWNED,
        "the sender does not belong to this login",
        (likely("The sender is not an address of the Proton account.", "Use one of its addresses in smtp.from."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"transaction failed: unknown sender address|invalid return path: not owned"),
        status=StageStatus.FAILED,
        source="https://github.com/ProtonMail/proton-bridge/issues/280",
    ),
)
