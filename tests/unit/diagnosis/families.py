# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies as servers of all kinds word them: what the families of words are for, and what they must leave alone."""

from __future__ import annotations

from typing import NamedTuple


class Worded(NamedTuple):
    """One reply, the rule that speaks about it, and the category."""

    rule: str
    protocol: str
    stage: str
    reply: str
    category: str


class Neighbour(NamedTuple):
    """One reply whose words are near those of ``rule`` and mean something else."""

    rule: str
    protocol: str
    stage: str
    reply: str


WORDED: tuple[Worded, ...] = (
    Worded("family-account", "smtp", "auth", "535 Account is not active", "auth.account_disabled"),
    Worded("family-account", "smtp", "auth", "535 User is not active", "auth.account_disabled"),
    Worded("family-account", "smtp", "auth", "535 Your account is on hold", "auth.account_disabled"),
    Worded("family-account-at-sender", "smtp", "sender", "535 This account is suspended", "policy.account"),
    Worded("family-account-at-sender", "smtp", "sender", "550 Your domain has been deactivated", "policy.account"),
    Worded("family-account-at-sender", "smtp", "sender", "550 account disabled", "policy.account"),
    Worded(
        "family-allowance", "smtp", "message", "454 Throttling failure: Maximum sending rate exceeded.", "quota.sending"
    ),
    Worded("family-allowance", "smtp", "recipient", "451 You have exceeded your messaging limits", "quota.sending"),
    Worded("family-allowance", "smtp", "sender", "550 You have reached your daily message limit", "quota.sending"),
    Worded("family-broken-off", "imap", "auth", "a1 BAD Invalid base64 data in continued response", "auth.aborted"),
    Worded("family-broken-off", "smtp", "auth", "501 5.5.2 Cannot decode response", "auth.aborted"),
    Worded("family-broken-off", "smtp", "auth", "501 5.5.2 Invalid base64 data", "auth.aborted"),
    Worded("family-client-address", "smtp", "greeting", "554 No SMTP service here for [203.0.113.9]", "policy.ip"),
    Worded(
        "family-client-address", "smtp", "greeting", "554 Your IP address 203.0.113.9 is on our deny list", "policy.ip"
    ),
    Worded("family-client-address", "smtp", "greeting", "571 Your address has been banned", "policy.ip"),
    Worded(
        "family-credentials",
        "smtp",
        "auth",
        "535 5.7.8 Bad username or password (Authentication failed).",
        "auth.credentials",
    ),
    Worded(
        "family-credentials", "smtp", "auth", "535 Authentication failed: Bad username / password", "auth.credentials"
    ),
    Worded("family-credentials", "smtp", "auth", "535 Sorry, your username or password is wrong", "auth.credentials"),
    Worded("family-expired", "imap", "auth", "a1 NO Password change required", "auth.expired"),
    Worded("family-expired", "imap", "auth", "a1 NO You must change your password", "auth.expired"),
    Worded("family-expired", "smtp", "auth", "535 Please reset your password", "auth.expired"),
    Worded("family-folder-fault", "imap", "select", "a4 NO Unable to read index", "server.bug"),
    Worded("family-folder-fault", "imap", "select", "a4 NO error opening mailbox", "server.bug"),
    Worded("family-folder-fault", "imap", "select", "a4 NO unexpected exception while processing SELECT", "server.bug"),
    Worded(
        "family-folder-missing", "imap", "select", "a4 NO The requested item could not be found.", "mailbox.nonexistent"
    ),
    Worded("family-folder-missing", "imap", "select", "a4 NO Unable to find folder", "mailbox.nonexistent"),
    Worded("family-folder-missing", "imap", "select", "a4 NO folder unknown", "mailbox.nonexistent"),
    Worded("family-folder-rights", "imap", "select", "a4 NO Access to mailbox denied", "mailbox.perm"),
    Worded(
        "family-folder-rights",
        "imap",
        "select",
        "a4 NO You do not have permission to access this folder",
        "mailbox.perm",
    ),
    Worded("family-folder-rights", "imap", "select", "a4 NO insufficient rights", "mailbox.perm"),
    Worded("family-identity", "smtp", "sender", "550 From address must match authenticated user", "sender.not_owned"),
    Worded("family-identity", "smtp", "sender", "553 Envelope sender differs from login name", "sender.not_owned"),
    Worded("family-identity", "smtp", "sender", "553 sender does not match authenticated user", "sender.not_owned"),
    Worded("family-login-first", "smtp", "sender", "503 You are not authenticated", "auth.required"),
    Worded("family-login-first", "smtp", "sender", "535 login required", "auth.required"),
    Worded("family-login-first", "smtp", "sender", "550 Anonymous sending not allowed", "auth.required"),
    Worded(
        "family-login-pace",
        "smtp",
        "auth",
        "535 Authentication temporarily blocked due to repeated failures",
        "auth.rate_limited",
    ),
    Worded(
        "family-login-pace",
        "smtp",
        "auth",
        "535 You have exceeded the number of allowed login attempts",
        "auth.rate_limited",
    ),
    Worded("family-login-pace", "smtp", "auth", "535 login frequency limited", "auth.rate_limited"),
    Worded("family-login-trouble", "smtp", "auth", "451 unable to contact LDAP server", "server.temporary"),
    Worded("family-login-trouble", "smtp", "auth", "535 Internal authentication error", "server.temporary"),
    Worded("family-login-trouble", "smtp", "auth", "535 database error", "server.temporary"),
    Worded("family-mailbox-full", "smtp", "recipient", "422 the recipient's mailbox has no room left", "quota.mailbox"),
    Worded("family-mailbox-full", "smtp", "recipient", "550 insufficient storage in mailbox", "quota.mailbox"),
    Worded("family-mailbox-full", "smtp", "recipient", "552 maximum mailbox capacity reached", "quota.mailbox"),
    Worded("family-no-login-here", "smtp", "auth", "538 No AUTH on this port", "auth.unavailable"),
    Worded("family-own-trouble", "smtp", "greeting", "421 4.3.2 Service shutting down", "server.temporary"),
    Worded("family-own-trouble", "smtp", "greeting", "421 out of memory", "server.temporary"),
    Worded(
        "family-own-trouble", "smtp", "message", "451 4.7.1 Service unavailable - try again later", "server.temporary"
    ),
    Worded("family-recipient", "smtp", "recipient", "550 Not our customer", "rcpt.unknown"),
    Worded("family-recipient", "smtp", "recipient", "550 Unable to find recipient", "rcpt.unknown"),
    Worded("family-recipient", "smtp", "recipient", "550 recipient is not in our directory", "rcpt.unknown"),
    Worded("family-recipient-account", "smtp", "recipient", "550 Mailbox is blocked", "rcpt.account"),
    Worded("family-recipient-account", "smtp", "recipient", "550 This mailbox cannot receive messages", "rcpt.account"),
    Worded("family-recipient-account", "smtp", "recipient", "550 user is not active", "rcpt.account"),
    Worded("family-relay", "smtp", "recipient", "550 not local", "rcpt.relay"),
    Worded("family-relay", "smtp", "recipient", "551 User not local; please try <ops@other.example>", "rcpt.relay"),
    Worded("family-relay", "smtp", "recipient", "554 We do not host this domain", "rcpt.relay"),
    Worded("family-sender-domain", "smtp", "sender", "451 4.1.8 Could not resolve sender domain", "deliverability.dns"),
    Worded("family-sender-domain", "smtp", "sender", "550 Sender domain must exist", "deliverability.dns"),
    Worded("family-sender-domain", "smtp", "sender", "550 no MX or A for your domain", "deliverability.dns"),
    Worded("family-sender-proof", "smtp", "message", "550 Domain alignment failed", "deliverability.auth"),
    Worded(
        "family-sender-proof",
        "smtp",
        "sender",
        "550 203.0.113.9 is not allowed to send mail from acme.example",
        "deliverability.auth",
    ),
    Worded(
        "family-sender-proof",
        "smtp",
        "sender",
        "550 acme.example does not designate 203.0.113.9 as permitted sender",
        "deliverability.auth",
    ),
    Worded("family-token", "imap", "auth", "a1 NO Bearer token is not valid", "auth.token"),
    Worded("family-token", "imap", "auth", "a1 NO [AUTHENTICATIONFAILED] OAuth2 token rejected", "auth.token"),
    Worded("family-token", "smtp", "auth", "535 5.7.8 Access token has expired", "auth.token"),
    Worded("family-user-form", "smtp", "auth", "535 User name must be a complete e-mail address", "auth.username_form"),
    Worded(
        "first-account-stopped",
        "smtp",
        "message",
        "554 Sending paused for this account. For more information, please check the inbox.",
        "policy.account",
    ),
    Worded("first-account-stopped", "smtp", "message", "554 Sending suspended", "policy.account"),
    Worded(
        "first-account-stopped", "smtp", "message", "554 Your account is not allowed to send mail", "policy.account"
    ),
    Worded("first-address-form", "smtp", "recipient", "550 invalid address format", "address.syntax"),
    Worded("first-address-form", "smtp", "recipient", "553 5.1.3 Invalid address syntax", "address.syntax"),
    Worded("first-address-form", "smtp", "recipient", "555 syntax error (#5.5.4)", "address.syntax"),
    Worded(
        "first-app-password",
        "smtp",
        "auth",
        "535 5.7.8 Please use an app-specific password to sign in",
        "auth.app_password_required",
    ),
    Worded(
        "first-app-password",
        "smtp",
        "auth",
        "535 Authentication failed: application specific password needed",
        "auth.app_password_required",
    ),
    Worded(
        "first-app-password",
        "smtp",
        "auth",
        "535 Two-factor authentication is enabled; use an application password",
        "auth.app_password_required",
    ),
    Worded("first-authorization", "smtp", "auth", "535 5.7.1 Unauthorized", "auth.credentials"),
    Worded("first-authorization", "smtp", "auth", "535 Authorization failed.", "auth.credentials"),
    Worded("first-authorization", "smtp", "auth", "535 authorization failed (#5.7.0)", "auth.credentials"),
    Worded("first-clear-login", "imap", "auth", "a1 BAD LOGIN not allowed before STARTTLS", "auth.plaintext_refused"),
    Worded("first-clear-login", "imap", "auth", "a1 NO LOGIN is disabled", "auth.plaintext_refused"),
    Worded("first-clear-login", "imap", "auth", "a1 NO Login not permitted without SSL", "auth.plaintext_refused"),
    Worded("first-clear-session", "smtp", "sender", "530 5.7.0 Please issue STARTTLS first", "tls.required"),
    Worded("first-clear-session", "smtp", "sender", "530 Secure channel required, use STARTTLS", "tls.required"),
    Worded("first-clear-session", "smtp", "sender", "550 5.7.10 Encryption needed", "tls.required"),
    Worded(
        "first-connection-pace", "smtp", "greeting", "421 4.3.2 Connection rate limit exceeded.", "conn.rate_limited"
    ),
    Worded(
        "first-connection-pace", "smtp", "greeting", "421 Too many connection attempts, slow down", "conn.rate_limited"
    ),
    Worded("first-connection-pace", "smtp", "greeting", "421 connecting too fast", "conn.rate_limited"),
    Worded("first-content", "smtp", "message", "550 Message rejected: content not acceptable", "policy.refused"),
    Worded(
        "first-content",
        "smtp",
        "message",
        "554 5.7.1 This message has been blocked because it contains a banned attachment",
        "policy.refused",
    ),
    Worded("first-content", "smtp", "message", "554 rejected due to content restrictions", "policy.refused"),
    Worded("first-expired", "imap", "auth", "a1 NO Password expired, please change it", "auth.expired"),
    Worded("first-expired", "imap", "auth", "a1 NO Your password has expired", "auth.expired"),
    Worded("first-expired", "smtp", "auth", "535 password expired", "auth.expired"),
    Worded("first-first-contact", "smtp", "recipient", "450 New triplet, come back in 5 minutes", "rcpt.greylisted"),
    Worded(
        "first-first-contact",
        "smtp",
        "recipient",
        "450 temporarily deferred, try again in 300 seconds",
        "rcpt.greylisted",
    ),
    Worded(
        "first-first-contact", "smtp", "recipient", "451 first contact, please retry in 5 minutes", "rcpt.greylisted"
    ),
    Worded(
        "first-foreign-header", "smtp", "message", "550 From header is not one of your addresses", "sender.not_owned"
    ),
    Worded("first-foreign-header", "smtp", "message", "550 header From does not match the login", "sender.not_owned"),
    Worded("first-foreign-header", "smtp", "sender", "550 You can only send from your own address", "sender.not_owned"),
    Worded("first-login-first", "smtp", "recipient", "530 SMTP authentication needed", "auth.required"),
    Worded(
        "first-login-first", "smtp", "recipient", "550 Authentication needed to send to this domain", "auth.required"
    ),
    Worded("first-login-first", "smtp", "sender", "550 No authentication, no relay", "auth.required"),
    Worded("first-mechanism", "smtp", "auth", "501 PLAIN authentication not available", "auth.mechanism"),
    Worded("first-mechanism", "smtp", "auth", "504 AUTH mechanism PLAIN not available", "auth.mechanism"),
    Worded("first-mechanism", "smtp", "auth", "504 CRAM-MD5 authentication mechanism not supported", "auth.mechanism"),
    Worded("first-no-passwords", "imap", "auth", "a1 NO Basic authentication is disabled", "auth.method_disabled"),
    Worded(
        "first-no-passwords",
        "smtp",
        "auth",
        "535 5.7.8 Password authentication is disabled for this organization, use OAuth",
        "auth.method_disabled",
    ),
    Worded("first-no-passwords", "smtp", "auth", "535 Basic auth disabled", "auth.method_disabled"),
    Worded(
        "first-not-logged-in", "imap", "list", "a3 BAD Command not permitted when not authenticated", "auth.required"
    ),
    Worded("first-not-logged-in", "imap", "list", "a3 BAD Not logged in", "auth.required"),
    Worded("first-not-logged-in", "imap", "list", "a3 NO Please login first", "auth.required"),
    Worded("first-own-fault", "smtp", "message", "451 4.7.0 DMARC lookup failed temporarily", "server.temporary"),
    Worded("first-own-fault", "smtp", "message", "451 content filter unavailable", "server.temporary"),
    Worded("first-own-fault", "smtp", "message", "451 error evaluating SPF, try again later", "server.temporary"),
    Worded("first-place-barred", "imap", "auth", "a1 NO Login denied from this IP address", "policy.ip"),
    Worded("first-place-barred", "smtp", "auth", "535 5.7.1 Login not allowed from your location", "policy.ip"),
    Worded(
        "first-place-barred", "smtp", "auth", "535 Authentication not allowed from IP address 203.0.113.9", "policy.ip"
    ),
    Worded(
        "first-protocol-off",
        "smtp",
        "auth",
        "535 5.7.8 SMTP access is not permitted for this account",
        "auth.protocol_disabled",
    ),
    Worded(
        "first-protocol-off", "smtp", "auth", "535 SMTP service is not enabled for this user", "auth.protocol_disabled"
    ),
    Worded(
        "first-protocol-off", "smtp", "auth", "550 User does not have permission to use SMTP", "auth.protocol_disabled"
    ),
    Worded("first-recipient-count", "smtp", "recipient", "452 4.5.3 Recipient limit reached", "rcpt.limit"),
    Worded("first-recipient-count", "smtp", "recipient", "452 recipient count exceeds maximum", "rcpt.limit"),
    Worded("first-recipient-count", "smtp", "recipient", "550 maximum number of recipients exceeded", "rcpt.limit"),
    Worded("first-recipient-pace", "smtp", "message", "432 4.3.2 recipient thread limit exceeded", "rcpt.rate"),
    Worded(
        "first-recipient-pace",
        "smtp",
        "recipient",
        "450 4.2.1 The recipient has exceeded its rate of messages",
        "rcpt.rate",
    ),
    Worded("first-sender-blocked", "smtp", "auth", "535 Sender address blocked", "policy.account"),
    Worded("first-sender-missing", "smtp", "recipient", "550 5.1.8 Sender address does not exist", "sender.refused"),
    Worded("first-sender-missing", "smtp", "recipient", "550 could not verify sender", "sender.refused"),
    Worded("first-sender-missing", "smtp", "recipient", "550 sender callback verification failed", "sender.refused"),
    Worded("first-serverbug", "imap", "select", "a4 NO [SERVERBUG] Internal error, see the log", "server.bug"),
    Worded("first-session-at-login", "smtp", "auth", "530 5.7.0 Connection is not secure", "tls.required"),
    Worded("first-session-at-login", "smtp", "auth", "530 5.7.0 Must use TLS", "tls.required"),
    Worded("first-session-at-login", "smtp", "auth", "530 Please start TLS before authenticating", "tls.required"),
    Worded("first-size", "smtp", "sender", "552 Declared size too large", "size"),
    Worded("first-size", "smtp", "sender", "552 Requested mail action aborted: exceeded size limit", "size"),
    Worded("first-size", "smtp", "sender", "552 Size limit is 10485760 bytes", "size"),
)

NEIGHBOURS: tuple[Neighbour, ...] = (
    Neighbour("first-expired", "smtp", "auth", "535 5.7.8 Access token has expired"),
    Neighbour("first-app-password", "smtp", "auth", "535 Invalid app password"),
    Neighbour("first-app-password", "smtp", "auth", "535 5.7.8 Username and password not accepted"),
    Neighbour("first-protocol-off", "smtp", "auth", "503 SMTP AUTH is not available"),
    Neighbour("first-protocol-off", "imap", "auth", "a1 NO IMAP login failed"),
    Neighbour("first-protocol-off", "smtp", "greeting", "554 No SMTP service here"),
    Neighbour("first-place-barred", "smtp", "auth", "535 Login denied"),
    Neighbour("first-place-barred", "imap", "auth", "a1 NO Authentication failed for user from 203.0.113.9"),
    Neighbour("first-mechanism", "imap", "auth", "a1 NO plain logins are disabled"),
    Neighbour("first-clear-login", "imap", "auth", "a1 NO LOGIN failed over TLS"),
    Neighbour("first-clear-login", "smtp", "auth", "454 4.7.0 TLS handshake with the login service failed"),
    Neighbour("first-clear-session", "smtp", "sender", "550 TLS 1.0 is not supported"),
    Neighbour("first-clear-session", "smtp", "message", "554 5.7.1 Encrypted attachments are not accepted"),
    Neighbour("first-not-logged-in", "imap", "select", "a4 NO Permission denied"),
    Neighbour("first-not-logged-in", "imap", "select", "* BYE Session expired, please login again"),
    Neighbour("first-own-fault", "smtp", "message", "550 5.7.20 No DKIM signatures"),
    Neighbour("first-own-fault", "smtp", "message", "550 SPF check failed"),
    Neighbour("first-connection-pace", "smtp", "greeting", "421 Too many connections"),
    Neighbour("first-recipient-pace", "smtp", "message", "452 4.2.2 The recipient is over quota"),
    Neighbour("first-recipient-count", "smtp", "recipient", "452 you have sent to too many recipients today"),
    Neighbour("first-recipient-count", "smtp", "recipient", "450 4.7.1 Error: too many recipients from 203.0.113.9"),
    Neighbour("first-size", "smtp", "recipient", "552 mailbox size limit exceeded"),
    Neighbour("first-size", "smtp", "message", "550 Daily message limit exceeded"),
    Neighbour("first-content", "smtp", "message", "552 Message too large"),
    Neighbour("first-content", "smtp", "recipient", "550 attachments@acme.example: user unknown"),
    Neighbour("first-address-form", "smtp", "recipient", "550 5.1.1 Invalid recipient"),
    Neighbour("first-address-form", "smtp", "sender", "503 Bad sequence of commands"),
    Neighbour("first-sender-missing", "smtp", "recipient", "550 5.1.1 Recipient address does not exist"),
    Neighbour("first-sender-missing", "smtp", "sender", "553 5.1.8 Domain of sender address does not exist"),
    Neighbour("first-foreign-header", "smtp", "message", "550 Missing From header"),
    Neighbour("first-account-stopped", "smtp", "recipient", "550 Account has been suspended"),
    Neighbour("first-account-stopped", "smtp", "sender", "550 5.7.1 You are not allowed to send as this address"),
    Neighbour("first-sender-blocked", "smtp", "auth", "535 account suspended"),
    Neighbour("first-first-contact", "smtp", "recipient", "451 Temporary lookup failure"),
    Neighbour("first-authorization", "smtp", "auth", "550 5.7.1 Your account is not authorized to use this service."),
    Neighbour(
        "family-expired", "imap", "auth", "a1 NO Login failed. Reset your password at https://acme.example/reset"
    ),
    Neighbour("family-user-form", "smtp", "auth", "535 E-mail address or password incorrect"),
    Neighbour("family-token", "imap", "auth", "a1 NO Token based accounts need no password"),
    Neighbour("family-login-pace", "smtp", "auth", "535 Authentication failed"),
    Neighbour("family-account", "imap", "auth", "a1 NO user or password incorrect"),
    Neighbour("family-login-trouble", "imap", "auth", "a1 NO Authentication failed"),
    Neighbour("family-broken-off", "smtp", "auth", "535 Authentication unsuccessful"),
    Neighbour("family-credentials", "smtp", "auth", "535 xyzzy"),
    Neighbour("family-credentials", "smtp", "auth", "535 5.7.0 account suspended"),
    Neighbour("family-identity", "smtp", "recipient", "550 Recipient address not verified"),
    Neighbour("family-identity", "smtp", "sender", "550 sender rejected"),
    Neighbour("family-allowance", "smtp", "recipient", "552 5.2.2 Quota exceeded"),
    Neighbour("family-account-at-sender", "smtp", "sender", "550 xyzzy"),
    Neighbour("family-own-trouble", "smtp", "recipient", "450 4.2.0 Greylisted"),
    Neighbour("family-client-address", "smtp", "greeting", "421 Service not available"),
    Neighbour("family-relay", "smtp", "recipient", "550 5.1.1 Not a known user"),
    Neighbour("family-recipient", "smtp", "recipient", "550 Recipient rejected"),
    Neighbour("family-recipient", "smtp", "recipient", "450 Mailbox unavailable"),
    Neighbour("family-recipient-account", "smtp", "recipient", "550 5.1.1 User unknown"),
    Neighbour("family-folder-rights", "imap", "select", "a4 NO Mailbox does not exist"),
    Neighbour("family-folder-missing", "imap", "select", "a4 NO Permission denied"),
    Neighbour("family-folder-fault", "imap", "select", "a4 NO Mailbox is not selectable"),
    Neighbour("first-no-passwords", "smtp", "auth", "535 5.7.8 Password authentication failed"),
    Neighbour("first-clear-session", "smtp", "sender", "454 4.7.0 TLS not available"),
)
