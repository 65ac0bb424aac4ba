# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""How servers say that they distrust the client or its sender, or that they are in trouble themselves."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .envelope import RULES as ENVELOPE
from .generic import RULES as GENERIC
from .model import AFTER_LOGIN, FOLDER, GREET, IMAP, LOGIN, READ, SMTP, Rule, likely, maybe, reworded, words

_ELSEWHERE = "Look the address up in blocklists, or probe from another network."
_LATER = "Do not change anything; probe again later."
_AUTHENTICATE = "Publish SPF, DKIM and DMARC for the sending domain and sign with it."
_TALK = GREET | AFTER_LOGIN

RULES: tuple[Rule, ...] = (
    Rule(
        "words-domain-proof",
        Category.DELIVERABILITY_AUTH,
        "the sending domain does not prove that the mail is its own",
        (likely("SPF, DKIM or DMARC is missing or fails.", _AUTHENTICATE),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"\b(?:SPF|DKIM|DMARC)\b"),
        source="RFC 7372",
    ),
    reworded(
        GENERIC,
        "sender-domain",
        id="words-sender-domain",
        text=words(
            r"un-?resolvable\b<30>\b(?:from|sender|domain)|(?:sender|from)\b<30>\bun-?resolvable"
            r"|\bDNS (?:lookup|query|resolution) (?:failure|failed|error)"
            r"|(?<!recipient address rejected: )domain (?:name )?(?:was )?not found"
            r"|domain\b<20>\bdoes(?: not|n't) (?:exist|resolve)"
            r"|\bdomain\b<40>\b(?:MX|A)(?: or (?:MX|A|AAAA))? records?\b"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-account-held",
        Category.POLICY_ACCOUNT,
        "the provider holds the account that sends",
        (
            likely(
                "The account is suspended, or not activated yet.",
                "Sign in at the provider for the reason; do not change the declaration.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\byour\b<20>\baccount\b<20>"
            r"\b(?:suspended|locked|disabled|blocked|deactivated|inactive|terminated|on hold)\b"
            r"|\b(?:re-?)?activate (?:your|the|this)\b<20>\baccount\b"
            r"|\b(?:black|block)[- ]?listed (?:user|account|sender)\b"
        ),
        status=StageStatus.FAILED,
        source="tests/replies/later.yaml",
    ),
    Rule(
        "words-request-limit",
        Category.CONN_RATE_LIMITED,
        "the server takes no more from this client for now",
        (likely("Too many sessions or requests in a short time.", "Lower the concurrency, wait, then probe again."),),
        stages=GREET,
        text=words(r"\blimit\b<40>\b(?:requests?|commands?|sessions?|connections?) from\b|\brequests? (?:rate )?limit"),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/later.yaml",
    ),
    Rule(
        "words-intrusion",
        Category.POLICY_IP,
        "a guard of the server bars the address the probe comes from",
        (
            maybe("Too many logins failed from this address.", "Wait for the ban to end, then try once."),
            maybe("The address is barred.", _ELSEWHERE),
        ),
        stages=_TALK | LOGIN,
        text=words(r"\bintrusion\b|\bbrute[- ]?force|\bfail2ban\b|\bfirewall\b"),
        source="tests/replies/later.yaml",
    ),
    Rule(
        "words-connections",
        Category.CONN_LIMIT,
        "too many connections are open, or were opened in a short time",
        (
            likely(
                "The server limits connections for an address or a user.",
                "Lower the concurrency for this destination, close other clients, and try later.",
            ),
        ),
        text=words(
            r"\b(?:maximum|max\.?|per-\w+|too many|limit (?:on|of))\b<40>\b(?:connections?|sessions?)\b(?! from this)"
            r"|\b(?:connections?|sessions?)\b<30>\b(?:limit|exceed\w*)"
        ),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-client-names",
        Category.POLICY_IP,
        "the address the probe comes from has no fitting name in DNS",
        (
            likely(
                "The address has no reverse DNS record, or one that looks like a dial-up line.",
                "Have its owner set a PTR record, or probe from a network that has one.",
            ),
        ),
        protocols=SMTP,
        stages=_TALK | LOGIN,
        text=words(
            r"reverse[- ]?(?:DNS|hostname|lookup)|\br?DNS PTR\b|\brDNS\b|\bPTR (?:resource )?record"
            r"|cannot find your (?:reverse )?host ?name|\bforward DNS\b|(?:\bIP\b|host) name lookup failed"
            r"|mismatch\w* (?:the )?client IP|relay host name|unverif\w+ sending IP"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-client-address",
        Category.POLICY_IP,
        "the server distrusts the address the probe comes from",
        (
            likely("The address is on a list, or its reputation is poor.", _ELSEWHERE),
            maybe("The server takes mail only from addresses that it knows.", "Have the administrator allow it."),
        ),
        stages=_TALK | LOGIN,
        text=words(
            r"\b(?:client|host|IPs?)\b<60>\b(?:blocked|banned|barred|(?:is |are )?(?:black|block)?listed)\b"
            r"|\bblocked (?:using|by)\b(?! (?:the |your |an? )?(?:admin\w*|polic\w+|content|filter|system))"
            r"|\b(?:black|block|white)[- ]?list(?:ed)?\b|\b(?:banned|blocked)\b<20>\bIPs?\b"
            r"|\bIPs?\b<60>\bnot (?:authori[sz]ed|allowed|permitted|accepted|in whitelist)|\bclient host rejected"
            r"|\bfrom (?:this|your) (?:IP|address|network|range|host)\b|originating from your IP"
            r"|\bmessages from \[?\d+\.\d+\.\d+\.\d+|volume or user complaints|not allowed to connect"
        ),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-greeted-twice",
        Category.SERVER_REJECTS_COMMAND,
        "the server takes no second EHLO",
        (maybe("The server is strict about the order of commands.", "Report the reply; try another security mode."),),
        protocols=SMTP,
        stages=frozenset({Stage.CAPABILITY}),
        code="503",
        source="RFC 5321 section 4.1.4",
    ),
    reworded(
        ENVELOPE,
        "helo-name",
        id="words-client-name",
        stages=AFTER_LOGIN,
        text=words(r"\b(?:helo|ehlo)\b"),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-account-stopped",
        Category.POLICY_ACCOUNT,
        "the provider stopped this account from sending",
        (
            likely(
                "The account or its organisation is held because of spam or of too much mail.",
                "Do not change the declaration; secure the account and ask the provider to release it.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\b(?:banned|blocked|restricted|suspended) sender\b"
            r"|\b(?:tenant|sender|outgoing|outbound)\b<40>"
            r"\b(?:suspended|banned|blocked|restricted|exceeded threshold)\b"
        ),
        status=StageStatus.FAILED,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-own-trouble",
        Category.SERVER_TEMPORARY,
        "the server has a fault or a shortage of its own at this moment",
        (likely("A fault of the server that may pass.", _LATER),),
        stages=_TALK | LOGIN,
        code="4..",
        text=words(
            r"\b(?:internal|system|configuration|processing|local|write|read|queue|I/?O)\b<20>"
            r"\b(?:error|problem|fault|failure)"
            r"|\berror (?:in|while|during)\b|\bmis-?configured|\bmail loop\b|\bloops? back|interrupted"
            r"|\b(?:storage|space|disk|resources?|memory|system)\b<20>\b(?:short\w*|full|insufficient|unavailable)"
            r"|\binsufficient (?:system )?(?:storage|resources|disk|memory)|temporary (?:server |lookup )"
            r"|lookup (?:failure|error)|\btoo busy\b|\btoo much load\b|timeout waiting"
            r"|\bservice (?:is )?(?:not active|not available|currently unavailable|temporarily)"
        ),
        retryable=True,
        retry_after=600,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-folder-busy",
        Category.SERVER_TEMPORARY,
        "another session holds the mailbox",
        (likely("Another client locks the mailbox at this moment.", "Probe again in a few minutes."),),
        protocols=IMAP,
        stages=READ,
        text=words(r"\b(?:un)?lock(?:ed|ing)?\b|in use\b|\bbusy\b"),
        retryable=True,
        retry_after=120,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-folder-name",
        Category.MAILBOX_NAME,
        "the server can have no folder of this name",
        (
            likely(
                "The name breaks a rule of the server, for example about its separator.",
                "Use a name from the list of folders in the result.",
            ),
        ),
        protocols=IMAP,
        stages=FOLDER,
        text=words(
            r"\b(?:folder|mailbox)\b<15>\bname\b<25>\b(?:invalid|illegal|bad|not (?:valid|allowed|permitted))"
            r"|\b(?:invalid|illegal|bad)\b<10>\b(?:folder|mailbox)\b<10>\bname\b"
        ),
        source="tests/replies/later.yaml",
    ),
    Rule(
        "words-folder-damaged",
        Category.SERVER_BUG,
        "the server can't read its own data for the mailbox",
        (likely("The mailbox or its disk is damaged.", "Ask the administrator to look at the mailbox."),),
        protocols=IMAP,
        stages=FOLDER,
        text=words(r"\bI/?O error|\bcorrupt|\bdisk\b"),
        source="tests/replies/corpus.yaml",
    ),
    Rule(
        "words-imap-fault",
        Category.SERVER_TEMPORARY,
        "the server has a fault at this moment",
        (likely("A fault at the provider.", "Do not change the password; probe again later."),),
        protocols=IMAP,
        stages=READ | LOGIN | frozenset({Stage.GREETING}),
        code="NO|BAD",
        text=words(
            r"\b(?:system|server|internal|backend|database)(?: \w+)? (?:error|failure|problem)"
            r"|\bunavailable\b|temporar(?:y|ily)"
        ),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="tests/replies/corpus.yaml",
    ),
)
