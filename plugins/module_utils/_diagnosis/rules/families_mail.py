# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Wide families of words from the greeting to the message, asked when no narrower wording speaks. None is certain."""

from __future__ import annotations

from ..._models.names import Category, Stage, StageStatus
from .families_login import DOWN, PARTS, STOPPED, UNABLE
from .model import AFTER_LOGIN, GREET, SMTP, Rule, maybe, reworded, words
from .wording_client import RULES as WORDING_CLIENT
from .wording_mail import RULES as WORDING_MAIL

_SENDER = frozenset({Stage.SENDER})
_RECIPIENT = frozenset({Stage.RECIPIENT})
_LATER = "Do not change anything; probe again later."
_SEEN = "tests/unit/diagnosis/families.py"

RULES: tuple[Rule, ...] = (
    reworded(
        WORDING_MAIL,
        "words-login-first",
        id="family-login-first",
        text=words(
            r"\bnot (?:yet )?(?:authenticated|logged[- ]?(?:in|on)|signed in)\b|\banonymous\b<20>\b(?:not|denied"
            r"|refused)"
            r"|\b(?:required?|needs?|have) to\b<10>\b(?:authenticate|log-? ?(?:in|on)|sign in)\b"
            r"|\b(?:log-?(?:in|on)|sign-?in) (?:is )?(?:required|needed|first|necessary)"
            r"|\bPOP[- ]before[- ]SMTP|\bcheck\b<15>\bmail before\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "family-identity",
        Category.SENDER_NOT_OWNED,
        "the sender is not one that this login has proved or been given",
        (
            maybe("The sender is not an address of the login.", "Use an address of the login in smtp.from."),
            maybe(
                "The provider wants the address or its domain verified first.", "Verify it in the account's settings."
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        code="5..",
        text=words(
            r"^(?!.*\brecipient\b).*(?:\bdomain\b<25>\bhas not been authenticated|\b(?:sender|from(?: address"
            r"| header)?|envelope|identity)\b<30>"
            r"\b(?:match|differs?|mismatch|belongs?|same as|one of your|someone else)\b"
            r"|\bspoof\w*|\bimpersonat\w*|\bas (?:someone else|another user)|\bforeign sender"
            r"|\bnot (?:allowed|permitted|authori[sz]ed) to use\b<15>\b(?:sender|from|address)"
            r"|\b(?:send\w*|from|e-?mail address|identity|domain|signature)\b<30>"
            r"\bnot (?:been )?(?:verified|confirmed|validated|registered|configured|allowed on)\b"
            r"|\bnot assigned to your\b|\bnot the owner of\b|\bcan ?not send as\b|\bnot in sender list\b"
            r"|\bmust be the authenticated\b|(?:not|n't) own\b<10>\bsender|\bmust be an address of your\b"
            r"|\bmay not use\b<20>\bsender|\bcan ?not use\b<40>\bas sender"
            r"|\bverify your sender|\bfrom (?:e-?mail )?address not allowed|\blist of verified\b"
            r"|\bun-?(?:verified|confirmed|configured|registered|validated) (?:send\w*|from|domain|identity|address"
            r"|e-?mail)"
            r"|\bverified sender|\bsender identit)"
        ),
        status=StageStatus.FAILED,
        source=_SEEN,
    ),
    Rule(
        "family-allowance",
        Category.QUOTA_SENDING,
        "the account used up what it may send for now",
        (maybe("The provider's sending limit is reached.", "Wait for the limit to renew and lower daily_limit."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\bquota of\b<20>\bexhausted|\b(?:credits?|allowance)\b<25>\b(?:exceeded|used up|exhausted|reached"
            r"|depleted)\b"
            r"|\bout of (?:\w+ )?credits?\b"
            r"|\b(?:daily|hourly|weekly|monthly)\b<25>\b(?:limit|quota|maximum|allowance|cap)\b|\bmessaging limits?\b"
            r"|\bmax\w*\b<20>\bper (?:hour|day|month)\b|\bnot enough credits?\b|\btrial limit"
            r"|\bsending rate\b<10>\bexceed\w*"
            r"|\b(?:sent|sending|too many)\b<30>\b(?:today|(?:this|per|an?) (?:hour|day|month))\b"
        ),
        retryable=True,
        retry_after=3600,
        source=_SEEN,
    ),
    Rule(
        "family-account-at-sender",
        Category.POLICY_ACCOUNT,
        "the provider holds the account that sends",
        (maybe("The account is suspended, or not approved yet.", "Sign in at the provider for the reason."),),
        protocols=SMTP,
        # Before a recipient is named, an account can only be the sender's.
        stages=_SENDER,
        code="5..",
        text=words(r"\b(?:account|user|mailbox|domain|tenant|customer)\b<25>" + STOPPED),
        status=StageStatus.FAILED,
        source=_SEEN,
    ),
    Rule(
        "family-sender-proof",
        Category.DELIVERABILITY_AUTH,
        "the sending domain does not name this server as one of its own",
        (maybe("SPF, DKIM or DMARC is missing or fails.", "Publish SPF, DKIM and DMARC for the sending domain."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"\bdomain alignment\b|\bsender policy framework\b|\bdesignate\b<30>\bpermitted sender"
            r"|\d\]? is not (?:allowed|authori[sz]ed|permitted) to send"
        ),
        source=_SEEN,
    ),
    reworded(
        WORDING_CLIENT,
        "words-sender-domain",
        id="family-sender-domain",
        text=words(
            r"\bsender'?s? domain\b<15>\b(?:must exist|not exist|unknown|(?:un|not )resolvable)"
            r"|\bno (?:valid )?(?:MX|A|mail exchanger)\b<20>\b(?:domain|for)\b"
            r"|\bresolve\b<15>\b(?:sender|from)\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "family-own-trouble",
        Category.SERVER_TEMPORARY,
        "a part of the server does not work at this moment",
        (maybe("A fault of the server that may pass.", _LATER),),
        protocols=SMTP,
        stages=AFTER_LOGIN | GREET,
        code="4..",
        text=words(
            PARTS + "<25>" + DOWN + r"|\b(?:lookup|verification|look-up)\b<10>\bfail\w*"
            r"|"
            + UNABLE
            + r"<15>\b(?:verify|look ?up|check|connect|contact|complete|queue|save|store|open|write|create)\b"
            r"|\bout of (?:memory|resources|disk|space)\b"
        ),
        retryable=True,
        retry_after=600,
        source=_SEEN,
    ),
    reworded(
        WORDING_MAIL,
        "words-mailbox-full",
        id="family-mailbox-full",
        text=words(
            r"\bout of disk\b|\binsufficient mailbox|\b(?:insufficient|not enough|no)\b<10>\b(?:storage|space|room"
            r"|capacity)\b<25>\b(?:mailbox|inbox|account|user)"
            r"|\b(?:mailbox|inbox)\b<25>\b(?:no (?:room|space)|capacity)\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "family-client-address",
        Category.POLICY_IP,
        "the server seems to distrust the address the probe comes from",
        (
            maybe("The address is on a list, or its reputation is poor.", "Look the address up in blocklists."),
            maybe("The address has no fitting name in DNS.", "Probe from a network whose addresses have PTR records."),
        ),
        stages=GREET | AFTER_LOGIN,
        text=words(
            r"\b(?:deny|black|block|reject)[- ]?list\b|\bblack ?hole\b|\bIPs?\b<30>\b(?:PTR|(?:not|n't) resolve"
            r"|banned)\b"
            r"|\bvalid PTR\b|\bno reverse name\b|\bunauthori[sz]ed host\b|\bhost not allowed|\byou are banned"
            r"|\bnot accept connections from"
            r"|\b(?:from|host|address) \[?\d+\.\d+\.\d+\.\d+\]?<15>\b(?:denied|blocked|refused|rejected)\b"
            r"|\bdetermine your host ?name|\bdial-?up\b|\bhost ?name is generic|^blocked\W*$"
            r"|\baccess rules\b"
            r"|\byour (?:IP|address|host|network)\b<25>\b(?:banned|barred|blocked|denied|listed|not (?:welcome"
            r"|allowed))\b"
            r"|\bno SMTP service here for\b|\bhttps?://\S{0,60}?\b\d{1,3}(?:[.]\d{1,3}){3}"
        ),
        source=_SEEN,
    ),
    reworded(
        WORDING_MAIL,
        "words-relay",
        id="family-relay",
        stages=_RECIPIENT,
        code="5..",
        text=words(
            r"\b(?:not|n't)\b<10>\b(?:host|serve[ds]?|handle[ds]?|accept(?:ed)?(?: mail| by)?|deliver)\b<25>"
            r"\b(?:domain|this host|this server|this site|here)\b|\bno such domain|\bunknown (?:\w+ )?domain\b"
            r"|\bnot (?:a )?local\b|\bexternal (?:delivery|recipients?|domains?)\b"
            r"|\bnot our domain\b|\brecipient domain unknown|\bdestination domain not\b|(?:not"
            r"|n't) accept mail for \S+\.\S|\bcan ?not route\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "family-recipient-account",
        Category.RCPT_ACCOUNT,
        "the recipient's mailbox takes no mail",
        (maybe("It is disabled or closed.", "Have it enabled, or use another recipient."),),
        protocols=SMTP,
        stages=_RECIPIENT,
        code="5..",
        text=words(
            r"\b(?:mailbox|account|user|recipient)\b<20>\b(?:cannot|can't|may not|unable to) (?:receive|accept)\b"
            r"|\b(?:mailbox|account|user|recipient)\b<20>" + STOPPED
        ),
        source=_SEEN,
    ),
    Rule(
        "family-recipient",
        Category.RCPT_UNKNOWN,
        "the server seems to know no such recipient",
        (
            maybe("The address does not exist there, or not any more.", "Correct email or smtp.recipient."),
            maybe("The host does not hold the mailboxes of this domain.", "Check smtp.host against the domain's MX."),
        ),
        protocols=SMTP,
        stages=_RECIPIENT,
        code="5..",
        text=words(
            r"\b(?:nobody|no one|no such|there is no|no account|no valid recipients?)\b|\bno longer exists?\b"
            r"|\bnon-?existent\b|" + UNABLE + r"<5>\b(?:find|locate|be (?:found|located))\b"
            r"|\b(?:not|isn't) (?:an? )?(?:known|valid|our|in our|recogni[sz]ed|listed)\b"
            r"|\bmailbox unavailable\b(?!.*\btry again)"
            r"|\bunknown (?:alias|address)|\b(?:addressee|alias) unknown|\bundeliverable\b|\brecipient invalid"
            r"|\bis not a user\b|\buser \S+ is unknown|\bno matching\b|\bresolve recipient|\bis not here\b"
            r"|\bnot have a mailbox\b"
            r"|\bno (?:user|mailbox) (?:of|by) that name|\bdoes not receive mail"
            r"|\bunknown or illegal alias|\binvalid (?:route|alias|local)"
        ),
        source=_SEEN,
    ),
)
