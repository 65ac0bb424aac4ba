# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a failed connection to Vault means.

The texts of http.client and urllib3 are never shown: they hold whole lines and URLs.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any

from .._models.failure import Cause
from .._models.names import Category, Confidence
from .settings import VaultSettings
from .trouble import Trouble, cause

_BEFORE = frozenset({"ConnectTimeoutError", "NewConnectionError", "NameResolutionError"})
"""What urllib3 raises before it sends, by name: it is not imported where there is no need."""


class NotConnectedError(OSError):
    """There is no connection, so nothing was sent. Its cause is what the system says."""


def never_sent(error: BaseException) -> bool:
    """Tell whether the request can't have left, so that even a login may be repeated."""
    return any(isinstance(link, NotConnectedError) or type(link).__name__ in _BEFORE for link in _chain(error))


def explain(error: BaseException, settings: VaultSettings) -> Trouble:
    """Turn an exception of http.client or urllib3 into a :class:`Trouble`."""
    links = list(_chain(error))
    names = {type(link).__name__ for link in links}
    for link in links:
        if isinstance(link, ssl.SSLError):
            return _tls(link, settings)
    if "ProxyError" in names:
        remedy = "Check VAULT_PROXY_ADDR, VAULT_HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and the proxy's own log."
        return Trouble(
            Category.SECRET_VAULT_UNREACHABLE,
            "could not be reached through the proxy",
            (cause("The proxy refused or failed to connect, or wants a login.", remedy, Confidence.HIGH),),
            True,
        )
    what, causes = _network(links, names, settings)
    return Trouble(Category.SECRET_VAULT_UNREACHABLE, what, causes, True)


def downgrade(where: str) -> Trouble:
    """Return what a redirect comes to that would send the token in the clear."""
    return Trouble(
        Category.SECRET_VAULT_TLS,
        f"redirected the request {where}, which was not followed",
        (
            cause(
                "The address that the active node announces (api_addr) begins with http://.",
                "Correct api_addr in the configuration of Vault, or name the active node as the address.",
            ),
        ),
    )


def redirected(where: str, why: str) -> Trouble:
    """Return what redirects come to that lead nowhere."""
    remedy = "Name the active node or the load balancer, and check api_addr in the configuration of Vault."
    return Trouble(Category.SECRET_VAULT_ERROR, f"sent the request {where}", (cause(why, remedy),))


def unusable_proxy() -> Trouble:
    """Return what the address of a proxy comes to that can't be used."""
    remedy = "Check VAULT_PROXY_ADDR, VAULT_HTTP_PROXY and HTTPS_PROXY; in a password, write %40 for @, and so on."
    return Trouble(
        Category.SECRET_VAULT_UNREACHABLE,
        "could not be asked because the address of the proxy can't be used",
        (cause("The address of the proxy, or the login in it, is misspelt.", remedy, Confidence.HIGH),),
    )


def no_hvac() -> Trouble:
    """Return what a run comes to without the library for Vault."""
    remedy = (
        "Install it for the Python that runs this task (python -m pip install hvac), or use an execution "
        "environment built with this collection's requirements."
    )
    return Trouble(
        Category.SECRET_VAULT_ERROR,
        "could not be asked because the Python library hvac is missing",
        (cause("The Python library hvac is not installed where this task runs.", remedy, Confidence.HIGH),),
    )


def no_socks() -> Trouble:
    """Return what a SOCKS proxy comes to without the library for it."""
    remedy = "Install it (python -m pip install PySocks) or use an http:// proxy."
    return Trouble(
        Category.SECRET_VAULT_ERROR,
        "could not be asked because SOCKS proxies need the Python library PySocks",
        (cause("The proxy for Vault is a SOCKS proxy and PySocks is not installed.", remedy, Confidence.HIGH),),
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and everything it was made from; urllib3 keeps its reasons in attributes and arguments."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [getattr(link, "reason", None), link.__cause__, link.__context__, *link.args]


def _network(links: list[BaseException], names: set[str], settings: VaultSettings) -> tuple[str, tuple[Cause, ...]]:
    if any(isinstance(link, socket.gaierror) for link in links):
        remedy = "Check url or VAULT_ADDR for a typing error, and the DNS of the machine that runs this task."
        text = "The host name of the address does not exist, or DNS does not work here."
        return "could not be reached because its name does not resolve", (cause(text, remedy, Confidence.HIGH),)
    if any(isinstance(link, ConnectionRefusedError) for link in links):
        remedy = (
            "Start Vault, or correct host and port in url or VAULT_ADDR; without either https://127.0.0.1:8200 is used."
        )
        return "could not be reached because the connection was refused", (
            cause("Vault is not running there, or listens on another port.", remedy, Confidence.HIGH),
        )
    # A time-out of the system's own, ETIMEDOUT, has a number.
    timed_out = any(isinstance(link, TimeoutError) and link.errno is None for link in links)
    unconnected = any(isinstance(link, NotConnectedError) for link in links)
    if "ConnectTimeoutError" in names or (timed_out and unconnected):
        remedy = "Check the network path, firewall and VPN between this machine and Vault."
        return f"could not be reached: no connection within {settings.timeout:g} s", (
            cause("A firewall drops the packets, or the host is down.", remedy),
        )
    if "ReadTimeoutError" in names or timed_out:
        remedy = "Look at the load and the log of Vault; raise timeout or VAULT_CLIENT_TIMEOUT if it is just slow."
        return f"accepted the connection but did not answer within {settings.timeout:g} s", (
            cause("Vault or its storage is overloaded or hangs.", remedy),
        )
    remedy = "Check the network path, and that the port speaks HTTP: https:// for a listener with TLS."
    causes = [cause("A firewall, a load balancer or Vault itself closed the connection.", remedy)]
    causes += _certificate_wanted(settings)
    number = next((link.strerror for link in links if isinstance(link, OSError) and link.strerror), None)
    return f"could not be reached: the connection broke{f' ({number})' if number else ''}", tuple(causes)


def _certificate_wanted(settings: VaultSettings) -> list[Cause]:
    """Return what else a broken handshake may mean.

    TLS 1.2 has no alert of its own for a missing client certificate, and in TLS 1.3 a reset may overtake the alert.
    """
    if not settings.url.startswith("https") or settings.client_cert is not None:
        return []
    remedy = "Give client_cert and client_key (VAULT_CLIENT_CERT, VAULT_CLIENT_KEY) if the listener asks for them."
    return [cause("Vault closes connections that show no client certificate.", remedy, Confidence.LOW)]


def _tls(error: ssl.SSLError, settings: VaultSettings) -> Trouble:
    reason = getattr(error, "reason", None) or ""
    said = getattr(error, "verify_message", None) or reason.replace("_", " ").lower() or "handshake failed"
    low = said.lower()
    known = True
    if isinstance(error, ssl.SSLCertVerificationError):
        if "expired" in low or "not yet valid" in low:
            text = "The certificate of Vault is out of date, or the clock of this machine is wrong."
            remedy = "Have the certificate renewed, and compare the clock of this machine."
        elif "mismatch" in low or "match" in low:
            text = "The certificate was issued for another name than the address has."
            remedy = "Use a name from the certificate in url, or give that name as server_name (VAULT_TLS_SERVER_NAME)."
        else:
            text = "The certificate was issued by an authority that this machine does not trust."
            remedy = "Name the CA certificate of Vault as ca (VAULT_CACERT)."
        what = f"showed a certificate that could not be verified ({said})"
    elif any(sign in reason for sign in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")):
        what = "did not answer with TLS"
        text = "The listener speaks plain HTTP, or the port belongs to another service."
        remedy = "Correct host and port; only for a listener without TLS write http:// in url or VAULT_ADDR."
    elif "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason or "UNKNOWN_CA" in reason:
        what = "asked for a client certificate that it accepts and did not get one"
        text = "The listener is set to tls_require_and_verify_client_cert."
        remedy = (
            "Give client_cert and client_key (VAULT_CLIENT_CERT, VAULT_CLIENT_KEY) from an authority that Vault knows."
        )
    else:
        known = False
        what = f"failed in the TLS handshake ({said})"
        text = "Both sides share no TLS version or cipher, or one gave up."
        remedy = "Compare the listener's TLS settings with this machine's; TLS 1.2 is the least that is used."
    causes = [cause(text, remedy, Confidence.HIGH if known else Confidence.MEDIUM)]
    if not known:
        causes += _certificate_wanted(settings)
    return Trouble(Category.SECRET_VAULT_TLS, what, tuple(causes), facts={"tls": said})
