# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Wide families of words at a login and a folder, asked when no narrower wording speaks. None is certain."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .generic import RULES as GENERIC
from .model import FOLDER, IMAP, LOGIN, UNKNOWN, Rule, maybe, reworded, words
from .wording_login import RULES as WORDING_LOGIN

_LATER = "Do not change anything; probe again later."
_SEEN = "tests/unit/diagnosis/families.py"

UNABLE = r"\b(?:unable to|could ?(?:not|n't)|can ?(?:not|'t)|failed to|fails? to|not able to)\b"
PARTS = r"\b(?:LDAP|SQL|MySQL|database|directory|back-?end|DNS|RADIUS|server|service|daemon|upstream)\b"
DOWN = (
    r"\b(?:unavailable|down|fail\w*|error|refused|tim(?:ed|e)[- ]?out|unreachable"
    r"|not (?:reachable|responding|available))\b"
)
STOPPED = (
    r"\b(?:suspended|locked|disabled|de-?activated|inactive|frozen|closed|deleted|removed|archived|expired"
    r"|terminated|cancel+ed|blocked"
    r"|banned|restricted|on hold|pending|under review|not (?:yet )?(?:been )?(?:active|activated|enabled|confirmed"
    r"|approved))\b"
)

_LOGIN: tuple[Rule, ...] = (
    Rule(
        "family-expired",
        Category.AUTH_EXPIRED,
        "the password has to be changed first",
        (maybe("The password is too old or too simple for the server.", "Set a new password, and declare it."),),
        stages=LOGIN,
        text=words(
            r"^(?!.*\b(?:invalid|incorrect|wrong|failed)\b).*(?:\b(?:change|reset|renew"
            r"|update)\b<10>\byour\b<10>\bpassword"
            r"|\bpassword (?:change|reset|update) (?:is )?(?:required|needed|necessary))"
            r"|\bpassword is (?:too (?:simple|weak|short|old)|not (?:strong|complex) enough)"
        ),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    Rule(
        "family-user-form",
        Category.AUTH_USERNAME_FORM,
        "the server wants the user name in another form",
        (maybe("The user name is not the full address.", "Declare the full address as the user name."),),
        stages=LOGIN,
        text=words(r"\b(?:full|complete|entire)\b<5>\be-?mail(?: address)?\b"),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    reworded(
        GENERIC,
        "token-words",
        id="family-token",
        text=words(
            r"\b(?:OAuth2?|bearer|access|refresh) token\b<15>\b(?:not|rejected|invalid|expired|refused|revoked)"
        ),
        source=_SEEN,
    ),
    reworded(
        WORDING_LOGIN,
        "words-login-flood",
        id="family-login-pace",
        text=words(
            r"\bwait\b<15>\bbefore\b<10>\blog in|\b(?:log-?(?:in|on)s?|authentication|attempts?) (?:\w+ )?limit\b"
            r"|\b(?:log-?(?:in|on)s?|logging in|auth\w*|passwords?|attempts?)\b<30>"
            r"\b(?:too (?:many|much|often|fast|frequent\w*)|frequency|exceeded|repeated)\b"
            r"|\b(?:too many|exceeded|repeated|excessive)\b<35>\b(?:log-?(?:in|on)s?|auth\w*|passwords?|attempts?"
            r"|fail\w+)\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "family-account",
        Category.AUTH_ACCOUNT_DISABLED,
        "the account, or its domain, is held",
        (
            maybe("The provider or the administrator holds it.", "Sign in by browser for the reason, or ask them."),
            maybe("It is not activated yet.", "Finish the account's activation at the provider."),
        ),
        stages=LOGIN,
        text=words(r"\b(?:account|user|mailbox|domain|tenant|organi[sz]ation|customer)\b<35>" + STOPPED),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    Rule(
        "family-login-trouble",
        Category.SERVER_TEMPORARY,
        "a part of the server that logins need does not work at this moment",
        (maybe("The service behind the login is down.", "Do not change the password; probe again later."),),
        stages=LOGIN,
        text=words(
            r"\bstorage not available|"
            + PARTS
            + "<20>"
            + DOWN
            + r"|\binternal\b<25>\b(?:error|fail\w*|problem)\b|\bgeneric failure\b"
            r"|" + UNABLE + r"<10>\b(?:connect|contact|reach|open)\b|\bat (?:this|the) (?:time|moment)\b"
            r"|\bmailbox\b<20>\b(?:moved|migrat\w+|maintenance)|\bunexpected error"
        ),
        password_at_fault=UNKNOWN,
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source=_SEEN,
    ),
    reworded(
        WORDING_LOGIN,
        "words-broken-off",
        id="family-broken-off",
        text=words(
            r"\bbase ?64\b|" + UNABLE + r" decode\b|\bmalformed (?:auth\w*|response|input|initial)|\bprotocol error\b"
        ),
        password_at_fault=UNKNOWN,
        source=_SEEN,
    ),
    reworded(
        WORDING_LOGIN,
        "words-no-login-here",
        id="family-no-login-here",
        code="50.|538",
        text=words(r"\bno\b<10>\b(?:AUTH|authentication)\b<10>\b(?:here|this port|available|offered|supported)"),
        source=_SEEN,
    ),
    reworded(
        GENERIC,
        "login-words",
        id="family-credentials",
        text=words(
            UNABLE + r"<10>\b(?:authenticate|verify|validate|log ?(?:in|on)|sign in)\b"
            r"|\b(?:credentials?|passwords?|user ?names?|API key|secret)\b<25>"
            r"\b(?:not|n't|fail\w*|mismatch|denied|refused|rejected|unknown|wrong|bad|incorrect|match)\b"
            r"|\b(?:wrong|bad|incorrect|invalid|unknown|unrecogni[sz]ed|no such)\b<20>"
            r"\b(?:credentials?|passwords?|user|log-?in|API key|account|secret|combination)\b"
            r"|\b(?:auth|authentication|log-?(?:in|on)|sign-?in)\b<15>\b(?:denied|not (?:accepted|successful)"
            r"|unsuccessful)\b"
            r"|^(?:err(?:or)?\W+)?(?:auth\w*|log-?(?:in|on)|sign-?in)\b<10>\bfail\w*"
            r"|\brejected (?:credentials|your log-?in)"
            r"|\bunknown identity|\bnot a registered|\buser not recogni[sz]ed"
        ),
        source=_SEEN,
    ),
)

_FOLDERS: tuple[Rule, ...] = (
    Rule(
        "family-folder-fault",
        Category.SERVER_BUG,
        "the server fails at opening the folder",
        (
            maybe("A fault in the server, or in what holds its mail.", "Tell the administrator, with the reply."),
            maybe("The fault is passing.", _LATER),
        ),
        protocols=IMAP,
        stages=FOLDER,
        text=words(
            r"\bexception\b|\berror\b|\bunexpected\b|\bconnection (?:refused|reset|lost)"
            r"|\bunable to (?:handle|read)\b|\bvalid mbox\b|" + PARTS + "<20>" + DOWN
        ),
        source=_SEEN,
    ),
    Rule(
        "family-folder-rights",
        Category.MAILBOX_PERM,
        "the login has no rights on the folder",
        (maybe("The folder belongs to somebody else.", "Have its owner grant the rights l and r, at least."),),
        protocols=IMAP,
        stages=FOLDER,
        text=words(
            r"\bforbidden\b|\bpermission problem\b|\bun-?authori[sz]ed\b|\b(?:insufficient|lack|no"
            r"|missing)\b<10>\b(?:rights?|permissions?"
            r"|privileges?)\b"
            r"|\b(?:rights?|permissions?|access|privileges?)\b<25>\b(?:insufficient|denied|missing|refused)\b"
            r"|\bnot have\b<10>\b(?:permissions?|access|rights?)\b|\bdenied\b"
        ),
        source=_SEEN,
    ),
    Rule(
        "family-folder-missing",
        Category.MAILBOX_NONEXISTENT,
        "there seems to be no such folder",
        (maybe("The name is wrong, or lacks the server's prefix.", "Use a name from the folder list."),),
        protocols=IMAP,
        stages=FOLDER,
        text=words(
            UNABLE + r"<5>\b(?:find|locate|be found)\b|\b(?:folder|mailbox)\b<10>\b(?:unknown|missing|not found)\b"
            r"|\b(?:unknown|no such|non-?existent|missing)\b<10>\b(?:folder|mailbox)\b|\bdoes(?: not|n't) exist\b"
            r"|\binvalid (?:folder|mailbox)\b|\bno (?:folder|mailbox)\b|\bnot found\W*$|\bno (?:folder"
            r"|mailbox) (?:of|by)\b|\bnot there\b"
        ),
        source=_SEEN,
    ),
)

RULES: tuple[Rule, ...] = _LOGIN + _FOLDERS
