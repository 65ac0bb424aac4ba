# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's own certificate authority, and leaves that are good or bad in one known way."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import trustme

GOOD_ADDRESS = "127.0.0.1"
"""Good certificate. Dovecot treats a client on its own address as secured: LOGIN is offered without TLS."""
STRICT_ADDRESS = "127.0.0.2"
"""Good certificate, and for Dovecot a foreign client: LOGINDISABLED before TLS."""
EXPIRED_ADDRESS = "127.0.0.11"
WRONG_NAME_ADDRESS = "127.0.0.12"
UNKNOWN_CA_ADDRESS = "127.0.0.13"

ADDRESSES = {
    GOOD_ADDRESS: "good",
    STRICT_ADDRESS: "good",
    EXPIRED_ADDRESS: "expired",
    WRONG_NAME_ADDRESS: "wrong_name",
    UNKNOWN_CA_ADDRESS: "unknown_ca",
}
"""Which leaf every address of the lab presents, on every port."""


@dataclass(frozen=True)
class Leaf:
    """A certificate chain and its key, as PEM files."""

    cert: Path
    key: Path


@dataclass(frozen=True)
class Pki:
    """The files of the certificate authority; ``leaves`` by the names in :data:`ADDRESSES`."""

    ca: Path
    other_ca: Path
    leaves: dict[str, Leaf]


def make_pki(folder: Path) -> Pki:
    """Make the authority and its leaves in ``folder``, which is created."""
    folder.mkdir(mode=0o755)
    names = ["localhost", "mail.acme.test", *ADDRESSES]
    ca, other = trustme.CA(organization_name="Lab"), trustme.CA(organization_name="Stranger")
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    certs = {
        "good": ca.issue_cert(*names),
        "expired": ca.issue_cert(*names, not_before=past, not_after=past + datetime.timedelta(days=365)),
        "wrong_name": ca.issue_cert("mail.elsewhere.test"),
        "unknown_ca": other.issue_cert(*names),
    }
    leaves = {}
    for name, cert in certs.items():
        leaf = Leaf(folder / f"{name}.pem", folder / f"{name}.key")
        leaf.cert.write_bytes(b"".join(blob.bytes() for blob in cert.cert_chain_pems))
        leaf.key.write_bytes(cert.private_key_pem.bytes())
        leaf.key.chmod(0o600)
        leaves[name] = leaf
    pki = Pki(folder / "ca.pem", folder / "other-ca.pem", leaves)
    ca.cert_pem.write_to_path(str(pki.ca))
    other.cert_pem.write_to_path(str(pki.other_ca))
    return pki
