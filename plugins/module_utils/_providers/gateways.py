# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Filtering services that receive the mail of domains whose mailboxes are somewhere else.

Where one of them is the mail exchanger, MX says nothing about who runs the mailboxes.
"""

from __future__ import annotations

from dataclasses import dataclass

from .model import Source


@dataclass(frozen=True)
class Gateway:
    """A filtering service.

    ``mx`` are the ends of names of its mail exchangers; ``sources`` are keys of :data:`SOURCES`.
    """

    name: str
    title: str
    mx: tuple[str, ...]
    sources: tuple[str, ...]


SOURCES = {
    "barracuda": Source(
        "https://www.captaindns.com/en/blog/barracuda-secure-email-gateway",
        "2026-06-17",
        "Barracuda Email Gateway Defense",
    ),
    "broadcom": Source(
        "https://knowledge.broadcom.com/external/article/254105/email-securitycloud.html",
        "2026-11",
        "Email Security.cloud",
    ),
    "cisco": Source(
        "https://www.captaindns.com/en/blog/cisco-secure-email-gateway", "2026-04-17", "Secure Email Gateway"
    ),
    "cisco_etd": Source(
        "https://docs.cmd.cisco.com/en/Content/secure-email-threat-defense-user-guide/Setup%20SMTP/"
        "Set%20up%20Your%20Message%20Source/SMTP.htm",
        "2026-11",
        "Secure Email Threat Defense: SMTP",
    ),
    "ciphercue": Source("https://ciphercue.com/methodology/email-security", "2026-04-30", "Email security stack"),
    "cloudflare": Source(
        "https://docs.deepinfo.com/reference/discovery/reverse-mx/examples/cloudflare-email-routing.md",
        "2026-09-24",
        "Domains using Cloudflare Email Routing",
    ),
    "essentials": Source("https://github.com/pect0ral/mail_recon", "2026-11", "mail recon"),
    "forcepoint": Source(
        "https://help.forcepoint.com/emailsec/en-us/cloud/getting_started/8277a6db-93df-4975-83e0-62f79bf42b09.html",
        "2026-11",
        "Identifying your Internet mail gateway",
    ),
    "mxmap": Source("https://github.com/davidhuser/mxmap", "2026-11", "mxmap: signatures of gateways"),
    "n_able": Source(
        "https://documentation.n-able.com/spamexperts/userguide/Content/B_Admin%20Level/domains/mx-records.htm",
        "2026-11",
        "Hosted Cloud MX Records",
    ),
    "n_able_guide": Source(
        "https://documentation.n-able.com/spamexperts/userguide/qsg/lc/Content/B_Admin%20Level/domains/mx-records.htm",
        "2026-11",
        "Hosted Cloud MX Records (quick start)",
    ),
    "posh365": Source(
        "https://www.powershellgallery.com/packages/Posh365/0.9.88/Content/Private%5CSecurity%5CTest-MXHandler.ps1",
        "2026-11",
        "Test-MXHandler",
    ),
}

GATEWAYS: tuple[Gateway, ...] = (
    Gateway("barracuda", "Barracuda Email Gateway Defense", (".barracudanetworks.com",), ("barracuda", "mxmap")),
    Gateway("broadcom", "Symantec Email Security.cloud (Broadcom)", (".messagelabs.com",), ("broadcom", "mxmap")),
    Gateway("cisco", "Cisco Secure Email", (".iphmx.com", ".etd.cisco.com"), ("cisco", "cisco_etd", "mxmap")),
    Gateway("cloudflare", "Cloudflare Email Routing", (".mx.cloudflare.net",), ("cloudflare",)),
    Gateway("forcepoint", "Forcepoint Email Security Cloud", (".mailcontrol.com",), ("forcepoint", "posh365")),
    Gateway("hornetsecurity", "Hornetsecurity", (".hornetsecurity.com", ".hornetsecurity.ch"), ("mxmap",)),
    Gateway("mimecast", "Mimecast", (".mimecast.com", ".mimecast-offshore.com"), ("ciphercue", "mxmap", "posh365")),
    Gateway(
        "n-able",
        "N-able Mail Assure and SpamExperts",
        (".spamexperts.com", ".spamexperts.eu", ".spamexperts.net", ".antispamcloud.com"),
        ("n_able", "n_able_guide"),
    ),
    Gateway("proofpoint", "Proofpoint", (".pphosted.com", ".ppe-hosted.com"), ("ciphercue", "essentials", "mxmap")),
    Gateway("seppmail", "SEPPmail.cloud", (".seppmail.cloud",), ("mxmap",)),
    Gateway("sophos", "Sophos Email", (".hydra.sophos.com",), ("mxmap",)),
    Gateway("trellix", "Trellix Email Security (FireEye)", (".fireeyecloud.com",), ("posh365",)),
    Gateway("trendmicro", "Trend Micro Email Security", (".tmes.trendmicro.com", ".tmes.trendmicro.eu"), ("mxmap",)),
)


def by_mx(exchange: str) -> Gateway | None:
    """Return the filtering service that the mail exchanger ``exchange`` belongs to, or None."""
    plain = exchange.rstrip(".").lower()
    return next((gateway for gateway in GATEWAYS if any(plain.endswith(end) for end in gateway.mx)), None)
