# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Yahoo, Apple, Zoho, Fastmail and Proton."""

from __future__ import annotations

from ..._models.names import Category, StageStatus
from .model import FAILED_LOGIN, IMAP, LOGIN, SMTP, TO, UNKNOWN, YES, Rule, likely, maybe, words

_YAHOO = frozenset({"yahoo"})
_APPLE = frozenset({"icloud"})
_ZOHO = frozenset({"zoho"})
_FASTMAIL = frozenset({"fastmail"})
_YAHOO_APP = (
    "Generate an app password (Yahoo and AOL: Account security > App passwords; AT&T: a secure "
    "mail key) and declare"
    " it as the secret."
)
_APPLE_APP = (
    "Create an app-specific password at https://account.apple.com under Sign-In and Security and declare it as the"
    " secret."
)
_APPLE_USER = (
    "Log in with the name part alone for IMAP and the full address for SMTP, both of the primary address: aliases"
    " can't log in."
)
_FASTMAIL_APP = (
    "Create an app password under Settings > Privacy & Security with access to Mail (IMAP/POP/SMTP); the plan must"
    " include IMAP."
)
_ZOHO_IMAP = "Enable IMAP access in the Zoho Mail settings; the plan must allow it."
_ZOHO_HOST = (
    "Use the host of the account's data centre (.com, .eu, .in, .com.au ...) and, for an own domain, the pro host"
    " (smtppro, imappro)."
)
_ZOHO_APP = "With two-factor authentication, create an application-specific password in Zoho Accounts > Security."
_BRIDGE = "Copy user name, password, port and security from the mailbox details that Bridge shows."

RULES: tuple[Rule, ...] = (
    Rule(
        "yahoo-auth005",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "Yahoo takes only app passwords",
        (
            likely(
                "The account's normal password is used; the words about too many attempts are misleading.", _YAHOO_APP
            ),
            maybe(
                "The account really is locked for a while after wrong logins.",
                "Stop all clients of the account, wait some hours, then try once.",
            ),
        ),
        protocols=SMTP,
        text=words(r"#AUTH005"),
        password_at_fault=YES,
        source="https://github.com/PHPMailer/PHPMailer/issues/2034",
    ),
    Rule(
        "yahoo-mbr1212",
        Category.AUTH_CREDENTIALS,
        "Yahoo does not accept this user name and password together",
        (
            likely("The account's normal password is used instead of an app password.", _YAHOO_APP),
            maybe("The app password is wrong or was revoked.", _YAHOO_APP),
        ),
        stages=LOGIN,
        text=words(r"#MBR1212"),
        password_at_fault=YES,
        source="https://github.com/PHPMailer/PHPMailer/issues/1287",
    ),
    Rule(
        "yahoo-imap-authz",
        Category.AUTH_AUTHZ,
        "Yahoo won't open this account's mailbox",
        (
            likely(
                "The account is locked, not verified, or has no mailbox yet.",
                "Sign in by browser and do what Yahoo asks for there.",
            ),
            likely("The account's normal password is used instead of an app password.", _YAHOO_APP),
        ),
        protocols=IMAP,
        stages=LOGIN,
        providers=_YAHOO,
        response_code="AUTHORIZATIONFAILED",
        # With this mark it is the password.
        text=words(r"^(?!.*#MBR1212)"),
        password_at_fault=UNKNOWN,
        source="RFC 5530",
    ),
    Rule(
        "yahoo-imap-credentials",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "Yahoo takes only app passwords over IMAP",
        (
            likely("The account's normal password is used.", _YAHOO_APP),
            maybe("The app password is wrong or was revoked.", _YAHOO_APP),
        ),
        protocols=IMAP,
        stages=LOGIN,
        providers=_YAHOO,
        response_code="AUTHENTICATIONFAILED",
        password_at_fault=YES,
        source="https://github.com/emersion/go-imap/issues/436",
    ),
    Rule(
        "yahoo-server-error",
        Category.SERVER_TEMPORARY,
        "the server has a fault at this moment",
        (likely("A fault at the provider.", "Do not change the password; probe again later."),),
        protocols=IMAP,
        vendors=frozenset({"yahoo"}),
        text=words(r"Server error - Please try again later"),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/joeyates/imap-backup/issues/218",
    ),
    Rule(
        "icloud-imap-credentials",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "iCloud takes only app-specific passwords",
        (
            likely("The Apple account's own password is used.", _APPLE_APP),
            maybe("The user name has the wrong form or is an alias.", _APPLE_USER),
        ),
        protocols=IMAP,
        stages=LOGIN,
        providers=_APPLE,
        response_code="AUTHENTICATIONFAILED",
        password_at_fault=YES,
        source="https://github.com/lefcha/imapfilter/issues/125",
    ),
    Rule(
        "icloud-smtp-credentials",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "iCloud takes only app-specific passwords",
        (
            likely("The Apple account's own password is used.", _APPLE_APP),
            maybe("The user name has the wrong form or is an alias.", _APPLE_USER),
        ),
        protocols=SMTP,
        stages=LOGIN,
        providers=_APPLE,
        code="535",
        text=FAILED_LOGIN,
        password_at_fault=YES,
        source="https://github.com/MailCore/mailcore2/issues/1579",
    ),
    Rule(
        "icloud-from",
        Category.SENDER_NOT_OWNED,
        "the address does not belong to this iCloud account",
        (
            likely(
                "The sender is neither an address nor an alias of the account.",
                "Send as an iCloud address of the account or as its verified own domain.",
            ),
        ),
        protocols=SMTP,
        vendors=frozenset({"icloud"}),
        text=words(r"From address is not one of your addresses"),
        source="https://github.com/TryGhost/Ghost/issues/17012",
    ),
    Rule(
        "zoho-relay",
        Category.SENDER_NOT_OWNED,
        "Zoho does not let this login send as this address",
        (
            likely("The sender is not the account's address or a verified alias.", "Use it, or add the alias in Zoho."),
            maybe("The host is of another data centre or plan.", _ZOHO_HOST),
        ),
        protocols=SMTP,
        vendors=frozenset({"zoho"}),
        text=words(r"Relaying disallowed as"),
        source="https://github.com/frappe/erpnext/issues/19057",
    ),
    Rule(
        "zoho-imap-off",
        Category.AUTH_PROTOCOL_DISABLED,
        "IMAP is switched off for this Zoho account",
        (likely("IMAP access is off in the account.", _ZOHO_IMAP),),
        protocols=IMAP,
        vendors=frozenset({"zoho"}),
        text=words(r"yet to enable IMAP"),
        source="https://github.com/deltachat/deltachat-android/issues/94",
    ),
    Rule(
        "zoho-imap-credentials",
        Category.AUTH_CREDENTIALS,
        "Zoho does not accept this user name and password together",
        (
            likely("Two-factor authentication is on and the normal password is used.", _ZOHO_APP),
            likely("IMAP access is off in the account.", _ZOHO_IMAP),
            maybe("The account lives in another data centre, or needs the pro host.", _ZOHO_HOST),
        ),
        protocols=IMAP,
        stages=LOGIN,
        vendors=frozenset({"zoho"}),
        text=words(r"Invalid credentials\(Failure\)"),
        password_at_fault=UNKNOWN,
        source="https://github.com/Foundry376/Mailspring/issues/1334",
    ),
    Rule(
        "zoho-smtp-credentials",
        Category.AUTH_CREDENTIALS,
        "Zoho does not accept this user name and password together",
        (
            likely("Two-factor authentication is on and the normal password is used.", _ZOHO_APP),
            likely("The account lives in another data centre, or needs the pro host.", _ZOHO_HOST),
        ),
        protocols=SMTP,
        stages=LOGIN,
        providers=_ZOHO,
        code="535",
        text=FAILED_LOGIN,
        password_at_fault=UNKNOWN,
        source="https://github.com/nodemailer/nodemailer/issues/456",
    ),
    Rule(
        "zoho-unusual",
        Category.QUOTA_SENDING,
        "Zoho stopped the account from sending for a while",
        (
            likely(
                "More mail than Zoho allows, or mail that looks unusual.",
                "Wait, or unblock the account in Zoho Mail under the outgoing-blocked notice.",
            ),
        ),
        protocols=SMTP,
        vendors=frozenset({"zoho"}),
        text=words(r"Unusual sending activity"),
        retryable=True,
        retry_after=86400,
        source="https://github.com/stopstalk/stopstalk-deployment/issues/132",
    ),
    Rule(
        "fastmail-imap-auth",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "Fastmail takes only app passwords",
        (
            likely("The account's own password, or an app password for something else, is used.", _FASTMAIL_APP),
            maybe("The plan has no IMAP.", "Check the plan of this user."),
        ),
        protocols=IMAP,
        stages=LOGIN,
        providers=_FASTMAIL,
        code="NO",
        text=words(r"Incorrect username or password"),
        password_at_fault=YES,
        source="https://github.com/Foundry376/Mailspring/issues/2217",
    ),
    Rule(
        "fastmail-smtp-auth",
        Category.AUTH_APP_PASSWORD_REQUIRED,
        "Fastmail takes only app passwords",
        (
            likely("The account's own password, or an app password for something else, is used.", _FASTMAIL_APP),
            maybe("The plan has no SMTP.", "Check the plan of this user."),
        ),
        protocols=SMTP,
        stages=LOGIN,
        vendors=frozenset({"fastmail"}),
        text=words(r"Incorrect username, password or access token"),
        password_at_fault=YES,
        source="Fastmail help, App passwords",
    ),
    Rule(
        "fastmail-locked",
        Category.RCPT_ACCOUNT,
        "the recipient's account is locked or closed",
        (
            likely(
                "The provider locked the account.",
                "The owner has to ask the provider's support; use another recipient.",
            ),
        ),
        protocols=SMTP,
        stages=TO,
        vendors=frozenset({"fastmail"}),
        text=words(r"Address locked or deactivated"),
        source="https://brianjohnson.co.za/posts/avoid-fastmail/",
    ),
    Rule(
        "proton-user",
        Category.AUTH_CREDENTIALS,
        "Proton Mail Bridge does not know this user name and password",
        (
            likely("Bridge makes a user name and a password of its own; the Proton account's are not taken.", _BRIDGE),
            maybe(
                "Bridge is not signed in, or switched between combined and split addresses.", "Sign in to Bridge again."
            ),
        ),
        stages=LOGIN,
        providers=frozenset({"proton-bridge"}),
        text=words(r"no such user|invalid (?:username|password)"),
        password_at_fault=YES,
        source="https://github.com/ProtonMail/proton-bridge/issues/503",
    ),
    Rule(
        "proton-jail",
        Category.AUTH_RATE_LIMITED,
        "too many logins failed before",
        (likely("The server bars logins for a while after wrong ones.", "Wait, correct the secret, then try once."),),
        stages=LOGIN,
        vendors=frozenset({"proton-bridge"}),
        text=words(r"too many login attempts"),
        retryable=True,
        retry_after=600,
        status=StageStatus.INCONCLUSIVE,
        source="https://github.com/ProtonMail/gluon",
    ),
)
