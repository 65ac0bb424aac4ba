# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Why TLS did not come about."""

from __future__ import annotations

import re

from .._models.failure import Cause, Failure
from .._models.names import Category, Security, Stage, StageStatus
from .._probe.evidence import CertificateFacts, TlsFault
from .context import View, high, low, medium, usual_settings
from .peer import clear_first, name_peer, wrong_peer

_NAMES_SHOWN = 6

# OpenSSL's X509_V_ERR numbers (x509_vfy.h).
_EXPIRED = {10}
_NOT_YET = {9}
_NAME = {62, 63, 64}
_SELF_SIGNED = {18, 19}
_UNKNOWN_CA = {2, 20, 21, 27}
_WEAK = {66, 67, 68}

_TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_RECORD_OF_HANDSHAKE = b"\x16"

_TRUST_REMEDY = "Declare tls.ca with the file of the certificate authority that signs this server."


def handshake(view: View) -> Failure:
    """Explain a failed handshake, from what is surest to what is vague."""
    fault = view.fault.tls or TlsFault(reason="")
    banner = view.this.follow_up.get("banner")
    head = fault.peer_bytes or (banner if isinstance(banner, bytes) else b"")
    if view.this.security is Security.TLS and name_peer(head) not in ("", "TLS"):
        found = wrong_peer(view, head)
        if found is not None:
            return found
    if view.stage is Stage.STARTTLS and view.fault.heard:
        return _clear_text(view)
    if fault.verify_code:
        return _certificate(view, fault)
    text = f"{fault.alert} {fault.reason}".lower().replace("_", " ")
    facts = {"reason": fault.reason, "alert": fault.alert}
    if "cannot be used" in text:
        return view.failure(
            Category.CONFIG_INVALID,
            f"TLS could not begin, because {fault.reason}.",
            high(
                "A file named under tls is missing, unreadable or no certificate.",
                "Check tls.ca, client_cert, client_key.",
            ),
            evidence=facts,
        )
    if (
        re.search(r"certificate required|bad certificate|unknown ca\b|certificate unknown|access denied", text)
        and fault.alert
    ):
        return view.failure(
            Category.TLS_CLIENT_CERTIFICATE,
            f"The {view.name} server wants a client certificate that it knows ({fault.alert}).",
            high(
                "No client certificate was declared, or the server does not trust it.",
                "Declare tls.client_cert and tls.client_key.",
            ),
            stage=Stage.TLS if view.this.security is Security.TLS else None,
            evidence=facts,
        )
    if "handshake failure" in text and fault.alert and fault.peer_bytes[:1] == _RECORD_OF_HANDSHAKE:
        # A server without a cipher in common says so in its first record; this one said hello before.
        return view.failure(
            Category.TLS_CLIENT_CERTIFICATE,
            f"The {view.name} server broke off after it had agreed on how to encrypt,"
            " as TLS 1.2 does where a client certificate is missing.",
            high(
                "The server wants a client certificate, and none was declared.",
                "Declare tls.client_cert and tls.client_key.",
            ),
            low("The server wants stronger keys or signatures than it got.", "Ask the provider what it requires."),
            stage=Stage.TLS if view.this.security is Security.TLS else None,
            evidence=facts,
        )
    if re.search(r"protocol version|unsupported protocol|version too low|no protocols available", text):
        return view.failure(
            Category.TLS_VERSION,
            f"The {view.name} server and the probe share no version of TLS.",
            high("The server offers only old TLS versions.", "Have the server updated to TLS 1.2 or later."),
            medium(
                "tls.min_version is higher than what the server has.", "Lower tls.min_version, if the risk is accepted."
            ),
            evidence=facts,
        )
    if "wrong version number" in text or "http request" in text:
        # Bytes that are no text are no greeting either, whatever OpenSSL takes them for.
        text_came = not view.fault.heard.translate(None, _TEXT)
        return clear_first(view) if view.this.security is Security.TLS and text_came else _vague(view, facts)
    if re.search(
        r"handshake failure|no shared cipher|no ciphers|insufficient security|dh key too small"
        r"|legacy renegotiation|sigalg",
        text,
    ):
        return view.failure(
            Category.TLS_CIPHER,
            f"The {view.name} server and the probe could not agree on how to encrypt.",
            medium("The server has only old ciphers or short keys.", "Have the server's TLS settings updated."),
            medium(
                "The server wants another host name (SNI).", "Declare tls.server_name with a name the server knows."
            ),
            low("The server wants a client certificate.", "Declare tls.client_cert and tls.client_key."),
            evidence=facts,
        )
    if "unrecognized name" in text:
        return view.failure(
            Category.TLS_NAME_MISMATCH,
            f"The {view.name} server knows no site of the name {view.this.host}.",
            high("The declared host is not one the server answers for.", "Declare the provider's own host name."),
            evidence=facts,
        )
    if fault.timed_out:
        return view.failure(
            Category.TLS_FAILED,
            f"{view.endpoint} took the connection but never answered the TLS handshake.",
            high("Port and security don't go together.", f"For {view.name} declare {usual_settings(view.protocol)}."),
            medium("A firewall lets the connection through and drops what follows.", "Try from another network."),
            low("The server is overloaded.", "Probe again later."),
            status=StageStatus.INCONCLUSIVE,
            evidence=facts,
        )
    return _vague(view, facts)


def _clear_text(view: View) -> Failure:
    """Explain replies in the clear where the server had promised the handshake (RFC 3207 §4)."""
    return view.failure(
        Category.TLS_INJECTION,
        f"{view.endpoint} agreed to STARTTLS and then went on in the clear instead of TLS, so the probe hung up.",
        high(
            "Someone on the way injects replies before TLS.",
            "Don't log in over this network; compare from another one.",
        ),
        medium("The server says yes to STARTTLS and can't do it.", "Have it repaired, or use implicit TLS."),
    )


def _vague(view: View, facts: dict[str, str]) -> Failure:
    reason = f" ({facts['reason'].lower().replace('_', ' ')})" if facts["reason"] else ""
    return view.failure(
        Category.TLS_FAILED,
        f"The TLS handshake with {view.endpoint} broke off{reason}.",
        medium("Port and security don't go together.", f"For {view.name} declare {usual_settings(view.protocol)}."),
        medium("Something between probe and server breaks TLS up.", "Try from another network."),
        low("The server's TLS has a fault.", "Ask the provider, with the reason above."),
        status=StageStatus.INCONCLUSIVE,
        evidence=facts,
    )


def _certificate(view: View, fault: TlsFault) -> Failure:
    shown = view.this.follow_up.get("certificate")
    certificate = shown if isinstance(shown, CertificateFacts) else None
    facts = {
        "verify_code": fault.verify_code,
        "verify_text": fault.verify_text,
        "names": list(certificate.names) if certificate else [],
        "not_before": certificate.not_before if certificate else None,
        "not_after": certificate.not_after if certificate else None,
        "issuer": certificate.issuer if certificate else None,
    }
    category, sentence, causes = _judge(view, fault, certificate)
    return view.failure(category, sentence, *causes, evidence=facts)


def _judge(
    view: View, fault: TlsFault, certificate: CertificateFacts | None
) -> tuple[Category, str, tuple[Cause, ...]]:
    code, host = fault.verify_code, view.this.host
    whose = f"The certificate of {view.endpoint}"
    issuer = f", issued by {certificate.issuer}," if certificate and certificate.issuer else ""
    if code in _EXPIRED:
        when = f" on {certificate.not_after}" if certificate else ""
        return (
            Category.TLS_EXPIRED,
            f"{whose} expired{when}.",
            (
                high(
                    "The server's certificate was not renewed.",
                    "Have the certificate renewed and the service reloaded.",
                ),
                low("The clock of the machine that probes is wrong.", "Check its clock."),
            ),
        )
    if code in _NOT_YET:
        when = f" before {certificate.not_before}" if certificate else " yet"
        return (
            Category.TLS_NOT_YET_VALID,
            f"{whose} is not valid{when}.",
            (
                high("The clock of the machine that probes is wrong.", "Check its clock."),
                medium("The certificate was put in place too early.", "Ask the provider."),
            ),
        )
    if code in _NAME:
        names = certificate.names if certificate else ()
        listed = f"; it is for {', '.join(names[:_NAMES_SHOWN])}" if names else ""
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        plain = next((name for name in names if "*" not in name), "")
        use = f"for example {plain}" if plain else "as the provider documents it"
        return (
            Category.TLS_NAME_MISMATCH,
            f"{whose} is not for {host}{listed}{more}.",
            (
                high(
                    "The server is known by another name; own names that point to a shared server are the usual case.",
                    f"Declare {view.protocol.value}.host with a name of the certificate, {use}.",
                ),
                medium("The name points to the wrong server.", "Check the DNS records of the host."),
                low("Someone in between shows a certificate of his own.", "Compare from another network."),
            ),
        )
    if code in _SELF_SIGNED:
        return (
            Category.TLS_SELF_SIGNED,
            f"{whose} is signed by itself and not by an authority this machine knows.",
            (
                high("The server has a certificate of its own making.", f"Have one issued, or: {_TRUST_REMEDY}"),
                medium(
                    "A filter or virus scanner on the way shows its own certificate.", "Compare from another network."
                ),
            ),
        )
    if code in _UNKNOWN_CA:
        return (
            Category.TLS_UNKNOWN_CA,
            f"{whose}{issuer} can't be traced to an authority this machine knows.",
            (
                high(
                    "The server does not send its intermediate certificate.", "Administrator: install the full chain."
                ),
                medium("The authority is a private one.", _TRUST_REMEDY),
                low("This machine's list of authorities is old or missing.", "Update the machine's CA certificates."),
            ),
        )
    if code in _WEAK:
        return (
            Category.TLS_CIPHER,
            f"{whose}{issuer} has a key or signature that is too weak to be trusted ({fault.verify_text}).",
            (
                high(
                    "The certificate, or one above it, is of an old kind (RSA under 2048 bits, SHA-1).",
                    "Have the server's certificate replaced.",
                ),
                low("This machine asks for more than others do.", "Look up its OpenSSL security level."),
            ),
        )
    text = fault.verify_text or f"OpenSSL verify code {code}"
    return (
        Category.TLS_FAILED,
        f"{whose} was not accepted: {text}.",
        (medium("The certificate breaks a rule that the text names.", "Have the server's certificate replaced."),),
    )
