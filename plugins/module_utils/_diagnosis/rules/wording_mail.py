# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How servers word a refused sender, recipient or message, whoever they are."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .envelope import RULES as ENVELOPE
from .generic import RULES as GENERIC
from .model import AFTER_LOGIN, GREET, LOGIN, NO_LOGIN, SMTP, TO, Rule, likely, maybe, reworded, words

_RECIPIENT = frozenset({Stage.RECIPIENT})
_DECLARE = "Declare a secret for smtp, or have the administrator allow this address to relay."
_ELSEWHERE = "Look the address up in blocklists, or probe from another network."
_OWN = "Use an address of the login in smtp.from."
_SLOWER = "Wait for the limit to renew and lower daily_limit."

RULES: tuple[Rule, ...] = (
    reworded(
        ENVELOPE,
        "auth-required",
        id="words-login-first",
        text=words(
            r"(?:must|need to|should|please|have to) (?:first )?(?:be )?"
            r"(?:authenticat\w+|log(?:ged)?[- ]?in|sign(?:ed)? in)"
            r"|authenticat\w+ (?:is )?(?:required|needed|first)|\bAUTH command first"
            r"|un-?authenticated (?:e-?mail|mail|senders?|users?|connections?)\b<20>\bnot"
            r"|requires? (?:SMTP )?authentication|without (?:SMTP )?authentication|relay check local"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-not-yours",
        Category.SENDER_NOT_OWNED,
        "the login may not send as this address",
        (
            likely("The sender is not an address of the login.", _OWN),
            maybe("The server's list of owners lacks the pair.", "Ask the administrator to allow it."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\b(?:permissions?|rights?|authori[sz]ed|allowed|permitted) to send (?:as|from|on behalf)|send as this"
            r"|\b(?:from|sender)\b<30>\bmust (?:be |match )(?:the )?(?:same|identical|equal|your)"
            r"|\b(?:sender|from)(?: address)? (?:is )?not (?:allowed|authori[sz]ed|permitted|yours|owned)"
            r"|\bnot (?:owned by|associated with|belong to)|account is not available in\b"
        ),
        status=StageStatus.FAILED,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-sender-unverified",
        Category.SENDER_REFUSED,
        "the server could not verify the sender's address",
        (
            likely("The sender's address does not exist on its own server.", "Create it, or correct smtp.from."),
            maybe("The sender is not an address of the login.", _OWN),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"sender (?:address )?verif(?:y|ication) fail"
            r"|sender address rejected:<20>(?:unknown|unverified|undeliverable)"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-client-pace",
        Category.CONN_RATE_LIMITED,
        "the server slows this client down",
        (likely("Too many messages or recipients in a short time.", "Lower the concurrency, wait, then probe again."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        code="4..",
        text=words(
            r"too (?:many|much) (?:messages?|mails?|e-?mails?|recipients?|commands?|connections?) from"
            r"|rate limit|\bslow(?:er| down)\b|too (?:fast|often|frequent\w*)"
        ),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-user-pace",
        Category.QUOTA_SENDING,
        "the login sends faster than the server lets it",
        (likely("A limit on the messages of a login in some time is reached.", _SLOWER),),
        protocols=SMTP,
        stages=frozenset({Stage.MESSAGE}),
        text=words(r"\brate ?limit\b<20>\b(?:user|sender|account)?\b<10>\bexceeded"),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/later.yaml",
    ),
    Rule(
        "words-recipient-pace",
        Category.RCPT_RATE,
        "the recipient gets more mail than the server lets it",
        (likely("The server slows down mail to this recipient.", "Probe again later, or use another recipient."),),
        protocols=SMTP,
        stages=TO,
        text=words(
            r"\b(?:recipient|user|mailbox)\b<40>\b(?:message|mail|receiv\w+|rate)\b<30>\b(?:limit|quickly|rate)"
            r"|\brecipient has exceeded\b|\bmessages to\b<60>\b(?:excessive|deferred|too many)"
        ),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/corpus.yaml",
    ),
    reworded(
        GENERIC,
        "sending-limit",
        id="words-sending-quota",
        text=words(
            r"\b(?:relay|send(?:er|ing)?|daily|hourly|message(?! size))\b<20>\b(?:limit|quota|frequency)\w*\b"
            r"<25>\b(?:exceed\w*|reached|limited|hit)\b|\bsender frequency limited"
            r"|\bsend(?:ing|s)? too (?:much|many)|too many (?:e-?mails|messages)(?! from)"
            r"|\b(?:only|at most|more than|up to|maximum(?: of)?|limited to)\b<15>\d+ "
            r"(?:e-?mails?|messages?|recipients?)\b<20>"
            r"\b(?:per|an?|every|each) (?:\S+ )?(?:minute|hour|day|week|month|period)"
            r"|\b(?:outgoing|outbound|sending|submission)\b<15>(?<!size )\b(?:limits?|quota)\b"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-quota-at-sender",
        Category.QUOTA_SENDING,
        "a limit of the account is reached",
        (
            maybe("The provider's sending limit is reached.", _SLOWER),
            maybe("The account's own mailbox is full.", "Delete or archive mail, or raise the quota."),
        ),
        protocols=SMTP,
        # Before a recipient is named, a quota can only be the sender's.
        stages=frozenset({Stage.SENDER}),
        text=words(r"\b(?:quota|limits?)\b<30>\b(?:exceed\w*|reached|hit)\b|\bexceed\w*\b<30>\b(?:quota|limits?)\b"),
        retryable=True,
        retry_after=3600,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-organisation",
        Category.POLICY_ADMIN_RULE,
        "a rule of the recipient's organisation forbids it",
        (
            maybe(
                "The recipient takes mail from known or signed-in senders only.",
                "Use another recipient, or ask the organisation's administrator to allow the sender.",
            ),
        ),
        protocols=SMTP,
        stages=TO,
        code="5..",
        text=words(
            r"organi[sz]ation(?:al)?\b<20>\b(?:polic\w+|rules?|settings?)|\btransport rule|user rules?\b"
            r"|members[- ]only|\ballowed[- ]senders?\b|only accept\w*\b<30>\bfrom\b|recipient preferences"
            r"|by (?:the )?(?:destination|recipient) domain"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-address-form",
        Category.ADDRESS_SYNTAX,
        "the server can't read the address",
        (likely("The declared address is malformed.", "Correct email, smtp.from or smtp.recipient."),),
        protocols=SMTP,
        stages=frozenset({Stage.SENDER, Stage.RECIPIENT}),
        code="5..",
        text=words(
            r"(?:fully[- ]qualified|well[- ]formed|valid) (?:e-?mail )?address\b<10>\b(?:required|needed|expected)"
            r"|(?:e-?mail )?address\b<10>\bmust (?:contain|have|include|be)|empty (?:e-?mail )?address"
            r"|syntax error in (?:the )?address"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-sender-wrong",
        Category.SENDER_REFUSED,
        "the server does not like the sender that the message names",
        (
            likely("The sender is not an address of the login, or of a domain the server sends for.", _OWN),
            maybe("The From header is malformed.", "Correct smtp.from."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\b(?:incorrect|invalid|wrong|bad)\b<10>\b(?:sender|from)\b"
            r"|\b(?:from|sender)\b<15>\b(?:name|header|address)\b<10>\b(?:not valid|invalid|incorrect|wrong)"
        ),
        source="tests/replies/later.yaml",
    ),
    Rule(
        "words-message-form",
        Category.MESSAGE_REFUSED,
        "the server finds the message's form wrong",
        (
            maybe("A header is missing, doubled or malformed.", "Report the reply as a fault of the probe."),
            maybe("A filter of the server is strict.", "Read the reply, and ask the administrator."),
        ),
        protocols=SMTP,
        stages=frozenset({Stage.MESSAGE}),
        code="5..",
        text=words(r"\bheaders?\b|\bRFC[ -]?[2568]\d{2,3}\b|\bcompliant\b|\bbare (?:LF|line ?feed)|\bmalformed\b"),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-recipient-closed",
        Category.RCPT_ACCOUNT,
        "the recipient's account is locked or closed",
        (maybe("The provider or the administrator disabled it.", "Have it enabled, or use another recipient."),),
        protocols=SMTP,
        stages=TO,
        code="5..",
        text=words(
            r"\b(?:disabled|de-?activated|suspended?|in-?active|locked|frozen|archived)\b"
            r"|\b(?:closed|terminated|discontinued|expired)\b"
            r"|no longer (?:accepts?|in use)|not accepting (?:any )?(?:mail|messages)"
        ),
        source="tests/replies/corpus.yaml",
    ),
    reworded(
        GENERIC,
        "recipient-unknown",
        id="words-recipient-unknown",
        text=words(
            r"(?:does not|doesn't|do not) (?:exist|have an?\b<30>\baccount)|\bun-?rout(?:e?able) address"
            r"|\b(?:user|recipient|mailbox|address|account)\b\W{0,3}(?:is |was )?(?:unknown|not (?:found|known|valid))"
            r"|\b(?:unknown|invalid|no such)\b<20>\b(?:user|recipient|mailbox|address|account)\b"
        ),
        source="tests/replies/corpus.yaml",
    ),
    reworded(
        GENERIC,
        "mailbox-full",
        id="words-mailbox-full",
        protocols=SMTP,
        stages=_RECIPIENT | frozenset({Stage.MESSAGE}),
        text=words(
            r"over ?quota|over (?:\w+ ){0,2}quota|quota (?:limit |usage )?(?:is )?exceeded|exceed\w* (?:\w+ ){0,3}quota"
            r"|(?:mailbox|storage|inbox|mail ?folder|space)\b<30>\b(?:full|limit exceeded|exceeded|used up)"
            r"|quota violation|exceeded storage|out of storage|not enough (?:\w+ )?space|no space left(?! on)"
            r"|full mailbox"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-size",
        Category.SIZE,
        "the message is larger than the server takes",
        (likely("The server's size limit.", "Make the message smaller."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        code="5..",
        text=words(
            r"\b(?:message|mail|e-?mail)\b<60>\b(?:exceeds?|exceeded|over|too)\b(?!<15>\b(?:hour|dai|day|month|rate))"
            r"<30>\b(?:size|limit|big|large|long)"
            r"|\bexceed\w*\b<30>\b(?:message|mail|inbound)\b<10>\bsize|\b(?:message|mail) size exceed"
            r"|\bsize limit|too (?:big|large) (?:message|mail)"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-relay",
        Category.RCPT_RELAY,
        "the server won't pass mail on to this recipient's domain for this client",
        (
            maybe(NO_LOGIN, "Log in, on port 587 or 465."),
            maybe("The sender's domain is not one the server sends for.", "Use a sender of the login's own domain."),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\brelay(?:ing|ed)?\b(?!=)|allowed rcpt ?hosts?|not (?:a gateway|a? ?local (?:host|address|domain))"
            r"|(?:don't|do not) handle mail for|domain is not (?:allowed|local|hosted)"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-client-doubted",
        Category.POLICY_IP,
        "the server seems to distrust the address the probe comes from",
        (
            maybe("The address has a poor reputation, or lies in a network for end users.", _ELSEWHERE),
            maybe("The server is not for clients at all.", "Check host and port with the provider."),
        ),
        protocols=SMTP,
        stages=GREET | LOGIN | AFTER_LOGIN,
        text=words(
            r"\b(?:client|host|IPs?|network)\b<60>\b(?:reputation|abusive|forbidden|refused|rejected|denied)\b"
            r"|\b(?:bad|black|dynamic|invalid|barred|forbidden)\b<20>\bIPs?\b|\bsender IP\b|\bopen proxy\b"
            r"|\breputation\b|\bblocked - (?:see|http)|not accepting connections|SMTP server of your (?:ISP|provider)"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-unwanted",
        Category.POLICY_REFUSED,
        "a filter of the server dislikes it",
        (
            maybe(
                "A filter about content, links or reputation.", "Read the reply; its words name the rule, if any do."
            ),
            maybe("The sending domain lacks SPF, DKIM or DMARC.", "Publish them for the sending domain."),
        ),
        protocols=SMTP,
        text=words(
            r"\bspam\b|\bjunk (?:e-?)?mail|\bunsolicited\b"
            r"|\bpolic(?:y|ies)\b|\bvirus|phish|\bcontent\b<20>\b(?:denied|rejected|refused)"
        ),
        source="tests/replies/corpus.yaml",
    ),
)
