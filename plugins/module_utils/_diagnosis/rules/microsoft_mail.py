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
_HELD = "https://learn.microsoft.com/en-us/Exchange/mail-flow-best-practices/continuous-error-throttling-smtp-auth-submissions"
_RELEASE = "Secure the account, then release it in the Defender portal under Restricted entities."
_ELSEWHERE = "Ask for the address to be taken off the list (https://sender.office.com), or probe from another network."
_PROVE = "Publish SPF, DKIM and DMARC for the sending domain and sign with it."
_OTHER_RECIPIENT = "Use another recipient, or ask the recipient's administrator to allow the sender."


def _rule(
    name: str,
    category: Category,
    because: str,
    enhanced: str,
    cause: str,
    remedy: str,
    text: str = "",
    source: str = _LIST,
) -> Rule:
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
        source=source,
    )


def _held(name: str, category: Category, number: int, cause: str, remedy: str) -> Rule:
    """Return the rule for a mailbox that went on sending in spite of an error, until Exchange Online held it back."""
    because = "Exchange Online holds the mailbox back after whatever sends from it ignored one error many times"
    remedy = f"{remedy} Stop whatever sends from this mailbox meanwhile; the hold ends by itself some time later."
    return _rule(f"held-{name}", category, because, rf"5\.2\.{number}", cause, remedy, r"throttled", _HELD)


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
        r"5\.7\.(?:508|60[6-9]|6[1-4]\d)|4\.7\.(?:5\d\d|6\d\d|8[5-9]\d)",
        "The address is on a list, or sent too much in a short time.",
        _ELSEWHERE,
    ),
    _rule(
        "listed-by-recipient",
        Category.POLICY_ADMIN_RULE,
        "the recipient's organisation refuses the sender or the address by a list of its own",
        r"5\.7\.5(?:07|13)",
        "The recipient's administrator blocks it; Microsoft can't take that back.",
        _OTHER_RECIPIENT,
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
        r"5\.2\.[02]",
        "The limit of recipients or messages a day is reached.",
        "Wait for the limit to renew and lower daily_limit.",
        # A full mailbox is told by STOREDRV.Submission, too.
        text=r"submission ?quota",
    ),
    _held(
        "full",
        Category.QUOTA_MAILBOX,
        251,
        "The mailbox is full; what is sent by SMTP is kept in Sent Items.",
        "Empty the mailbox and its Sent Items, or raise its quota.",
    ),
    _held(
        "send-as",
        Category.SENDER_NOT_OWNED,
        252,
        "Something sends as an address that this mailbox may not use.",
        "Grant Send As for that address, or correct the sender there.",
    ),
    _held(
        "license",
        Category.POLICY_ACCOUNT,
        253,
        "The mailbox has no valid license.",
        "Assign a license that includes Exchange Online.",
    ),
    _held(
        "many-recipients",
        Category.RCPT_LIMIT,
        254,
        "Something sends single messages to more recipients than Exchange Online takes.",
        "Split those messages.",
    ),
    _held(
        "bad-recipients",
        Category.POLICY_ACCOUNT,
        255,
        "Something sends to addresses that are not valid.",
        "Correct the addresses in the application that sends to them; the message trace names it.",
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
