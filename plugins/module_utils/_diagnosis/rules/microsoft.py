# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Microsoft: Microsoft 365, Outlook.com, Exchange on premises."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import (
    AFTER_LOGIN,
    FOLDER,
    IMAP,
    LOGIN,
    NO_TOKENS,
    READ,
    SMTP,
    UNKNOWN,
    Rule,
    likely,
    maybe,
    rarely,
    words,
)

_HERE = frozenset({"microsoft365", "exchange"})
_OAUTH_SMTP = f"Use OAuth2 (XOAUTH2) with a token of the scope https://outlook.office.com/SMTP.Send. {NO_TOKENS}"
_OAUTH_IMAP = (
    f"Use OAuth2 (XOAUTH2) with a token of the scope https://outlook.office.com/IMAP.AccessAsUser.All. {NO_TOKENS}"
)
_SWITCH = (
    "Switch Authenticated SMTP on for the mailbox (Microsoft 365 admin center > user > Mail > Manage email apps, or"
    " Set-CASMailbox -SmtpClientAuthenticationDisabled $false); for the tenant: Exchange admin center > Settings >"
    " Mail flow."
)

RULES: tuple[Rule, ...] = (
    Rule(
        "m365-smtp-switched-off",
        Category.AUTH_METHOD_DISABLED,
        "SMTP AUTH is switched off for this mailbox or its tenant",
        (
            likely("SMTP AUTH is off for the mailbox or the whole tenant.", _SWITCH),
            maybe("The tenant refuses passwords over SMTP as a matter of policy.", _OAUTH_SMTP),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"SmtpClientAuthentication is disabled"),
        source="https://aka.ms/smtp_auth_disabled",
    ),
    Rule(
        "m365-smtp-basic-off",
        Category.AUTH_METHOD_DISABLED,
        "Microsoft takes no passwords over SMTP for this account",
        (
            likely(
                "Password login is off: for every Outlook.com account, and for tenants without "
                "basic authentication."
                " An app password takes the same way and fails too.",
                _OAUTH_SMTP,
            ),
        ),
        protocols=SMTP,
        text=words(r"basic authentication is disabled"),
        source="https://github.com/nodemailer/nodemailer/issues/1714",
    ),
    Rule(
        "m365-smtp-basic-retired",
        Category.AUTH_METHOD_DISABLED,
        "Microsoft retired passwords for client submission",
        (
            likely(
                "Password login over SMTP has ended for this tenant.",
                _OAUTH_SMTP + " Bulk senders: High Volume Email, Azure Communication Services or Graph.",
            ),
        ),
        protocols=SMTP,
        text=words(r"Basic authentication is not supported"),
        source="https://www.captaindns.com/en/blog/microsoft-exchange-basic-auth-smtp-end",
    ),
    Rule(
        "m365-conditional-access",
        Category.AUTH_BLOCKED_POLICY,
        "a sign-in policy of the tenant forbids it",
        (
            likely(
                "Conditional Access, multi-factor authentication or an authentication policy refuses this sign-in.",
                "Look at the sign-in log in Microsoft Entra for the policy; exempt the account, or use OAuth2. "
                + NO_TOKENS,
            ),
        ),
        text=words(r"did not meet the criteria to be authenticated"),
        source="https://docs.bookyourpto.com/features/smtp-troubleshoot",
    ),
    Rule(
        "m365-locked",
        Category.AUTH_BLOCKED_POLICY,
        "Microsoft locked the account or guards it with security defaults",
        (
            likely(
                "The user is locked, or the tenant's security defaults forbid password logins.",
                "Look at the sign-in log in Microsoft Entra; unblock the user or use OAuth2. " + NO_TOKENS,
            ),
        ),
        stages=LOGIN,
        text=words(r"(?:user is locked by|security defaults policy)"),
        source="https://aka.ms/smtp_auth_disabled",
    ),
    Rule(
        "m365-smtp-credentials",
        Category.AUTH_CREDENTIALS,
        "Microsoft refused the login without saying why",
        (
            likely("The user name is not the user principal name, or the password is wrong.", "Check both."),
            likely("SMTP AUTH is off for the mailbox or the tenant.", _SWITCH),
            maybe("The account has multi-factor authentication, so a password can't be enough.", _OAUTH_SMTP),
            rarely("With OAuth2: the token lacks the scope SMTP.Send.", _OAUTH_SMTP),
        ),
        protocols=SMTP,
        stages=LOGIN,
        code="535",
        enhanced=r"5\.7\.(?:3|139)",
        text=words(r"Authentication unsuccessful"),
        password_at_fault=UNKNOWN,
        source="https://github.com/PHPMailer/PHPMailer/issues/992",
    ),
    Rule(
        "m365-not-authenticated-off",
        Category.AUTH_REQUIRED,
        "no login took place, as SMTP AUTH is switched off for the mailbox or its tenant",
        (
            likely("SMTP AUTH is off, so the login before it could not count.", _SWITCH),
            maybe("The tenant refuses passwords over SMTP as a matter of policy.", _OAUTH_SMTP),
        ),
        protocols=SMTP,
        text=words(r"client (?:was )?not authenticated.*SmtpClientAuthentication is disabled"),
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/issues/3124",
    ),
    Rule(
        "m365-not-authenticated",
        Category.AUTH_REQUIRED,
        "Microsoft takes mail only after a login",
        (
            likely("No login came before, or an earlier one had failed.", "Declare a secret for smtp."),
            maybe("The host is a relay that trusts addresses.", "Add the sending address to the inbound connector."),
        ),
        protocols=SMTP,
        text=words(r"client (?:was )?not authenticated"),
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange/issues/3124",
    ),
    Rule(
        "m365-proxy",
        Category.SERVER_TEMPORARY,
        "the Exchange front end can't reach its back end",
        (
            likely("A fault at the provider.", "Do not change the password; probe again later."),
            maybe(
                "On premises: the frontend transport resolves names with the wrong DNS servers.",
                "Check the internal DNS settings of the frontend transport service.",
            ),
        ),
        protocols=SMTP,
        text=words(r"Temporary server error.*PRX\d"),
        retryable=True,
        retry_after=600,
        source="https://github.com/M66B/FairEmail/blob/master/FAQ.md#faq22",
    ),
    Rule(
        "exchange-ehlo",
        Category.POLICY_CLIENT,
        "the EHLO name is malformed",
        (
            likely(
                "The name has a blank, an underscore or nothing in it.",
                "Declare smtp.ehlo with a full host name or an address in brackets.",
            ),
        ),
        protocols=SMTP,
        text=words(r"Invalid domain name"),
        code="501",
        source="https://github.com/Dolibarr/dolibarr/issues/9426",
    ),
    Rule(
        "exchange-auth-type",
        Category.AUTH_MECHANISM,
        "the server does not take this way of logging in here",
        (
            likely(
                "The connector does not offer the mechanism, or offers it only under TLS.",
                "Use port 587 with security starttls, and a mechanism that the server lists.",
            ),
        ),
        protocols=SMTP,
        stages=LOGIN,
        text=words(r"Unrecognized authentication type"),
        source="https://github.com/QuantumNous/new-api/issues/1989",
    ),
    Rule(
        "m365-concurrency",
        Category.CONN_LIMIT,
        "too many submissions of this mailbox run at once",
        (
            likely(
                "Microsoft allows three SMTP connections to a mailbox at a time.",
                "Let other senders of this mailbox finish, then probe again.",
            ),
        ),
        protocols=SMTP,
        text=words(r"concurrent connections limit exceeded|sender thread limit"),
        retryable=True,
        retry_after=300,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange",
    ),
    Rule(
        "m365-bad-sender",
        Category.POLICY_ACCOUNT,
        "Microsoft blocked the account for sending spam",
        (
            likely(
                "The mailbox is on the tenant's list of restricted entities.",
                "Secure the account, then release it in the Defender portal under Restricted entities.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"bad outbound sender"),
        source="https://github.com/MicrosoftDocs/OfficeDocs-Exchange",
    ),
    Rule(
        "m365-send-as",
        Category.SENDER_NOT_OWNED,
        "the login may not send as this address",
        (
            likely(
                "The address is neither the mailbox's own nor one it has Send As rights for.",
                "Use the login's own address in smtp.from, or grant Send As.",
            ),
        ),
        protocols=SMTP,
        stages=AFTER_LOGIN,
        text=words(r"SendAsDenied|not allowed to send as"),
        source="https://github.com/MicrosoftDocs/OfficeDocs-Support/issues/1187",
    ),
    Rule(
        "m365-not-connected",
        Category.AUTH_AUTHZ,
        "the login was taken, but the mailbox behind it can't be opened",
        (
            likely("IMAP is off for the mailbox.", "Set-CASMailbox -ImapEnabled $true, and wait some minutes."),
            likely(
                "The user has no licence or no mailbox, or the token is of another account.",
                "Check the licence, and that user name and token are of the same account.",
            ),
            maybe(
                "A shared mailbox is named in the wrong form, or permission on it is missing.",
                "Check the form of the user name and grant full access to the mailbox.",
            ),
            rarely("The password is wrong; Exchange sometimes says so only here.", "Check the password last."),
        ),
        protocols=IMAP,
        stages=READ | LOGIN,
        text=words(r"User is authenticated but not connected"),
        password_at_fault=UNKNOWN,
        source="https://github.com/imapsync/imapsync/issues/411",
    ),
    Rule(
        "m365-imap-auth",
        Category.AUTH_CREDENTIALS,
        "Exchange refused the login without saying why",
        (
            likely("Passwords are not taken over IMAP any more.", _OAUTH_IMAP),
            maybe(
                "IMAP is off for the mailbox.",
                "Set-CASMailbox -ImapEnabled $true; Outlook.com: Settings > Mail > Forwarding and IMAP.",
            ),
            maybe("The password, or the token's user or scope, is wrong.", "Check them."),
        ),
        protocols=IMAP,
        stages=LOGIN,
        providers=frozenset({"microsoft365"}),
        code="NO",
        text=words(r"(?:^| )(?:AUTHENTICATE|LOGIN) failed\.$"),
        password_at_fault=UNKNOWN,
        source="https://github.com/jstedfast/MailKit/issues/460",
    ),
    Rule(
        "exchange-imap-auth",
        Category.AUTH_CREDENTIALS,
        "Exchange refused the login without saying why",
        (
            likely("The password is wrong.", "Check it by signing in to Outlook on the web."),
            likely(
                "The user name has the wrong form.",
                "Declare imap.username as DOMAIN\\\\user, or as user principal name.",
            ),
            maybe("IMAP is off for the mailbox.", "Administrator: Set-CASMailbox -ImapEnabled $true."),
            maybe("It is a mailbox of Microsoft 365, where passwords are not taken over IMAP any more.", _OAUTH_IMAP),
        ),
        protocols=IMAP,
        stages=LOGIN,
        code="NO",
        text=words(r"(?:^| )(?:AUTHENTICATE|LOGIN) failed\.$"),
        password_at_fault=UNKNOWN,
        source="https://github.com/jstedfast/MailKit/issues/460",
    ),
    Rule(
        "m365-throttled",
        Category.CONN_RATE_LIMITED,
        "Exchange throttles this account for a while",
        (
            likely(
                "Too many commands or connections of the account in a short time.",
                "Wait as long as the reply says, and lower the number of clients.",
            ),
        ),
        text=words(r"Request is throttled"),
        retryable=True,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/postalsys/imapflow",
    ),
    Rule(
        "exchange-bye",
        Category.CONN_DROPPED,
        "Exchange ended the session",
        (
            likely("A back-end fault, or ten errors in one session.", "Probe again; look at the reply before it."),
            rarely("The mailbox is being moved.", "Ask the administrator whether a move is under way."),
        ),
        protocols=IMAP,
        code="BYE",
        text=words(r"Connection (?:is )?closed\. \d+"),
        retryable=True,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/jstedfast/MailKit/issues/1496",
    ),
    Rule(
        "exchange-argument",
        Category.SERVER_REJECTS_COMMAND,
        "Exchange does not accept the command as it was sent",
        (
            maybe("A name in the command has characters that Exchange refuses.", "Check the declared folder names."),
            maybe("The mailbox is over its quota.", "Check the mailbox's quota."),
        ),
        protocols=IMAP,
        text=words(r"Command Argument Error\.? ?\d+"),
        source="imapsync FAQ.Office365",
    ),
    Rule(
        "exchange-unavailable",
        Category.QUOTA_MAILBOX,
        "Exchange can't open the mailbox",
        (
            likely("The mailbox reached its quota.", "Free space in the mailbox or raise the quota."),
            likely("The IMAP back-end service is down.", "Administrator: check the IMAP4 back-end service."),
        ),
        protocols=IMAP,
        text=words(r"Server Unavailable\. ?15"),
        retryable=True,
        status=StageStatus.INCONCLUSIVE,
        source="imapsync FAQ.Exchange",
    ),
    Rule(
        "exchange-folder",
        Category.MAILBOX_NONEXISTENT,
        "there is no such folder",
        (likely("The folder's name is wrong.", "Use a name from the folder list, with its separator."),),
        protocols=IMAP,
        stages=FOLDER,
        providers=_HERE,
        code="NO",
        text=words(r"doesn't exist|does not exist"),
        source="RFC 9051 section 6.3.2",
    ),
)
