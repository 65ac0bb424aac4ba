# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each category means, for docs/diagnostics.md."""

from __future__ import annotations

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category

MEANINGS: dict[Category, str] = {
    Category.CONFIG_INVALID: "The declaration can't be right. Nothing was sent; every problem is listed by its key.",
    Category.CONFIG_SETTINGS: "The declaration names no server for a service that is used, or no login name, and none"
    " was found. The failure says where was looked. Declare the host, or the provider by its name. Inconclusive where"
    " DNS or a source did not answer, or dnspython is missing.",
    Category.SECRET_VAULT_UNREACHABLE: "Vault could not be reached, so no mail server was asked. Check its"
    " address and the network. Inconclusive.",
    Category.SECRET_VAULT_TLS: "Vault's certificate was not accepted. Declare the authority that signs it.",
    Category.SECRET_VAULT_SEALED: "Vault is sealed and gives nothing out until an operator unseals it. Inconclusive.",
    Category.SECRET_VAULT_LOGIN: "Vault refused the login of the run itself. Check the token, role or certificate.",
    Category.SECRET_VAULT_FORBIDDEN: "Vault's policy does not allow the path to be read. The failure has the"
    " line to add.",
    Category.SECRET_VAULT_ERROR: "Vault answered with a fault of its own. Try later and look at its log."
    " Inconclusive for a rate limit (429) and for server errors (5xx).",
    Category.SECRET_MOUNT_UNKNOWN: "There is no secrets engine at that mount, or it is no KV engine.",
    Category.SECRET_PATH_MISSING: "There is no secret at that path. Check path and mount letter by letter.",
    Category.SECRET_VERSION_MISSING: "The secret has no such version.",
    Category.SECRET_VERSION_DELETED: "That version of the secret was deleted. It can be undeleted, or a new one"
    " written.",
    Category.SECRET_VERSION_DESTROYED: "That version of the secret was destroyed for good. Write a new one.",
    Category.SECRET_FIELD_MISSING: "The secret has no such field. The failure lists the fields that are there.",
    Category.SECRET_NOT_TEXT: "The field holds something that is no text, for example a list.",
    Category.SECRET_UNUSABLE: "The secret can't be a password: it is empty, or has a line end or NUL in it.",
    Category.SECRET_REFUSED_BEFORE: "The server refused this same secret lately, so it was not tried again:"
    " repeated wrong"
    " logins lock accounts. A new secret is tried at once; `force` tries the old one.",
    Category.DNS_NXDOMAIN: "The declared host does not exist.",
    Category.DNS_NO_ADDRESS: "The declared host has no address, as far as DNS or the operating system knows.",
    Category.DNS_MX_ONLY: "The declared host is a mail domain and no server. Declare the provider's server.",
    Category.DNS_SERVFAIL: "The DNS servers failed over the name. That is seldom the mailbox's fault. Inconclusive.",
    Category.DNS_TIMEOUT: "No DNS server answered in time. Inconclusive.",
    Category.DNS_FAILED: "The name could not be resolved, and the system did not say why. Inconclusive.",
    Category.CONNECT_REFUSED: "The host answers, but nothing listens on the port. The first cause names a usual port"
    " that does answer, if there is one.",
    Category.CONNECT_TIMEOUT: "Nothing came back from the address. Mostly a firewall. Whether the host's other usual"
    " ports answer tells a blocked port from a wrong host. Inconclusive.",
    Category.CONNECT_UNREACHABLE: "A router says that the address can't be reached. Inconclusive.",
    Category.TLS_MODE_MISMATCH: "Port and security don't go together: TLS from the first byte (465, 993)"
    " against TLS after"
    " a greeting in the clear (587, 143). The failure says which one the port wants.",
    Category.TLS_UNAVAILABLE: "The server does not offer STARTTLS, or something on the way removed the offer."
    " No password was"
    " sent.",
    Category.TLS_REQUIRED: "The server wants TLS before it goes on.",
    Category.TLS_SERVER_PROBLEM: "The server offers TLS and then can't do it.",
    Category.TLS_INJECTION: "Bytes were slipped in between the reply to STARTTLS and TLS (RFC 3207, RFC 8314)."
    " Treat it as"
    " an attack until it is explained.",
    Category.TLS_PREAUTH: "The server claims a login that did not happen. Before TLS that is a known attack;"
    " under TLS it"
    " proves no password.",
    Category.TLS_VERSION: "Server and probe share no TLS version.",
    Category.TLS_CIPHER: "Server and probe share no cipher, a key is too weak to be trusted, or the server wants"
    " another name first.",
    Category.TLS_EXPIRED: "The server's certificate is past its time.",
    Category.TLS_NOT_YET_VALID: "The server's certificate is not valid yet. Check the clock of the machine that"
    " probes.",
    Category.TLS_NAME_MISMATCH: "The server's certificate is for other names. The failure lists them.",
    Category.TLS_UNKNOWN_CA: "The certificate can't be traced to a known authority.",
    Category.TLS_SELF_SIGNED: "The certificate was signed by nobody but itself.",
    Category.TLS_CLIENT_CERTIFICATE: "The server wants a client certificate.",
    Category.TLS_FAILED: "The handshake failed for another reason, which the failure quotes.",
    Category.PORT_WRONG_PROTOCOL: "Another kind of server answered: POP3, the other mail protocol, a web"
    " server. Hosts or"
    " ports of SMTP and IMAP may be swapped.",
    Category.CONN_DROPPED: "The server ended the connection without a reason that decides anything. Inconclusive.",
    Category.CONN_TIMEOUT: "The server took the connection and went silent. Inconclusive.",
    Category.CONN_LIMIT: "Too many connections at once. Inconclusive.",
    Category.CONN_RATE_LIMITED: "Too much in a short time. Inconclusive.",
    Category.PROTOCOL_VIOLATION: "Server and probe don't agree on the protocol.",
    Category.PROTOCOL_LIMIT: "The peer sent more than any mail server does; the probe hung up.",
    Category.AUTH_CREDENTIALS: "User name and password are not accepted together. The words of most servers"
    " leave open which"
    " of the two is wrong, or whether the account may log in at all.",
    Category.AUTH_APP_PASSWORD_REQUIRED: "The provider takes app passwords only. Changing the account's own"
    " password does not"
    " help.",
    Category.AUTH_PROTOCOL_DISABLED: "IMAP or SMTP is switched off for the account.",
    Category.AUTH_METHOD_DISABLED: "This way of logging in is switched off, mostly passwords in favour of OAuth2.",
    Category.AUTH_REQUIRED: "The server wants a login, and none was declared or accepted.",
    Category.AUTH_UNAVAILABLE: "The server offers no login on this port.",
    Category.AUTH_MECHANISM: "The mechanism is not offered, or too weak for the server.",
    Category.AUTH_PLAINTEXT_REFUSED: "The server takes this login only under TLS.",
    Category.AUTH_CREDENTIALS_WITHHELD: "The probe did not send the password: the connection was not safe, or"
    " another login"
    " had just been refused.",
    Category.AUTH_RATE_LIMITED: "Too many logins. Inconclusive; more tries make it worse.",
    Category.AUTH_BLOCKED_WEB_LOGIN: "The provider wants the sign-in confirmed in a browser.",
    Category.AUTH_BLOCKED_POLICY: "A sign-in policy of the organisation forbids it.",
    Category.AUTH_AUTHZ: "The login counts, but the mailbox behind it may not be opened with it.",
    Category.AUTH_TOKEN: "The OAuth2 token is not accepted.",
    Category.AUTH_USERNAME_FORM: "The user name has the wrong form.",
    Category.AUTH_TRANSITION: "The server wants one plain login to convert the stored password (RFC 4954).",
    Category.AUTH_REFERRAL: "The server names another server. Never followed: a forged reply looks the same.",
    Category.AUTH_EXPIRED: "The password has expired.",
    Category.AUTH_ACCOUNT_DISABLED: "The account is disabled or locked.",
    Category.AUTH_ABORTED: "The login was broken off halfway.",
    Category.AUTH_REFUSED: "The login was refused for a reason that the reply does not tell, or that can't be"
    " the password.",
    Category.SENDER_NOT_OWNED: "The login may not send as this address. Many servers say so only at the recipient.",
    Category.SENDER_REFUSED: "The sender is refused for a reason that is not known.",
    Category.RCPT_UNKNOWN: "The recipient does not exist there.",
    Category.RCPT_RELAY: "The server does not pass mail on for this client.",
    Category.RCPT_RATE: "The recipient gets too much mail at the moment.",
    Category.RCPT_LIMIT: "Too many recipients.",
    Category.RCPT_ACCOUNT: "The recipient's account is locked or closed.",
    Category.RCPT_REFUSED: "The recipient is refused for a reason that is not known.",
    Category.RCPT_GREYLISTED: "The recipient is put off. After a good login this is only a warning.",
    Category.MESSAGE_REFUSED: "The message is refused for a reason that is not known.",
    Category.MESSAGE_UNKNOWN: "The message was handed over and the receipt is missing. It is never sent a second time.",
    Category.ADDRESS_SYNTAX: "The server can't read the address.",
    Category.ADDRESS_UTF8: "The address has letters beyond ASCII that the server does not support.",
    Category.SIZE: "The message is too large.",
    Category.MAILBOX_NONEXISTENT: "There is no such folder. The failure lists the near names.",
    Category.MAILBOX_PERM: "The login has no rights on the folder.",
    Category.MAILBOX_NAME: "The folder's name breaks a rule of the server.",
    Category.MAILBOX_REFUSED: "The folder is refused for a reason that is not known.",
    Category.QUOTA_MAILBOX: "The mailbox is full.",
    Category.QUOTA_SENDING: "The account used up what it may send for now.",
    Category.QUOTA_BANDWIDTH: "The account used up its traffic for now. Inconclusive.",
    Category.POLICY_IP: "The server distrusts the address the probe comes from.",
    Category.POLICY_CLIENT: "The server does not like the client, mostly its EHLO name.",
    Category.POLICY_CLIENT_ID: "The server wants the client to introduce itself by IMAP ID.",
    Category.POLICY_ACCOUNT: "The provider stopped the account from sending.",
    Category.POLICY_ADMIN_RULE: "A rule of the organisation's administrator forbids it.",
    Category.POLICY_REFUSED: "A policy of the server forbids it; the reply may say which.",
    Category.DELIVERABILITY_DNS: "DNS records of the sending domain are missing or wrong.",
    Category.DELIVERABILITY_AUTH: "SPF, DKIM or DMARC of the sending domain is missing or fails.",
    Category.SERVER_TEMPORARY: "The server can't do it at this moment. Inconclusive; the password is not at fault.",
    Category.SERVER_BUG: "The server reports a fault of its own.",
    Category.SERVER_SLOW: "A part of the server is slow. Inconclusive.",
    Category.SERVER_ALERT: "The operator has a message for the user, and the command failed.",
    Category.SERVER_REFUSED: "The server refuses, and does not say why.",
    Category.SERVER_REJECTS_COMMAND: "The server does not take a command that others take.",
    Category.CLIENT_BUG: "The server finds the probe at fault. Please report the reply.",
    Category.CLIENT_QUOTING: "The server misread a quoted login line. Please report the reply.",
    Category.RUN_DEADLINE: "The time for the mailbox was over. Inconclusive.",
    Category.RUN_NETWORK: "The machine that probes has no network to the server, or no open file, port or memory left."
    " Inconclusive.",
    Category.RUN_AUTH_BREAKER: "Too many logins at this server failed in the run, so no more were tried. Inconclusive.",
    Category.RUN_PROBE_LOST: "No probe host gave a result for this mailbox, or the process that probed it was killed."
    " Inconclusive.",
    Category.RUN_SAME_ACCOUNT: "Another mailbox of the run logs in to the same account, so this one was not probed."
    " Inconclusive.",
    Category.REGISTER_FAILED: "The mailbox works, but could not be registered.",
}
