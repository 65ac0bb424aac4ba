# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The enhanced codes that Exchange Online gives a meaning of its own, as its list of delivery reports has them."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, GREET, SMTP, Rule, likely, maybe, words

_HERE = frozenset({"microsoft365", "exchange"})
_LIST = "https://github.com/MicrosoftDocs/OfficeDocs-Exchange (non-delivery reports in Exchange Online)"
_RELEASE = "Secure the account, then release it in the Defender portal under Restricted entities."
_ELSEWHERE = "Ask for the address to be taken off the list (https://sender.office.com), or probe from another network."
_PROVE = "Publish SPF, DKIM and DMARC for the sending domain and sign with it."
_OTHER_RECIPIENT = "Use another recipient, or ask the recipient's administrator to allow the sender."


def _rule(name: str, category: Category, because: str, enhanced: str, cause: str, remedy: str, text: str = "") -> Rule:
    return Rule(
        f"m365-{name}",
        category,
        because,
        (likely(cause, remedy),),
        protocols=SMTP,
        stages=GREET | AFTER_LOGIN,
        providers=_HERE,
        enhanced=enhanced,
        text=words(text) if text else None,
        source=_LIST,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "banned-account",
        Category.POLICY_ACCOUNT,
        "Microsoft banned the account from sending",
        r"5\.7\.(?:50[123]|511)",
        "The account sent what looked like spam.",
        _RELEASE,
    ),
    _rule(
        "banned-recipient",
        Category.RCPT_UNKNOWN,
        "the recipient is not valid there",
        r"5\.7\.50[45]",
        "The address does not exist, or not any more.",
        "Correct email or smtp.recipient.",
    ),
    _rule(
        "bad-helo",
        Category.POLICY_CLIENT,
        "the server does not like the EHLO name",
        r"5\.7\.506",
        "The client introduces itself with the name of the server that it talks to.",
        "Declare smtp.ehlo with the real full host name of the machine.",
    ),
    _rule(
        "address-banned",
        Category.POLICY_IP,
        "Microsoft distrusts the address the probe comes from",
        r"5\.7\.(?:50[78]|513|60[6-9]|6[1-4]\d)|4\.7\.(?:5\d\d|6\d\d|8[5-9]\d)",
        "The address is on a list, or sent too much in a short time.",
        _ELSEWHERE,
    ),
    _rule(
        "unproven-domain",
        Category.DELIVERABILITY_AUTH,
        "the sending domain does not prove that the mail is its own",
        r"5\.7\.(?:23|26|509|515)|4\.7\.26",
        "SPF, DKIM or DMARC is missing or fails.",
        _PROVE,
    ),
    _rule(
        "tenant-held",
        Category.POLICY_ACCOUNT,
        "Microsoft stopped the whole organisation from sending",
        r"5\.7\.7[0-4]\d",
        "Most of the organisation's mail looked suspicious.",
        "The organisation's administrator has to ask Microsoft's support for the release.",
    ),
    _rule(
        "unregistered-domain",
        Category.POLICY_ACCOUNT,
        "mail of domains that the organisation has not registered is not sent",
        r"5\.7\.750",
        "The sender's domain is not registered with the organisation.",
        "Add and validate the domain in the Microsoft 365 admin center.",
    ),
    _rule(
        "submission-quota",
        Category.QUOTA_SENDING,
        "the account used up what it may send for now",
        r"5\.2\.2",
        "The limit of recipients or messages a day is reached.",
        "Wait for the limit to renew and lower daily_limit.",
        text=r"submission|sender",
    ),
    _rule(
        "recipient-pace",
        Category.RCPT_RATE,
        "the recipient gets more mail than Exchange Online lets it",
        r"5\.2\.12[12]",
        "The recipient's limit of messages an hour is reached.",
        "Probe again later, or use another recipient.",
    ),
    _rule(
        "closed-recipient",
        Category.POLICY_ADMIN_RULE,
        "the recipient takes mail from its own organisation or from named senders only",
        r"5\.7\.(?:12|124|129|13|13[3-6])",
        "The group or mailbox is closed to other senders.",
        _OTHER_RECIPIENT,
    ),
    _rule(
        "connector",
        Category.RCPT_RELAY,
        "the organisation's inbound connector does not know this client",
        r"5\.7\.64",
        "The certificate or the address is not the one that the connector is set up for.",
        "Correct the inbound connector, or log in on port 587.",
    ),
    Rule(
        "m365-outbound-spam",
        Category.POLICY_ACCOUNT,
        "Microsoft wants the account confirmed before it sends on",
        (
            likely("The account is new, unverified, or sent too much.", "Sign in by browser and confirm the account."),
            maybe("The day's quota of a free account is used up.", "Wait a day and lower daily_limit."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"OutboundSpamException|WASCL UserAction"),
        status=StageStatus.FAILED,
        source="https://github.com/Youans/nodejs-nodemailer-outlook/issues/11",
    ),
)
