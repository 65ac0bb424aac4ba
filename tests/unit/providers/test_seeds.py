# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For sixty addresses over the large providers, the table gives the settings that senders publish.

``ROWS`` is what <https://www.smartlead.ai/blog/smtp-settings> has (November 2026), row by row; for Zoho's other data
centres, which it says go by their own domains, it is what Zoho's pages have.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Protocol, Security
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.model import Service, UserName
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.table import Known, by_domain, by_mx

SMTP, IMAP = Protocol.SMTP, Protocol.IMAP
TLS, STARTTLS = Security.TLS, Security.STARTTLS


class Row(NamedTuple):
    """One row of a published table."""

    protocol: Protocol
    host: str
    port: int
    security: Security


def usual(smtp: str, imap: str) -> tuple[Row, ...]:
    """Return both ports of SMTP and one of IMAP."""
    return Row(SMTP, smtp, 587, STARTTLS), Row(SMTP, smtp, 465, TLS), Row(IMAP, imap, 993, TLS)


ROWS: dict[str, tuple[Row, ...]] = {
    "gmail": usual("smtp.gmail.com", "imap.gmail.com"),
    "outlook": (
        Row(SMTP, "smtp-mail.outlook.com", 587, STARTTLS),
        Row(IMAP, "outlook.office365.com", 993, TLS),
    ),
    "microsoft365": (
        Row(SMTP, "smtp.office365.com", 587, STARTTLS),
        Row(IMAP, "outlook.office365.com", 993, TLS),
    ),
    "yahoo": usual("smtp.mail.yahoo.com", "imap.mail.yahoo.com"),
    "zoho": usual("smtp.zoho.com", "imap.zoho.com"),
    "zoho-pro": usual("smtppro.zoho.com", "imappro.zoho.com"),
    "zoho-eu": (Row(SMTP, "smtp.zoho.eu", 587, STARTTLS), Row(IMAP, "imap.zoho.eu", 993, TLS)),
    "zoho-pro-eu": (Row(SMTP, "smtppro.zoho.eu", 587, STARTTLS), Row(IMAP, "imappro.zoho.eu", 993, TLS)),
    "zoho-in": usual("smtp.zoho.in", "imap.zoho.in"),
    "zoho-pro-in": usual("smtppro.zoho.in", "imappro.zoho.in"),
    "zoho-au": usual("smtp.zoho.com.au", "imap.zoho.com.au"),
    "zoho-pro-au": usual("smtppro.zoho.com.au", "imappro.zoho.com.au"),
    "zoho-jp": usual("smtp.zoho.jp", "imap.zoho.jp"),
    "zoho-pro-jp": usual("smtppro.zoho.jp", "imappro.zoho.jp"),
    "zoho-pro-ca": usual("smtppro.zohocloud.ca", "imappro.zohocloud.ca"),
    "icloud": (Row(SMTP, "smtp.mail.me.com", 587, STARTTLS), Row(IMAP, "imap.mail.me.com", 993, TLS)),
    "att": (
        *usual("smtp.mail.att.net", "imap.mail.att.net"),
        Row(SMTP, "outbound.att.net", 465, TLS),
    ),
    "aol": usual("smtp.aol.com", "imap.aol.com"),
    "gmx": usual("mail.gmx.com", "imap.gmx.com"),
    "gmx-net": (Row(SMTP, "mail.gmx.net", 587, STARTTLS), Row(IMAP, "imap.gmx.net", 993, TLS)),
}

CUSTOM = "sales01@acme.example"

# Address, mail exchanger where the domain tells nothing, and the table that holds for it.
ADDRESSES: tuple[tuple[str, str, str], ...] = (
    ("sales01@gmail.com", "", "gmail"),
    ("sales01@googlemail.com", "", "gmail"),
    (CUSTOM, "aspmx.l.google.com", "gmail"),
    (CUSTOM, "ALT2.ASPMX.L.GOOGLE.COM.", "gmail"),
    (CUSTOM, "aspmx3.googlemail.com", "gmail"),
    (CUSTOM, "smtp.google.com", "gmail"),
    ("sales01@outlook.com", "", "outlook"),
    ("sales01@hotmail.com", "", "outlook"),
    ("sales01@live.com", "", "outlook"),
    ("sales01@msn.com", "", "outlook"),
    ("sales01@hotmail.co.uk", "", "outlook"),
    ("sales01@outlook.de", "", "outlook"),
    ("sales01@live.nl", "", "outlook"),
    ("sales01@hotmail.rs", "hotmail-rs.olc.protection.outlook.com", "outlook"),
    ("sales01@acme.onmicrosoft.com", "", "microsoft365"),
    (CUSTOM, "acme-example.mail.protection.outlook.com", "microsoft365"),
    (CUSTOM, "acme-example.p-v1.mx.microsoft", "microsoft365"),
    ("sales01@yahoo.com", "", "yahoo"),
    ("sales01@ymail.com", "", "yahoo"),
    ("sales01@rocketmail.com", "", "yahoo"),
    ("sales01@yahoo.co.uk", "", "yahoo"),
    ("sales01@yahoo.de", "", "yahoo"),
    ("sales01@yahoo.no", "mx-eu.mail.am0.yahoodns.net", "yahoo"),
    ("sales01@zoho.com", "", "zoho"),
    ("sales01@zohomail.com", "", "zoho"),
    (CUSTOM, "mx.zoho.com", "zoho-pro"),
    (CUSTOM, "mx2.zoho.com", "zoho-pro"),
    ("sales01@zoho.eu", "", "zoho-eu"),
    ("sales01@zohomail.eu", "", "zoho-eu"),
    (CUSTOM, "mx.zoho.eu", "zoho-pro-eu"),
    ("sales01@zohomail.in", "", "zoho-in"),
    (CUSTOM, "mx.zoho.in", "zoho-pro-in"),
    ("sales01@zohomail.com.au", "", "zoho-au"),
    (CUSTOM, "mx3.zoho.com.au", "zoho-pro-au"),
    ("sales01@zohomail.jp", "", "zoho-jp"),
    (CUSTOM, "mx.zoho.jp", "zoho-pro-jp"),
    (CUSTOM, "mx.zohocloud.ca", "zoho-pro-ca"),
    ("sales01@icloud.com", "", "icloud"),
    ("sales01@me.com", "", "icloud"),
    ("sales01@mac.com", "", "icloud"),
    (CUSTOM, "mx01.mail.icloud.com", "icloud"),
    ("sales01@att.net", "", "att"),
    ("sales01@sbcglobal.net", "", "att"),
    ("sales01@bellsouth.net", "", "att"),
    ("sales01@ameritech.net", "", "att"),
    ("sales01@pacbell.net", "", "att"),
    ("sales01@prodigy.net", "", "att"),
    ("sales01@snet.net", "", "att"),
    ("sales01@swbell.net", "", "att"),
    ("sales01@flash.net", "", "att"),
    ("sales01@nvbell.net", "", "att"),
    ("sales01@currently.com", "", "att"),
    ("sales01@wans.net", "", "att"),
    ("sales01@aol.com", "", "aol"),
    ("sales01@aim.com", "", "aol"),
    ("sales01@aol.co.uk", "", "aol"),
    ("sales01@aol.no", "mx-aol.mail.gm0.yahoodns.net", "aol"),
    ("sales01@gmx.com", "", "gmx"),
    ("sales01@gmx.us", "", "gmx"),
    ("sales01@gmx.net", "", "gmx-net"),
    ("sales01@gmx.de", "", "gmx-net"),
    ("sales01@gmx.at", "", "gmx-net"),
    ("sales01@gmx.ch", "", "gmx-net"),
    ("sales01@sonnenkinder.org", "mx00.emig.gmx.net", "gmx-net"),
)


def resolve(address: str, exchange: str) -> Known:
    """Return who an address belongs to, by its domain, else by its mail exchanger."""
    known = by_domain(address.rpartition("@")[2]) or by_mx(exchange)
    assert known is not None, (address, exchange)
    return known


def row_of(service: Service) -> Row:
    """Return a service as a row."""
    return Row(service.protocol, service.host, service.port, service.security)


def test_sixty_addresses_over_all_tables() -> None:
    """No table is left out, and custom domains are told by their exchangers alone."""
    assert len(set(ADDRESSES)) == len(ADDRESSES) >= 60
    assert {table for _address, _exchange, table in ADDRESSES} == set(ROWS)
    for address, exchange, _table in ADDRESSES:
        assert bool(exchange) == (by_domain(address.rpartition("@")[2]) is None), address


@pytest.mark.parametrize(("address", "exchange", "table"), ADDRESSES, ids=lambda value: value or "-")
def test_settings_equal_the_published_ones(address: str, exchange: str, table: str) -> None:
    """What is chosen is a row of the table, implicit TLS where it has that, and every row is among the services."""
    variant = resolve(address, exchange).variant
    rows = ROWS[table]
    assert set(rows) <= {row_of(service) for service in variant.services}
    for protocol in Protocol:
        chosen = row_of(next(service for service in variant.services if service.protocol is protocol))
        assert chosen in rows
        secure = any(row.security is TLS for row in rows if row.protocol is protocol)
        assert chosen.security is (TLS if secure else STARTTLS)


@pytest.mark.parametrize(("address", "exchange", "table"), ADDRESSES, ids=lambda value: value or "-")
def test_user_names_equal_the_published_ones(address: str, exchange: str, table: str) -> None:
    """The address is the user name everywhere but in iCloud's IMAP; a custom domain there has logins of its own."""
    variant = resolve(address, exchange).variant
    wanted = {SMTP: UserName.ADDRESS, IMAP: UserName.ADDRESS}
    if table == "icloud":
        wanted = {SMTP: UserName.ADDRESS, IMAP: UserName.LOCAL_PART}
        if address == CUSTOM:
            # The domain is an alias of an iCloud address, which nothing public tells.
            wanted = {SMTP: UserName.OTHER, IMAP: UserName.OTHER}
    for service in variant.services:
        assert service.username is wanted[service.protocol]
