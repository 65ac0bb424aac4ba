# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way in which TLS goes wrong, for both protocols, with implicit TLS and with STARTTLS: which category it gets.

Each server would take the login afterwards; none may see the password before TLS is as the declaration wants it.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from attacks import ASKED, IMAP, ITALKS, SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hostile import Case, Seen, leaks, logins, probe_all, tempt
from pki import Pki, make_pki
from scripted import Peer, Step, close, drip, flood, hang, reset, send, sleep, starttls

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import (
    Category,
    PasswordAtFault,
    Protocol,
    Security,
    Stage,
    StageStatus,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._probe.plan import TlsPlan

pytestmark = pytest.mark.once

NOW = datetime.now(timezone.utc)
ADDRESS = "127.0.0.1"


class Workshop:
    """Makes certificates that are wrong in one known way, and contexts of servers that show them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pki: Pki = make_pki(folder / "pki")
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate("Root", self.root_key, None, None, authority=True)
        self.middle_key = ec.generate_private_key(ec.SECP256R1())
        self.middle = self._certificate("Middle", self.middle_key, "Root", self.root_key, authority=True)
        self.ca = folder / "roots.pem"
        self.ca.write_bytes(self._pem(self.root) + self.pki.ca.read_bytes())

    def _pem(self, certificate: x509.Certificate) -> bytes:
        return certificate.public_bytes(serialization.Encoding.PEM)

    def _certificate(
        self,
        name: str,
        key: Any,
        issuer: str | None,
        issuer_key: Any,
        *,
        names: list[x509.GeneralName] | None = None,
        begins: timedelta = -timedelta(days=9),
        ends: timedelta = timedelta(days=90),
        authority: bool = False,
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer or name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(signer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + begins)
            .not_valid_after(NOW + ends)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if names is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(issuer_key or key, hashes.SHA256())

    def context(self, label: str, **wrong: Any) -> ssl.SSLContext:
        """Return a server's context with a leaf under the intermediate; ``wrong`` says what differs from a good one."""
        key = wrong.pop("key", self.key)
        chain = wrong.pop("chain", True)
        own = wrong.pop("self_signed", False)
        wrong.setdefault("names", [x509.IPAddress(ip_address(ADDRESS)), x509.DNSName("localhost")])
        signer = (None, None) if own else ("Middle", self.middle_key)
        leaf = self._certificate("mail.lab.test", key, *signer, **wrong)
        cert, private = self.folder / f"{label}.pem", self.folder / f"{label}.key"
        cert.write_bytes(self._pem(leaf) + (self._pem(self.middle) if chain and not own else b""))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        private.chmod(0o600)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(cert, private)
        return context


def _servers(workshop: Workshop) -> dict[str, ssl.SSLContext]:
    """Return a server's context for each fault of :data:`EXPECTED`."""
    make = workshop.context
    old = make("old")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
    ciphers = make("ciphers")
    ciphers.maximum_version = ssl.TLSVersion.TLSv1_2
    ciphers.set_ciphers("ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    servers = {
        "TLS 1.0 only": old,
        "no shared cipher": ciphers,
        "self-signed": make("self", self_signed=True),
        "expired": make("expired", ends=-timedelta(days=2)),
        "not yet valid": make("early", begins=timedelta(days=5)),
        "wrong name": make("name", names=[x509.DNSName("mail.elsewhere.test")]),
        "address as a DNS name": make("ip", names=[x509.DNSName(ADDRESS)]),
        "no names but the common name": make("cn", names=None),
        "missing intermediate": make("chain", chain=False),
        "weak key": make("weak", key=rsa.generate_private_key(65537, 1024)),
    }
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = make(f"client-{version.name}")
        context.minimum_version = context.maximum_version = version
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(workshop.ca)
        servers[f"client certificate, {version.name}"] = context
    return servers


EXPECTED = {
    "TLS 1.0 only": Category.TLS_VERSION,
    "no shared cipher": Category.TLS_CIPHER,
    "self-signed": Category.TLS_SELF_SIGNED,
    "expired": Category.TLS_EXPIRED,
    "not yet valid": Category.TLS_NOT_YET_VALID,
    "wrong name": Category.TLS_NAME_MISMATCH,
    "address as a DNS name": Category.TLS_NAME_MISMATCH,
    "no names but the common name": Category.TLS_NAME_MISMATCH,
    "missing intermediate": Category.TLS_UNKNOWN_CA,
    "weak key": Category.TLS_CIPHER,
    "client certificate, TLSv1_2": Category.TLS_CLIENT_CERTIFICATE,
    "client certificate, TLSv1_3": Category.TLS_CLIENT_CERTIFICATE,
}
WAYS = [(protocol, security) for protocol in Protocol for security in (Security.TLS, Security.STARTTLS)]
GREETING = {SMTP: b"220 lab ESMTP\r\n", IMAP: b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] lab\r\n"}


def _way(protocol: Protocol, security: Security, name: str) -> str:
    return f"{name}, {protocol.value} {security.value}"


def _asked(protocol: Protocol) -> list[Step]:
    """The honest steps that lead to a handshake by STARTTLS."""
    return [*ASKED, send(b"220 go\r\n")] if protocol is SMTP else [*ITALKS, send(b"M0001 OK go\r\n")]


def _faulty(protocol: Protocol, security: Security, context: ssl.SSLContext) -> Case:
    if security is Security.TLS:
        return Case(protocol, [send(GREETING[protocol]), tempt(protocol, context)], security, context)
    return Case(protocol, [*_asked(protocol), starttls(context), tempt(protocol, context)], security)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def seen(workshop: Workshop) -> dict[str, Seen]:
    cases = {}
    for name, context in _servers(workshop).items():
        for protocol, security in WAYS:
            cases[_way(protocol, security, name)] = _faulty(protocol, security, context)
    return probe_all(cases, str(workshop.ca))


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize(("protocol", "security"), WAYS, ids=lambda value: value.value)
def test_section_5_7_each_fault_of_tls_has_its_category(
    seen: dict[str, Seen], protocol: Protocol, security: Security, name: str
) -> None:
    found = seen[_way(protocol, security, name)]
    stage = Stage.TLS if security is Security.TLS else Stage.STARTTLS
    failure = found.failure
    assert found.leaks == []
    assert logins(found.clear + found.secured) == []
    assert not found.evidence.submitted
    assert (failure.stage, failure.category) == (stage, EXPECTED[name]), failure
    assert failure.status is StageStatus.FAILED
    assert failure.password_at_fault is PasswordAtFault.NO


def test_a_good_certificate_of_the_same_workshop_lets_the_password_through(workshop: Workshop) -> None:
    context = workshop.context("good")
    cases = {_way(*way, "good"): _faulty(*way, context) for way in WAYS}
    for name, found in probe_all(cases, str(workshop.ca)).items():
        assert found.evidence.authenticated, (name, found.evidence.stopped_at)
        assert leaks(found.secured)
        assert leaks(found.clear) == []


def test_what_the_user_declares_mends_each_fault(workshop: Workshop) -> None:
    """The remedies are true: an older version allowed, a client certificate, the authority, the name."""
    servers = _servers(workshop)
    workshop.context("client")
    client = (str(workshop.folder / "client.pem"), str(workshop.folder / "client.key"))
    trust = {
        "TLS 1.0 only": TlsPlan(ADDRESS, min_version="TLSv1"),
        "wrong name": TlsPlan("mail.elsewhere.test"),
        "address as a DNS name": TlsPlan("127.0.0.1", verify=False),
        "self-signed": TlsPlan(ADDRESS, ca=str(workshop.folder / "self.pem")),
        "client certificate, TLSv1_2": TlsPlan(ADDRESS, client_cert=client[0], client_key=client[1]),
        "client certificate, TLSv1_3": TlsPlan(ADDRESS, client_cert=client[0], client_key=client[1]),
    }
    cases = {
        _way(*way, name): replace(_faulty(*way, servers[name]), trust=plan)
        for name, plan in trust.items()
        for way in WAYS
    }
    for name, found in probe_all(cases, str(workshop.ca)).items():
        assert found.evidence.authenticated, (name, found.evidence.stopped_at)
        assert leaks(found.clear) == []


# Peers that don't speak TLS, or not to the end, and ports of other services.


class Peerless(NamedTuple):
    """What answers at the port, and what the user has to be told of it."""

    script: Callable[[ssl.SSLContext], list[Step]]
    security: Security
    stage: Stage
    category: Category
    tls: bool = False


def _plain(greeting: bytes) -> Callable[[ssl.SSLContext], list[Step]]:
    return lambda context: [send(greeting), hang()]


def _after_hello(*steps: Step) -> Callable[[ssl.SSLContext], list[Step]]:
    return lambda context: [expect_hello(), *steps]


def expect_hello() -> Step:
    """Step: read the record that begins the client's handshake."""

    def step(peer: Peer) -> None:
        head = peer.read(5)
        peer.read(int.from_bytes(head[3:5], "big"))

    return step


TLS, STARTTLS = Security.TLS, Security.STARTTLS
POP3, HTTP = b"+OK POP3 ready\r\n", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
HALF_A_HELLO = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"
WRONG, MISMATCH, FAILED = Category.PORT_WRONG_PROTOCOL, Category.TLS_MODE_MISMATCH, Category.TLS_FAILED
DROPPED = Category.CONN_DROPPED

PEERS: dict[str, Peerless] = {
    "POP3 on the port": Peerless(_plain(POP3), TLS, Stage.TLS, WRONG),
    "POP3 on the port in the clear": Peerless(_plain(POP3), STARTTLS, Stage.GREETING, WRONG),
    "POP3 inside TLS": Peerless(_plain(POP3), TLS, Stage.GREETING, WRONG, tls=True),
    "HTTP answers the handshake": Peerless(_after_hello(send(HTTP), hang()), TLS, Stage.TLS, WRONG),
    "HTTP in the clear": Peerless(_plain(HTTP), STARTTLS, Stage.GREETING, WRONG),
    "HTTP inside TLS": Peerless(_plain(HTTP), TLS, Stage.GREETING, WRONG, tls=True),
    "TLS from the first byte, in silence": Peerless(
        lambda context: [starttls(context), send(b"220 x\r\n"), hang()], STARTTLS, Stage.GREETING, MISMATCH
    ),
    "an alert in place of the greeting": Peerless(
        _plain(b"\x15\x03\x01\x00\x02\x02\x16"), STARTTLS, Stage.GREETING, MISMATCH
    ),
    "silence": Peerless(_plain(b""), TLS, Stage.TLS, FAILED),
    "close": Peerless(_after_hello(close()), TLS, Stage.TLS, DROPPED),
    "reset": Peerless(_after_hello(reset()), TLS, Stage.TLS, DROPPED),
    "garbage": Peerless(_after_hello(send(bytes(range(200, 256)) * 4), hang()), TLS, Stage.TLS, FAILED),
    "half a hello, then silence": Peerless(_after_hello(send(HALF_A_HELLO), hang()), TLS, Stage.TLS, FAILED),
    "half a hello, then the end": Peerless(
        _after_hello(send(HALF_A_HELLO), sleep(0.1), close()), TLS, Stage.TLS, DROPPED
    ),
    "endless garbage": Peerless(_after_hello(flood(b"\0" * 8192)), TLS, Stage.TLS, FAILED),
    "endless warnings": Peerless(_after_hello(flood(b"\x15\x03\x03\x00\x02\x01\x5a" * 500)), TLS, Stage.TLS, FAILED),
    "endless handshake": Peerless(
        _after_hello(flood(b"\x16\x03\x03\x40\x00" + b"\x02\xff\xff\xff" + b"\0" * 16380)), TLS, Stage.TLS, FAILED
    ),
    "half a hello, drop by drop": Peerless(_after_hello(drip(HALF_A_HELLO * 50, 0.1)), TLS, Stage.TLS, FAILED),
    "silence after STARTTLS": Peerless(_plain(b""), STARTTLS, Stage.STARTTLS, FAILED),
    "close after STARTTLS": Peerless(_after_hello(close()), STARTTLS, Stage.STARTTLS, DROPPED),
    "reset after STARTTLS": Peerless(_after_hello(reset()), STARTTLS, Stage.STARTTLS, DROPPED),
    "garbage after STARTTLS": Peerless(
        _after_hello(send(b"\x00\xff\x00\xff" * 9), hang()), STARTTLS, Stage.STARTTLS, Category.TLS_INJECTION
    ),
    "half a hello after STARTTLS": Peerless(_after_hello(send(HALF_A_HELLO), hang()), STARTTLS, Stage.STARTTLS, FAILED),
}


@pytest.fixture(scope="module")
def peers(workshop: Workshop) -> dict[str, Seen]:
    context = workshop.context("peers")
    cases = {}
    for name, peer in PEERS.items():
        for protocol in Protocol:
            script = peer.script(context)
            if peer.stage is Stage.STARTTLS:
                script = [*_asked(protocol), *script]
            cases[f"{name}, {protocol.value}"] = Case(
                protocol, script, peer.security, context if peer.tls else None, timeout=4.0
            )
    for protocol, other in ((SMTP, IMAP), (IMAP, SMTP)):
        for security in (TLS, STARTTLS):
            cases[_way(protocol, security, "the other protocol")] = Case(
                protocol, [send(GREETING[other]), hang()], security, context if security is TLS else None
            )
        cases[f"own greeting in the clear, {protocol.value}"] = Case(protocol, [send(GREETING[protocol]), hang()], TLS)
    return probe_all(cases, str(workshop.ca))


@pytest.mark.parametrize("protocol", Protocol, ids=lambda value: value.value)
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_that_speaks_no_tls_is_named_by_its_bytes(peers: dict[str, Seen], protocol: Protocol, name: str) -> None:
    found, peer = peers[f"{name}, {protocol.value}"], PEERS[name]
    failure = found.failure
    assert (failure.stage, failure.category) == (peer.stage, peer.category), failure
    assert found.leaks == []
    assert logins(found.clear + found.secured) == []
    if "POP3" in name or "HTTP" in name:
        assert ("POP3 service" if "POP3" in name else "web server") in failure.sentence


@pytest.mark.parametrize("protocol", Protocol, ids=lambda value: value.value)
def test_the_other_protocol_and_the_other_mode_are_named(peers: dict[str, Seen], protocol: Protocol) -> None:
    other = "an IMAP service" if protocol is SMTP else "an SMTP service"
    for security in (TLS, STARTTLS):
        failure = peers[_way(protocol, security, "the other protocol")].failure
        assert (failure.stage, failure.category) == (Stage.GREETING, WRONG), failure
        assert other in failure.sentence
    failure = peers[f"own greeting in the clear, {protocol.value}"].failure
    assert (failure.stage, failure.category) == (Stage.TLS, MISMATCH)
    assert all(not found.leaks for found in peers.values())
