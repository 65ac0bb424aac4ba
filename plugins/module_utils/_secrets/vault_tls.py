# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The TLS setting for connections to Vault."""

from __future__ import annotations

import ssl

from .._models.names import Category, Confidence
from .settings import VaultSettings
from .trouble import Trouble, VaultTrouble, cause


def tls_context(settings: VaultSettings) -> ssl.SSLContext:
    """Return the TLS setting for Vault; raise :class:`VaultTrouble` when a certificate file is no good."""
    what, key = "could not be asked: the CA file is not usable", "ca"
    try:
        pem = settings.ca_pem
        if settings.ca is not None and settings.ca.is_dir():
            # OpenSSL only finds hashed names in a directory; the Vault client takes every file, and so do we.
            files = sorted(entry for entry in settings.ca.rglob("*") if entry.is_file())
            if not files:
                raise ValueError("an empty directory would mean the system's authorities")
            context = ssl.create_default_context(cadata="\n".join(entry.read_text("utf-8") for entry in files))
        else:
            context = ssl.create_default_context(cafile=settings.ca, cadata=pem)
        if settings.client_cert is not None:
            what, key = "could not be asked: client certificate and key are not usable", "client_cert"
            context.load_cert_chain(settings.client_cert, settings.client_key, password=lambda: b"")
    except (OSError, ValueError):
        remedy = (
            "It must be readable for this user and hold PEM; a key must belong to its certificate and be unencrypted."
        )
        causes = (cause(f"The file named by {key} can't be read or parsed.", remedy, Confidence.HIGH),)
        trouble = Trouble(Category.SECRET_VAULT_TLS, what, causes)
    else:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        if not settings.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
    raise VaultTrouble(trouble)
