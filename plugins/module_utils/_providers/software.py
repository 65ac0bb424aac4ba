# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Server software that hosts and companies run themselves; a declaration names it, no domain leads to it."""

from __future__ import annotations

from .._models.names import Protocol
from .model import Actor, Credential, Provider, Quirk, Source, Step, Variant
from .usual import imap_starttls, imaps, submission, submissions

_MAIL = "mail.%EMAILDOMAIN%"
_GITLAB = Source("https://docs.gitlab.com/omnibus/settings/smtp/", "2026-11", "SMTP settings of many providers")

_CPANEL = Provider(
    name="cpanel",
    title="cPanel",
    sources={
        "servers": Source(
            "https://lochstudios.com.au/help/cpanel/general-imap-pop-smtp-mail-settings-explained",
            "2026-11",
            "IMAP, POP and SMTP mail settings in cPanel",
        ),
        "host": Source(
            "https://www.hostingcentre.in/manage/index.php?rp=%2Fknowledgebase%2F187%2FConfiguring-Email-Clients.html",
            "2026-11",
            "Configuring email clients",
        ),
    },
    variants=(
        Variant(
            "cpanel",
            "cPanel, at mail. below the domain",
            (
                submissions(_MAIL, "servers", "host"),
                submission(_MAIL, "servers"),
                imaps(_MAIL, "servers", "host"),
                imap_starttls(_MAIL, "servers"),
            ),
            (Credential.PASSWORD,),
            account="cPanel",
        ),
    ),
    quirks=(
        Quirk("The user name is the whole address.", ("servers", "host")),
        Quirk(
            "Some hosts want the name of the server itself; Connect Devices in cPanel shows which.", ("host", "servers")
        ),
    ),
)

_ZIMBRA = Provider(
    name="zimbra",
    title="Zimbra",
    sources={
        "gitlab": _GITLAB,
        "ports": Source("https://pastebin.com/5dVUUV0R", "2016-08", "Ports of a Zimbra proxy"),
        "settings": Source("https://glama.ai/mcp/servers/dnlbertoni/mcpZimbraDilfer/schema", "2026-11", "zimbra-mcp"),
    },
    variants=(
        Variant(
            "zimbra",
            "Zimbra, at mail. below the domain",
            (
                submissions(_MAIL, "gitlab", "settings"),
                imaps(_MAIL, "ports", "settings"),
            ),
            (Credential.PASSWORD, Credential.APP_PASSWORD),
            account="Zimbra",
        ),
    ),
)

_EXCHANGE = Provider(
    name="exchange-server",
    title="Exchange Server on premises",
    sources={
        "smtp": _GITLAB,
        "ports": Source(
            "https://learn.microsoft.com/en-us/previous-versions/office/exchange-server-2010/aa997149(v=exchg.141)",
            "2015-03",
            "TLS and SSL for POP3 and IMAP4 access",
        ),
        "wording": Source(
            "https://learn.microsoft.com/en-us/previous-versions/office/exchange-server-2010/aa997188(v=exchg.141)",
            "2015-03",
            "Authentication for POP3 and IMAP4",
        ),
    },
    variants=(
        Variant(
            "exchange-server",
            "Exchange Server, at mail. below the domain",
            (
                submission(_MAIL, "smtp"),
                imaps(_MAIL, "ports"),
                imap_starttls(_MAIL, "ports"),
            ),
            (Credential.PASSWORD,),
            account="Exchange Server",
        ),
    ),
    preparation=(
        Step(
            "See that the IMAP4 service of the server is enabled, with a certificate of its own for TLS.",
            Actor.ADMINISTRATOR,
            ("ports",),
            (Protocol.IMAP,),
        ),
    ),
    quirks=(Quirk("Plain-text logins are refused without TLS where SecureLogin is set.", ("wording",)),),
)

PROVIDERS = (_CPANEL, _ZIMBRA, _EXCHANGE)
