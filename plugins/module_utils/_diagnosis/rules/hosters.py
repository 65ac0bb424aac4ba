# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Hosting companies: GMX and web.de, IONOS, OVHcloud, GoDaddy, cPanel."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import AFTER_LOGIN, FAILED_LOGIN, IMAP, LOGIN, SMTP, TO, UNKNOWN, Rule, likely, maybe, reworded, words

_GMX = frozenset({"gmx"})
_UNITED = frozenset({"gmx", "ionos"})
_EXTERNAL = (
    "Switch POP3/IMAP access on in the webmail's settings; it switches itself off when it is not used for some months."
)
_GMX_APP = "With two-factor authentication create an application-specific password in the webmail's security settings."
_POSTMASTER = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"

_OWN: tuple[Rule, ...] = (
    Rule(
        "gmx-imap-auth",
        Category.AUTH_PROTOCOL_DISABLED,
        "the server refused it without saying why",
        (
            likely("Access by mail programs is off for the account.", _EXTERNAL),
            likely("Two-factor authentication is on and the normal password is used.", _GMX_APP),
            maybe("The password is wrong, or the account is locked.", "Sign in by browser and look for a notice."),
        ),
        protocols=IMAP,
        stages=LOGIN,
        providers=_GMX,
        code="NO",
        text=words(r"^authentication failed\.?$"),
        password_at_fault=UNKNOWN,
        source="https://github.com/thunderbird/thunderbird-android/issues/5780",
    ),
    Rule(
        "united-smtp-auth",
        Category.AUTH_CREDENTIALS,
        "the server does not accept these credentials",
        (
            likely("GMX, web.de, mail.com: access by mail programs is off for the account.", _EXTERNAL),
            likely("Two-factor authentication is on and the normal password is used.", _GMX_APP),
            maybe("IONOS: the customer login is used.", "Use the mailbox's own address and password."),
            maybe("The password is wrong.", "Check it by signing in to the webmail."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        providers=_UNITED,
        code="535",
        text=FAILED_LOGIN,
        password_at_fault=UNKNOWN,
        source="https://github.com/gophish/gophish/issues/1665",
    ),
    Rule(
        "ionos-auth-required",
        Category.AUTH_REQUIRED,
        "the server takes mail only after a login",
        (likely("The mailbox is declared without a login.", "Declare a secret, or remove auth.mechanisms none."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        providers=_UNITED,
        code="530",
        source="https://github.com/dart-mailer/mailer/issues/161",
    ),
    Rule(
        "ionos-rate",
        Category.QUOTA_SENDING,
        "too many messages were sent in a short time",
        (likely("The account's or the client's sending rate is used up.", "Wait an hour and lower daily_limit."),),
        protocols=SMTP,
        code="421|450",
        vendors=frozenset({"gmx", "ionos"}),
        text=words(r"Rate limit reached"),
        retryable=True,
        retry_after=3600,
        source=_POSTMASTER,
    ),
    Rule(
        "ionos-policy",
        Category.POLICY_IP,
        "the server distrusts the address or the sender",
        (
            likely(
                "The reputation of the address or of the sender is poor.",
                "Look the address up in blocklists, clean the recipients' list, and wait.",
            ),
        ),
        protocols=SMTP,
        vendors=frozenset({"gmx", "ionos"}),
        text=words(r"Reject due to policy violations"),
        retryable=True,
        retry_after=3600,
        source=_POSTMASTER,
    ),
    Rule(
        "united-dns",
        Category.DELIVERABILITY_DNS,
        "the sending domain has no valid MX or address record",
        (likely("MX, A and AAAA are missing or wrong in DNS.", "Publish them for the sending domain."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"invalid DNS MX or A/AAAA|invalid DNS A/AAAA or MX"),
        source="https://github.com/LukeSmithxyz/emailwiz/issues/82",
    ),
    Rule(
        "ovh-smtp-auth",
        Category.AUTH_CREDENTIALS,
        "OVHcloud refused the login",
        (
            likely("The password or the user name (the full address) is wrong.", "Check both in the OVHcloud panel."),
            likely(
                "The address is blocked for spam; there, a new password can lift the block.",
                "Look at the state of the address in the control panel under Emails.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        providers=frozenset({"ovh"}),
        code="535",
        text=FAILED_LOGIN,
        password_at_fault=UNKNOWN,
        source="https://github.com/ovh/docs/pull/6139",
    ),
    Rule(
        "cpanel-hourly",
        Category.QUOTA_SENDING,
        "the domain sent more than its host allows in an hour",
        (likely("The hourly limit of the hosting account.", "Wait an hour, or ask the hosting company for more."),),
        protocols=SMTP,
        text=words(r"exceeded the max (?:emails per hour|defers and failures)"),
        retryable=True,
        retry_after=3600,
        source="https://github.com/sisimai/p5-sisimai",
    ),
    Rule(
        "cpanel-blocked",
        Category.POLICY_ACCOUNT,
        "the host stopped this account from sending",
        (
            likely(
                "The hosting account is suspended or held because of spam.",
                "Secure the account and ask the hosting company to release it.",
            ),
        ),
        protocols=SMTP,
        stages=TO | LOGIN,
        text=words(
            r"outgoing mail from .* has been suspended|sending from .* (?:is|has been) (?:blocked"
            r"|suspended)"
        ),
        status=StageStatus.FAILED,
        source="https://github.com/roundcube/roundcubemail/issues/8737",
    ),
    Rule(
        "cpanel-sender-unverified",
        Category.SENDER_REFUSED,
        "the server could not verify the sender's address",
        (
            likely(
                "The sender's address does not exist on its own server, or its domain has no MX that answers.",
                "Create the address, publish the domain's MX, or correct smtp.from.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"verification failed for\b.*could not deliver mail to|could not deliver mail to\b.*sender verify failed"
        ),
        source="https://github.com/mailcow/mailcow-dockerized/issues/1644",
    ),
    Rule(
        "cpanel-recipient",
        Category.RCPT_UNKNOWN,
        "the server can't deliver to this recipient",
        (
            likely("The address or its domain does not exist.", "Correct email or smtp.recipient."),
            maybe("The recipient's domain has no MX that answers.", "Look its DNS up, or use another recipient."),
        ),
        protocols=SMTP,
        stages=TO,
        code="5..",
        text=words(r"mail server could not deliver mail to"),
        source="https://github.com/mautic/mautic/issues/9822",
    ),
    Rule(
        "godaddy-sessions",
        Category.CONN_LIMIT,
        "too many connections come from this address",
        (likely("The server limits the sessions of an address.", "Lower the concurrency for this destination."),),
        protocols=SMTP,
        text=words(r"too many sessions from this IP"),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source="https://www.godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685",
    ),
    Rule(
        "hoster-hourly",
        Category.QUOTA_SENDING,
        "the account used up what it may send for now",
        (likely("The host's limit of messages or recipients an hour.", "Wait an hour and lower daily_limit."),),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(
            r"number (?:of )?(?:messages|recipients) per (?:minute|hour|day) exceeded"
            r"|you are sending too (?:fast|quickly)"
        ),
        retryable=True,
        retry_after=3600,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/rubymonsters/speakerinnen_liste/issues/1357",
    ),
)

RULES = (
    *_OWN,
    reworded(
        _OWN,
        "united-dns",
        id="godaddy-domain",
        text=words(r"\bIB506\b"),
        source="https://github.com/postalserver/postal/issues/342",
    ),
)
