# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mail domain and its hoster, as zones and files, and lookups that ask the lab for them."""

from __future__ import annotations

from typing import Any

from dnslab import DnsLab
from https import HttpsLab
from scripted_dns import ScriptedDns

from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.candidate import Origin, Settings
from ansible_collections.mailops.mailbox.plugins.module_utils._discovery.discover import Discoverer, DiscoveryOptions

AUTOCONFIG = "https://autoconfig.acme.test/mail/config-v1.1.xml"
WELL_KNOWN = "https://acme.test/.well-known/autoconfig/mail/config-v1.1.xml"
OF_MX = "https://autoconfig.hoster.test/mail/config-v1.1.xml"
EMAIL = "secret.person@acme.test"


def described(
    *domains: str, imap: str = "imap.acme.test", smtp: str = "smtp.acme.test", username: str = "%EMAILADDRESS%"
) -> str:
    """A clientConfig with both ways for both protocols."""

    def server(element: str, kind: str, host: str, port: int, mode: str) -> str:
        return (
            f'<{element} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{mode}</socketType>'
            f"<username>{username}</username><authentication>password-cleartext</authentication></{element}>"
        )

    return (
        '<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="x">'
        + "".join(f"<domain>{domain}</domain>" for domain in domains or ("acme.test",))
        + server("incomingServer", "imap", imap, 143, "STARTTLS")
        + server("incomingServer", "imap", imap, 993, "SSL")
        + server("outgoingServer", "smtp", smtp, 587, "STARTTLS")
        + server("outgoingServer", "smtp", smtp, 465, "SSL")
        + "</emailProvider></clientConfig>"
    )


def zone(here: str, *lines: str) -> str:
    """The zone acme.test, whose web server and autoconfig host are the lab's."""
    return "\n".join(["@ IN MX 10 mx.hoster.test.", f"@ IN A {here}", f"autoconfig IN A {here}", *lines])


def hoster(here: str) -> str:
    return f"mx IN A 192.0.2.1\nautoconfig IN A {here}\nimap IN A 192.0.2.2"


def looked_up(dns: DnsLab | ScriptedDns, web: HttpsLab | None, email: str = EMAIL, **options: Any) -> Settings:
    options = {"nameservers": ("127.0.0.1",), "dns_port": dns.port, "allow_private": True, **options}
    return Discoverer(DiscoveryOptions(ca=web.ca if web else None, **options)).settings_for(email)


def taken(settings: Settings) -> dict[str, str]:
    return {protocol.value: f"{one.host}:{one.port}" for protocol, one in settings.chosen.items()}


def ids(settings: Settings) -> list[str]:
    return [one.id.partition(".")[2] for one in settings.findings]


def hosts(settings: Settings, origin: Origin) -> set[str]:
    return {one.host for one in settings.candidates if one.origin is origin}


RECORDS = (
    "_imaps._tcp IN SRV 0 1 993 imap.hoster.test.",
    "_imap._tcp IN SRV 0 0 0 .",
    "_submissions._tcp IN SRV 10 1 465 later",
    "_submissions._tcp IN SRV 0 1 465 smtp",
    "_submission._tcp IN SRV 0 1 587 nowhere",
    "smtp IN A 192.0.2.3",
    "later IN A 192.0.2.4",
)
