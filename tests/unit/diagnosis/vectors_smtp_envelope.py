# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SMTP replies before and after the login; see vectors.py."""

from __future__ import annotations

from diagnosis.vector import Vector

VECTORS: tuple[Vector, ...] = (
    Vector(
        "gmail-smtp-daily-limit",
        "smtp",
        "sender",
        "gmail",
        "550 5.4.5 Daily user sending limit exceeded.",
        "quota.sending",
    ),
    Vector(
        "gmail-smtp-auth-required", "smtp", "sender", "gmail", "530-5.7.0 Authentication Required.", "auth.required"
    ),
    Vector(
        "gmail-smtp-421-dos",
        "smtp",
        "capability",
        "gmail",
        "421 4.7.0 Try again later, closing connection.",
        "policy.client",
    ),
    Vector(
        "gmail-rcpt-rate",
        "smtp",
        "recipient",
        "gmail",
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly.",
        "rcpt.rate",
    ),
    Vector(
        "gmail-policy-gcdp",
        "smtp",
        "message",
        "gmail",
        "550 5.7.1 This message violates example.com email policy. - gcdp x - gsmtp",
        "policy.admin_rule",
    ),
    Vector(
        "gmail-unauthenticated",
        "smtp",
        "message",
        "gmail",
        "550 5.7.26 This message does not have authentication information or fails to pass "
        "authentication checks (SPF or DKIM).",
        "deliverability.auth",
    ),
    Vector(
        "gmail-starttls-pipelining",
        "smtp",
        "starttls",
        "gmail",
        "454 4.5.0 SMTP protocol violation, no commands allowed to pipeline after STARTTLS",
        "protocol.violation",
    ),
    Vector(
        "m365-smtp-not-authenticated",
        "smtp",
        "sender",
        "microsoft365",
        "530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139 Authentication "
        "unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        "auth.required",
    ),
    Vector("exchange-ehlo-domain", "smtp", "capability", "exchange", "501 5.5.4 Invalid domain name", "policy.client"),
    Vector(
        "m365-mailbox-full",
        "smtp",
        "message",
        "microsoft365",
        "554 5.2.2 mailbox full; "
        "STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded",
        "quota.mailbox",
    ),
    Vector(
        "m365-submission-quota",
        "smtp",
        "message",
        "microsoft365",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a "
        "permanent exception with message The message can't be submitted because the sender's submission quota was "
        "exceeded.",
        "quota.sending",
    ),
    Vector(
        "m365-held-full",
        "smtp",
        "message",
        "microsoft365",
        "550 5.2.251 Sender throttled due to continuous mailbox full errors.",
        "quota.mailbox",
    ),
    Vector(
        "m365-held-send-as",
        "smtp",
        "message",
        "microsoft365",
        "550 5.2.252 Sender throttled due to continuous send as denied errors.",
        "sender.not_owned",
    ),
    Vector(
        "m365-held-license",
        "smtp",
        "message",
        "microsoft365",
        "550 5.2.253 Sender throttled due to continuous invalid license errors.",
        "policy.account",
    ),
    Vector(
        "m365-held-many-recipients",
        "smtp",
        "message",
        "microsoft365",
        "550 5.2.254 Sender throttled due to continuous too many recipients errors.",
        "rcpt.limit",
    ),
    Vector(
        "m365-held-bad-recipients",
        "smtp",
        "message",
        "microsoft365",
        "550 5.2.255 Sender throttled due to continuous invalid recipients errors.",
        "policy.account",
    ),
    Vector(
        "m365-smtp-bad-sender",
        "smtp",
        "message",
        "microsoft365",
        "550 5.1.8 Access denied, bad outbound sender",
        "policy.account",
    ),
    Vector(
        "icloud-smtp-from",
        "smtp",
        "message",
        "icloud",
        "550 5.7.0 From address is not one of your addresses",
        "sender.not_owned",
    ),
    Vector(
        "zoho-smtp-relay", "smtp", "message", "zoho", "553 Relaying disallowed as user@example.com", "sender.not_owned"
    ),
    Vector(
        "zoho-smtp-unusual",
        "smtp",
        "message",
        "zoho",
        "550 5.4.6 Unusual sending activity detected. Please try after sometime",
        "quota.sending",
    ),
    Vector("ionos-smtp-auth-required", "smtp", "sender", "ionos", "530 Authentication required", "auth.required"),
    Vector("ionos-rate", "smtp", "sender", "ionos", "421 Rate limit reached. Please try again later", "quota.sending"),
    Vector("ionos-policy", "smtp", "recipient", "ionos", "421 Reject due to policy violations", "policy.ip"),
    Vector(
        "webde-dns",
        "smtp",
        "recipient",
        "gmx",
        "550-Requested action not taken: mailbox unavailable\n550 invalid DNS MX or A/AAAA resource record",
        "deliverability.dns",
    ),
    Vector(
        "fastmail-locked",
        "smtp",
        "recipient",
        "fastmail",
        "554 5.7.1 <x>: Client host rejected: Address locked or deactivated; see "
        "http://mail.messagingengine.com/docs/locked.html",
        "rcpt.account",
    ),
    Vector(
        "yandex-sender",
        "smtp",
        "sender",
        "yandex",
        "553 5.7.1 Sender address rejected: not owned by auth user.",
        "sender.not_owned",
    ),
    Vector(
        "postfix-sender-login",
        "smtp",
        "recipient",
        "postfix",
        "553 5.7.1 <a@example.com>: Sender address rejected: not owned by user b@example.com",
        "sender.not_owned",
    ),
    Vector(
        "postfix-too-many-conn",
        "smtp",
        "greeting",
        "postfix",
        "421 4.7.0 mx.example.com Error: too many connections from 192.0.2.1",
        "conn.limit",
    ),
    Vector(
        "postfix-size", "smtp", "sender", "postfix", "552 5.3.4 Message size exceeds file system imposed limit", "size"
    ),
    Vector(
        "postfix-tls-local",
        "smtp",
        "starttls",
        "postfix",
        "454 4.7.0 TLS not available due to local problem",
        "tls.server_problem",
    ),
    Vector(
        "postfix-starttls-off",
        "smtp",
        "starttls",
        "postfix",
        "502 5.5.1 Error: command not implemented",
        "tls.unavailable",
    ),
    Vector(
        "postfix-helo-fqdn",
        "smtp",
        "recipient",
        "postfix",
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        "policy.client",
    ),
    Vector(
        "postfix-smtputf8",
        "smtp",
        "sender",
        "postfix",
        "553 5.6.7 Must declare SMTPUTF8 to send unicode address",
        "address.utf8",
    ),
    Vector(
        "postfix-sender-syntax", "smtp", "sender", "postfix", "501 5.1.7 Bad sender address syntax", "address.syntax"
    ),
    Vector("postfix-rcpts", "smtp", "recipient", "postfix", "452 4.5.3 Error: too many recipients", "rcpt.limit"),
    Vector(
        "postfix-unknown-user",
        "smtp",
        "recipient",
        "postfix",
        "550 5.1.1 <x@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
        "rcpt.unknown",
    ),
    Vector("exim-sync", "smtp", "greeting", "exim", "554 SMTP synchronization error", "protocol.violation"),
    Vector("exim-size", "smtp", "sender", "exim", "552 Message size exceeds maximum permitted", "size"),
    Vector("exim-relay2", "smtp", "recipient", "exim", "554 5.7.1 user not permitted to relay", "rcpt.relay"),
    Vector(
        "cpanel-hourly",
        "smtp",
        "message",
        "cpanel",
        "550 Domain example.com has exceeded the max emails per hour (100/100 (100%)) allowed. Message discarded.",
        "quota.sending",
    ),
    Vector(
        "hmail-auth-required",
        "smtp",
        "recipient",
        "hmailserver",
        "530 SMTP authentication is required.",
        "auth.required",
    ),
    Vector(
        "hmail-delivery",
        "smtp",
        "recipient",
        "hmailserver",
        "550 Delivery is not allowed to this address.",
        "rcpt.relay",
    ),
    Vector("generic-smtp-552-522", "smtp", "recipient", "any", "552 5.2.2 text", "quota.mailbox"),
    Vector("generic-smtp-550-511", "smtp", "recipient", "any", "550 5.1.1 text", "rcpt.unknown"),
    Vector("generic-smtp-552-534", "smtp", "sender", "any", "552 5.3.4 text", "size"),
    Vector("generic-smtp-550-571", "smtp", "recipient", "any", "550 5.7.1 text", "policy.refused"),
)
