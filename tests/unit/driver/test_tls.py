# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS settings, and what is told of a certificate."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from ansible_collections.mailops.mailbox.plugins.module_utils._driver.tls import TlsSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.actions import TlsFailed
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import TlsPlan

TIMES = {"notBefore": "Jan  1 00:00:00 2026 GMT", "notAfter": "Jan  1 00:00:00 2027 GMT"}


def test_names_of_a_certificate_are_visible_as_a_whole() -> None:
    name = ((("commonName", "a\x9b2J"),),)
    parsed = {"subject": name, "issuer": name, "subjectAltName": (("DNS", "mail\u202e.example"),), **TIMES}

    def shown(binary_form: bool = False) -> Any:
        return b"der" if binary_form else parsed

    handshake = SimpleNamespace(cipher=lambda: None, version=lambda: "TLSv1.3", getpeercert=shown)
    facts = TlsSettings().facts(handshake, TlsPlan(server_name="mail.example"))  # type: ignore[arg-type]
    assert facts.certificate is not None
    assert (facts.certificate.subject, facts.certificate.issuer) == ("commonName=a\\x9b2J", "commonName=a\\x9b2J")
    assert facts.certificate.names == ("mail\\u202e.example",)
    assert facts.certificate.self_signed


def test_an_encrypted_client_key_is_refused_without_asking_the_terminal(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "probe")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    closed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open-Sesame"))
    (tmp_path / "probe.pem").write_bytes(certificate)
    (tmp_path / "probe.key").write_bytes(closed)
    (tmp_path / "both.pem").write_bytes(certificate + closed)
    for cert, beside in ((tmp_path / "probe.pem", tmp_path / "probe.key"), (tmp_path / "both.pem", None)):
        plan = TlsPlan(server_name="mail.example", client_cert=str(cert), client_key=beside and str(beside))
        with pytest.raises(TlsFailed) as caught:
            TlsSettings().wrap(plan, ssl.MemoryBIO(), ssl.MemoryBIO())
        why = "its key is encrypted, and must not be"
        assert caught.value.fault.reason == f"the client certificate {cert} cannot be used: {why}"
