# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The vocabulary of the collection: every name that a result, a rule or a document may use."""

from __future__ import annotations

from enum import Enum

AUTO_PROVIDER = "auto"
"""What ``provider`` says instead of a name, to have it found out."""


class Protocol(str, Enum):
    """The two services of a mailbox."""

    SMTP = "smtp"
    IMAP = "imap"


class Security(str, Enum):
    """How a connection is protected (RFC 8314 §3); ``none`` only when declared by name."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Stage(str, Enum):
    """The stages of a mailbox run, in the order in which they happen."""

    CONFIG = "config"
    SECRET = "secret"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    CAPABILITY = "capability"
    STARTTLS = "starttls"
    AUTH = "auth"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"
    SESSION = "session"
    LIST = "list"
    SELECT = "select"
    SPECIAL_USE = "special_use"
    DOMAIN = "domain"
    REGISTER = "register"


class StageStatus(str, Enum):
    """What a single stage came to."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    WARNING = "warning"
    SKIPPED = "skipped"


class Verdict(str, Enum):
    """What a whole mailbox came to; ``partial`` when exactly one of two protocols works."""

    VERIFIED = "verified"
    PARTIAL = "partial"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"


class Reason(str, Enum):
    """Why a verdict was reached without a full probe."""

    RECENTLY_VERIFIED = "recently_verified"
    BREAKER_OPEN = "breaker_open"
    SECRET_REFUSED_BEFORE = "secret_refused_before"
    INVALID_DECLARATION = "invalid_declaration"


class Confidence(str, Enum):
    """How likely a cause is, given the evidence."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class PasswordAtFault(str, Enum):
    """Whether changing the password can help."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class AddressResult(str, Enum):
    """What became of one address of an endpoint (RFC 8305)."""

    CONNECTED = "connected"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    NOT_TRIED = "not_tried"


class Depth(str, Enum):
    """How far the SMTP probe goes; only ``message`` sends anything."""

    AUTH = "auth"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"


class AuthOrder(str, Enum):
    """Whether SMTP and IMAP log in side by side or one after the other."""

    PARALLEL = "parallel"
    SERIAL = "serial"


class Pipelining(str, Enum):
    """Whether commands may share a write (RFC 2920, RFC 3501 §5.5)."""

    AUTO = "auto"
    OFF = "off"


class FailOn(str, Enum):
    """From which severity on findings about a domain are a failure."""

    NEVER = "never"
    ERROR = "error"
    WARNING = "warning"


class State(str, Enum):
    """What the user asks of one mailbox."""

    VERIFIED = "verified"
    PRESENT = "present"
    ABSENT = "absent"


class Category(str, Enum):
    """Stable ids of failures; each is an anchor in docs/diagnostics.md."""

    CONFIG_INVALID = "config.invalid"
    CONFIG_SETTINGS = "config.settings_not_found"

    SECRET_VAULT_UNREACHABLE = "secret.vault_unreachable"
    SECRET_VAULT_TLS = "secret.vault_tls"
    SECRET_VAULT_SEALED = "secret.vault_sealed"
    SECRET_VAULT_LOGIN = "secret.vault_login"
    SECRET_VAULT_FORBIDDEN = "secret.vault_forbidden"
    SECRET_VAULT_ERROR = "secret.vault_error"
    SECRET_MOUNT_UNKNOWN = "secret.mount_unknown"
    SECRET_PATH_MISSING = "secret.path_missing"
    SECRET_VERSION_MISSING = "secret.version_missing"
    SECRET_VERSION_DELETED = "secret.version_deleted"
    SECRET_VERSION_DESTROYED = "secret.version_destroyed"
    SECRET_FIELD_MISSING = "secret.field_missing"
    SECRET_NOT_TEXT = "secret.not_text"
    SECRET_UNUSABLE = "secret.unusable"
    SECRET_REFUSED_BEFORE = "secret.refused_before"

    DNS_NXDOMAIN = "dns.nxdomain"
    DNS_NO_ADDRESS = "dns.no_address"
    DNS_MX_ONLY = "dns.mx_only"
    DNS_SERVFAIL = "dns.servfail"
    DNS_TIMEOUT = "dns.timeout"
    DNS_FAILED = "dns.failed"

    CONNECT_REFUSED = "connect.refused"
    CONNECT_TIMEOUT = "connect.timeout"
    CONNECT_UNREACHABLE = "connect.unreachable"

    TLS_MODE_MISMATCH = "tls.mode_mismatch"
    TLS_UNAVAILABLE = "tls.unavailable"
    TLS_REQUIRED = "tls.required"
    TLS_SERVER_PROBLEM = "tls.server_problem"
    TLS_INJECTION = "tls.injection"
    TLS_PREAUTH = "tls.preauth"
    TLS_VERSION = "tls.version"
    TLS_CIPHER = "tls.cipher"
    TLS_EXPIRED = "tls.expired"
    TLS_NOT_YET_VALID = "tls.not_yet_valid"
    TLS_NAME_MISMATCH = "tls.name_mismatch"
    TLS_UNKNOWN_CA = "tls.unknown_ca"
    TLS_SELF_SIGNED = "tls.self_signed"
    TLS_CLIENT_CERTIFICATE = "tls.client_certificate"
    TLS_FAILED = "tls.failed"

    PORT_WRONG_PROTOCOL = "port.wrong_protocol"

    CONN_DROPPED = "conn.dropped"
    CONN_TIMEOUT = "conn.timeout"
    CONN_LIMIT = "conn.limit"
    CONN_RATE_LIMITED = "conn.rate_limited"

    PROTOCOL_VIOLATION = "protocol.violation"
    PROTOCOL_LIMIT = "protocol.limit"

    AUTH_CREDENTIALS = "auth.credentials"
    AUTH_APP_PASSWORD_REQUIRED = "auth.app_password_required"
    AUTH_PROTOCOL_DISABLED = "auth.protocol_disabled"
    AUTH_METHOD_DISABLED = "auth.method_disabled"
    AUTH_REQUIRED = "auth.required"
    AUTH_UNAVAILABLE = "auth.unavailable"
    AUTH_MECHANISM = "auth.mechanism"
    AUTH_PLAINTEXT_REFUSED = "auth.plaintext_refused"
    AUTH_CREDENTIALS_WITHHELD = "auth.credentials_withheld"
    AUTH_RATE_LIMITED = "auth.rate_limited"
    AUTH_BLOCKED_WEB_LOGIN = "auth.blocked_web_login"
    AUTH_BLOCKED_POLICY = "auth.blocked_policy"
    AUTH_AUTHZ = "auth.authz"
    AUTH_TOKEN = "auth.token"
    AUTH_USERNAME_FORM = "auth.username_form"
    AUTH_TRANSITION = "auth.transition"
    AUTH_REFERRAL = "auth.referral"
    AUTH_EXPIRED = "auth.expired"
    AUTH_ACCOUNT_DISABLED = "auth.account_disabled"
    AUTH_ABORTED = "auth.aborted"
    AUTH_REFUSED = "auth.refused"

    SENDER_NOT_OWNED = "sender.not_owned"
    SENDER_REFUSED = "sender.refused"
    RCPT_UNKNOWN = "rcpt.unknown"
    RCPT_RELAY = "rcpt.relay"
    RCPT_RATE = "rcpt.rate"
    RCPT_LIMIT = "rcpt.limit"
    RCPT_ACCOUNT = "rcpt.account"
    RCPT_REFUSED = "rcpt.refused"
    RCPT_GREYLISTED = "rcpt.greylisted"
    MESSAGE_REFUSED = "message.refused"
    MESSAGE_UNKNOWN = "message.unknown"
    ADDRESS_SYNTAX = "address.syntax"
    ADDRESS_UTF8 = "address.utf8"
    SIZE = "size"

    MAILBOX_NONEXISTENT = "mailbox.nonexistent"
    MAILBOX_PERM = "mailbox.perm"
    MAILBOX_NAME = "mailbox.name"
    MAILBOX_REFUSED = "mailbox.refused"

    QUOTA_MAILBOX = "quota.mailbox"
    QUOTA_SENDING = "quota.sending"
    QUOTA_BANDWIDTH = "quota.bandwidth"

    POLICY_IP = "policy.ip"
    POLICY_CLIENT = "policy.client"
    POLICY_CLIENT_ID = "policy.client_id"
    POLICY_ACCOUNT = "policy.account"
    POLICY_ADMIN_RULE = "policy.admin_rule"
    POLICY_REFUSED = "policy.refused"
    DELIVERABILITY_DNS = "deliverability.dns"
    DELIVERABILITY_AUTH = "deliverability.auth"

    SERVER_TEMPORARY = "server.temporary"
    SERVER_BUG = "server.bug"
    SERVER_SLOW = "server.slow"
    SERVER_ALERT = "server.alert"
    SERVER_REFUSED = "server.refused"
    SERVER_REJECTS_COMMAND = "server.rejects_command"
    CLIENT_BUG = "client.bug"
    CLIENT_QUOTING = "client.quoting"

    RUN_DEADLINE = "run.deadline"
    RUN_NETWORK = "run.network"
    RUN_AUTH_BREAKER = "run.auth_breaker"
    RUN_PROBE_LOST = "run.probe_lost"
    RUN_SAME_ACCOUNT = "run.same_account"

    REGISTER_FAILED = "register.failed"
