# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""TLS settings, and what a handshake tells. Contexts and certificates are kept for the run, as both cost to make."""

from __future__ import annotations

import math
import ssl
import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .._probe.actions import TlsFailed
from .._probe.evidence import CertificateFacts, TlsFacts, TlsFault
from .._probe.plan import TlsPlan
from .._probe.redaction import visible

_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


class TlsSettings:
    """One :class:`ssl.SSLContext` for each distinct setting, and each certificate read once."""

    def __init__(self) -> None:
        self._contexts: dict[TlsPlan, ssl.SSLContext] = {}
        self._certificates: dict[bytes, CertificateFacts | None] = {}

    def wrap(self, plan: TlsPlan, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> ssl.SSLObject:
        """Return a client's TLS object over two buffers. Raises :class:`TlsFailed` for settings that can't be used."""
        key = replace(plan, server_name="")
        context = self._contexts.get(key)
        if context is None:
            context = self._contexts[key] = _context(key)
        return context.wrap_bio(incoming, outgoing, server_hostname=plan.server_name)

    def facts(self, tls: ssl.SSLObject, plan: TlsPlan) -> TlsFacts:
        """Describe a finished handshake."""
        cipher = tls.cipher()
        return TlsFacts(
            version=tls.version() or "",
            cipher=cipher[0] if cipher else "",
            verified=plan.verify,
            certificate=self._certificate(tls),
        )

    def _certificate(self, tls: ssl.SSLObject) -> CertificateFacts | None:
        der = tls.getpeercert(binary_form=True)
        if der is None:
            return None
        if der not in self._certificates:
            parsed = tls.getpeercert()
            self._certificates[der] = _visible(_from_verified(parsed) if parsed else _from_der(der))
        return self._certificates[der]


def fault_of(error: ssl.SSLError, peer_bytes: bytes) -> TlsFault:
    """Turn OpenSSL's error into evidence."""
    reason = error.reason or str(error.args[-1] if error.args else error)
    alert = ""
    if "_ALERT_" in reason or reason.endswith("_ALERT"):
        alert = reason.partition("ALERT_")[2].lower().replace("_", " ") or reason.lower()
    code, text = 0, ""
    if isinstance(error, ssl.SSLCertVerificationError):
        code, text = error.verify_code, error.verify_message
    return TlsFault(reason=reason, alert=alert, verify_code=code, verify_text=text, peer_bytes=peer_bytes)


def _context(plan: TlsPlan) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.minimum_version = _VERSIONS[plan.min_version]
    if plan.min_version in ("TLSv1", "TLSv1.1"):
        # Distributions switch the old versions off by security level; whoever declares them wants them tried.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        if not plan.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif plan.ca is not None:
            _load_ca(context, plan.ca)
        else:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    except (OSError, ssl.SSLError) as error:
        raise TlsFailed(TlsFault(reason=f"the CA certificates in {plan.ca} cannot be used: {_words(error)}")) from None
    asked: list[str] = []

    def pass_phrase() -> bytes:
        """Without it, OpenSSL would ask at the terminal."""
        asked.append("its key is encrypted, and must not be")
        return b""

    try:
        if plan.client_cert is not None:
            context.load_cert_chain(plan.client_cert, plan.client_key, pass_phrase)
    except (OSError, ssl.SSLError) as error:
        text = f"the client certificate {plan.client_cert} cannot be used: {asked[0] if asked else _words(error)}"
        raise TlsFailed(TlsFault(reason=text)) from None
    return context


def _load_ca(context: ssl.SSLContext, ca: str) -> None:
    if Path(ca).is_dir():
        context.load_verify_locations(capath=ca)
    else:
        context.load_verify_locations(cafile=ca)


def _words(error: OSError) -> str:
    reason = getattr(error, "reason", None)
    return str(reason).lower().replace("_", " ") if reason else str(error.strerror or error)


def _visible(facts: CertificateFacts | None) -> CertificateFacts | None:
    """Return facts that can be shown: anybody can write anything into a certificate."""
    if facts is None:
        return None
    names = tuple(map(visible, facts.names))
    return replace(facts, subject=visible(facts.subject), issuer=visible(facts.issuer), names=names)


def _from_verified(parsed: dict[str, Any]) -> CertificateFacts:
    names = tuple(str(value) for kind, value in parsed.get("subjectAltName", ()) if kind in ("DNS", "IP Address"))
    not_before = ssl.cert_time_to_seconds(parsed["notBefore"])
    not_after = ssl.cert_time_to_seconds(parsed["notAfter"])
    subject, issuer = parsed.get("subject", ()), parsed.get("issuer", ())
    return CertificateFacts(
        subject=_name(subject),
        issuer=_name(issuer),
        names=names,
        not_before=_iso(not_before),
        not_after=_iso(not_after),
        days_left=_days_until(not_after),
        self_signed=subject == issuer,
    )


def _from_der(der: bytes) -> CertificateFacts | None:
    """Read a certificate that was not verified; None without the cryptography library or for one it can't read."""
    try:
        from cryptography import x509
    except ImportError:
        return None
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = _alternative_names(certificate)
        not_before = certificate.not_valid_before_utc.timestamp()
        not_after = certificate.not_valid_after_utc.timestamp()
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
    except (ValueError, AttributeError):
        return None
    return CertificateFacts(
        subject=subject,
        issuer=issuer,
        names=names,
        not_before=_iso(not_before),
        not_after=_iso(not_after),
        days_left=_days_until(not_after),
        self_signed=subject == issuer,
    )


def _alternative_names(certificate: Any) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in extension.value if isinstance(name, (x509.DNSName, x509.IPAddress)))


def _name(pairs: Any) -> str:
    return ",".join(f"{key}={value}" for relative in pairs for key, value in relative)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _days_until(seconds: float) -> int:
    return math.floor((seconds - time.time()) / 86400)
