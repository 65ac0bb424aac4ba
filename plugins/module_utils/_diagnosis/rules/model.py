# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a rule is: how a reply is recognised, what it means, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from ..._models.failure import Cause
from ..._models.names import Category, Confidence, PasswordAtFault, Protocol, Stage, StageStatus
from ..provider import Identity
from ..reply import Reply

SMTP = frozenset({Protocol.SMTP})
IMAP = frozenset({Protocol.IMAP})
BOTH = frozenset(Protocol)

LOGIN = frozenset({Stage.AUTH})
GREET = frozenset({Stage.GREETING, Stage.CAPABILITY})
AFTER_LOGIN = frozenset({Stage.SENDER, Stage.RECIPIENT, Stage.MESSAGE})
TO = frozenset({Stage.RECIPIENT, Stage.MESSAGE})
FOLDER = frozenset({Stage.LIST, Stage.SELECT, Stage.SPECIAL_USE})
ANONYMOUS = frozenset({Stage.GREETING, Stage.CAPABILITY, Stage.STARTTLS})
"""Here the server can't know yet whose mailbox is meant, and what it says may be anybody's word."""
READ = frozenset({Stage.SESSION, Stage.LIST, Stage.SELECT, Stage.SPECIAL_USE})
ANY: frozenset[Stage] = frozenset()

FAILED_LOGIN = re.compile(
    r"auth\w* (?:failed|failure|credentials)|invalid|incorrect|rejected|not accepted", re.IGNORECASE
)

YES, NO, UNKNOWN = PasswordAtFault.YES, PasswordAtFault.NO, PasswordAtFault.UNKNOWN

_PERSONAL_FAMILIES = frozenset({"address", "mailbox", "message", "quota", "rcpt", "sender", "size"})
_IMPERSONAL = frozenset(
    {
        Category.AUTH_MECHANISM,
        Category.AUTH_PLAINTEXT_REFUSED,
        Category.AUTH_RATE_LIMITED,
        Category.AUTH_REFERRAL,
        Category.AUTH_REQUIRED,
        Category.AUTH_UNAVAILABLE,
        Category.RCPT_GREYLISTED,
    }
)


def is_personal(category: Category) -> bool:
    """Tell whether a category speaks about one account or message; before a login nothing can be known of either."""
    family = category.value.partition(".")[0]
    if category is Category.POLICY_ACCOUNT:
        return True
    return family in _PERSONAL_FAMILIES | {"auth"} and category not in _IMPERSONAL


NO_LOGIN = "No login took place, or it does not count on this port."
"""A cause that is none where the evidence has a login."""

NO_TOKENS = "This version logs in with passwords alone, so it can't prove such a login."
"""What is to be said wherever OAuth2 is the way."""

_GAP = re.compile(r"<(\d+)>")


def words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that is searched in a reply's joined text, blanks as the server wrote them.

    ``<20>`` stands for a gap of up to 20 characters within a sentence: a dot inside an address or a version ends none.
    """
    near = _GAP.sub(r"(?:[^.;]|[.](?=[^\\s])){0,\1}", pattern)
    return re.compile(near, re.IGNORECASE | re.DOTALL)


def likely(cause: str, remedy: str) -> Cause:
    """A cause that fits the evidence well."""
    return Cause(cause, remedy, Confidence.HIGH)


def maybe(cause: str, remedy: str) -> Cause:
    """A cause that is as good as others."""
    return Cause(cause, remedy, Confidence.MEDIUM)


def rarely(cause: str, remedy: str) -> Cause:
    """A cause worth a look when the others are ruled out."""
    return Cause(cause, remedy, Confidence.LOW)


@dataclass(frozen=True)
class Rule:
    """One way to recognise a refusal, and what it means. The first rule that matches counts.

    ``because`` is the end of the sentence "SMTP login was refused because ...". ``code`` is a regular expression for
    the whole SMTP reply code or IMAP status (``NO``, ``BAD``, ``BYE``), ``enhanced`` for the whole enhanced status code
    (RFC 3463), ``response_code`` for the whole name of an IMAP response code (RFC 5530); ``text`` is searched. An empty
    field does not count. ``providers`` is for texts that others write too: the rule then needs that provider.
    ``vendors`` says whose words they are: the rule is silent where the peer is known to be another one.
    ``status`` overrides what the reply's class says (4xx is inconclusive, 5xx has failed). ``retry_after`` in seconds.
    """

    id: str
    category: Category
    because: str
    causes: tuple[Cause, ...]
    protocols: frozenset[Protocol] = BOTH
    stages: frozenset[Stage] = ANY
    providers: frozenset[str] = frozenset()
    vendors: frozenset[str] = frozenset()
    code: str = ""
    enhanced: str = ""
    response_code: str = ""
    text: re.Pattern[str] | None = None
    password_at_fault: PasswordAtFault = PasswordAtFault.NO
    retryable: bool = False
    retry_after: float | None = None
    status: StageStatus | None = None
    source: str = ""

    def matches(self, reply: Reply, protocol: Protocol, stage: Stage, identity: Identity) -> bool:
        """Tell whether the rule speaks about this reply."""
        if protocol not in self.protocols or (self.stages and stage not in self.stages):
            return False
        if stage in ANONYMOUS and is_personal(self.category):
            return False
        if self.providers and not self.providers & identity.names:
            return False
        if self.vendors and identity.names and not self.vendors & identity.names:
            return False
        if self.code and not re.fullmatch(self.code, reply.code):
            return False
        if self.enhanced and not re.fullmatch(self.enhanced, reply.enhanced):
            return False
        if self.response_code and not any(re.fullmatch(self.response_code, name) for name in reply.response_codes):
            return False
        return self.text is None or self.text.search(reply.text) is not None


def words_of(vendors: frozenset[str], rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return rules that go by the words of one vendor; see :class:`Rule`."""
    return tuple(replace(rule, vendors=vendors) for rule in rules)


def reworded(rules: tuple[Rule, ...], of: str, **changes: Any) -> Rule:
    """Return the rule called ``of`` with other words to know it by; what it means and what to do stay the same."""
    return replace(next(rule for rule in rules if rule.id == of), **changes)
