# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""The HTTP side of Vault: one hvac client with our rules of TLS, proxies, redirects and retries.

hvac has habits that are turned off here, because settings have been decided before: reading CA bundles, client
certificates and tokens from the environment of the process, and telling whole replies. It is imported inside functions
only.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from typing import Any

from .._models.names import Category, Confidence
from .settings import VaultSettings
from .transport_trouble import explain, never_sent, no_hvac, unusable_proxy
from .trouble import Trouble, VaultReply, VaultTrouble, cause, sealed
from .vault_reply import Reply
from .vault_session import Session

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 2.0
_RETRIED = frozenset({412, 429, 500, 502, 503, 504})


def make_client(settings: VaultSettings, sleep: Callable[[float], None]) -> Any:
    """Return an hvac client without a token; raise :class:`VaultTrouble` when hvac is missing.

    Its requests raise :class:`VaultReply` for error statuses and :class:`VaultTrouble` for all else, after the retries.
    """
    try:
        import hvac
        import hvac.adapters
        import urllib3.exceptions
    except ImportError:
        raise VaultTrouble(no_hvac()) from None
    # http.client tells of what can't be in a header by a ValueError.
    wrong = (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError)
    session: Session | None

    class Adapter(hvac.adapters.JSONAdapter):  # type: ignore[misc]
        """Retries, and raises our exceptions instead of hvac's, whose texts carry whole replies."""

        def request(self, method: str, url: str, headers: Any = None, raise_exception: bool = True, **kw: Any) -> Any:
            # A login whose reply got lost may have used up a one-time secret id, so it is not sent again.
            repeatable = method.lower() in ("get", "list")
            attempt = 0
            while True:
                pause = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
                failure: Trouble | VaultReply
                try:
                    reply = super().request(method, url, headers=headers, raise_exception=False, **kw)
                except wrong as error:
                    failure = explain(error, settings)
                    again = failure.retryable and (repeatable or never_sent(error))
                else:
                    if isinstance(reply, dict):
                        return reply
                    # hvac hands over the body of a 200 that is JSON, whatever it is.
                    if not isinstance(reply, Reply):
                        raise VaultTrouble(_not_vault(200))
                    if reply.status_code == 204:
                        return reply
                    known = (self.token, settings.token, settings.secret_id, settings.password, settings.role_id)
                    failure = _read_failure(reply, known)
                    again = isinstance(failure, VaultReply) and failure.status in _RETRIED
                    if isinstance(failure, VaultReply) and failure.retry_after is not None:
                        again = again and failure.retry_after <= _LONGEST_PAUSE
                        pause = failure.retry_after
                if attempt == settings.retries or not again:
                    raise failure if isinstance(failure, VaultReply) else VaultTrouble(failure)
                attempt += 1
                sleep(pause)

    try:
        session = Session(settings)
    except wrong:
        session = None
    if session is None:
        raise VaultTrouble(unusable_proxy())
    # An empty token and an empty certificate keep hvac from taking those of the environment.
    return hvac.Client(
        url=settings.url,
        token="",
        cert=(),
        verify=settings.verify,
        timeout=settings.timeout,
        session=session,
        adapter=Adapter,
        namespace=settings.namespace,
    )


def _read_failure(response: Any, known: tuple[str | None, ...]) -> Trouble | VaultReply:
    """Turn a reply that is no success into what the caller can work with; a text with a known secret is left out."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    listed = body.get("errors")
    errors = tuple(str(item) for item in listed) if isinstance(listed, list) else ()
    if not body and response.status_code == 400:
        errors = (response.text,)
    errors = tuple(text for text in errors if not any(secret and secret in text for secret in known))
    if not body:
        # Cut before, it could end with the first half of a secret.
        errors = tuple(text[:200] for text in errors)
    asleep = sealed(errors, response.status_code) if response.status_code >= 500 else None
    if asleep is not None:
        return asleep
    if response.ok:
        return _not_vault(response.status_code)
    pause = response.headers.get("Retry-After", "")
    return VaultReply(response.status_code, errors, body, float(pause) if pause.isdigit() else None)


def _not_vault(status: int) -> Trouble:
    text = "Something else answers at this address: a web page, a proxy or a login portal."
    remedy = "Check url or VAULT_ADDR, and a proxy on the way; '<address>/v1/sys/health' must answer with JSON."
    return Trouble(
        Category.SECRET_VAULT_ERROR,
        f"did not answer as Vault does (HTTP {status} without a JSON object)",
        (cause(text, remedy, Confidence.HIGH),),
        http_status=status,
    )
