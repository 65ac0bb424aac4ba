# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A response of HTTP/1.1 (RFC 9112), read up to a limit."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from typing import NoReturn

from .places import Target
from .timed import Timed
from .trouble import FetchError, FetchTrouble

_PIECE = 16384


@dataclass(frozen=True)
class Page:
    """A page. ``content_type`` is the media type in lower case without parameters.

    ``redirects`` are the URLs that were redirected to, in their order, so that the last one is ``url``.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    redirects: tuple[str, ...] = ()


def read_page(source: Timed, target: Target, max_bytes: int) -> Page:
    """Return the response; for a status other than 200 without its body, and with the Location header as ``url``.

    Raises :class:`FetchError`, OSError, TimeoutError.
    """
    response = http.client.HTTPResponse(source, method="GET")  # type: ignore[arg-type] # all it wants is makefile
    try:
        response.begin()
        if response.status != 200:
            return Page(response.getheader("Location") or "", response.status, "", b"")
        kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        coding = (response.getheader("Content-Encoding") or "identity").strip().lower()
        if coding != "identity":
            _malformed(target, "it is compressed, though that was not asked for")
        return Page(target.url, response.status, kind, _body(response, target, max_bytes))
    except http.client.IncompleteRead:
        _malformed(target, "it ends in the middle")
    except (http.client.HTTPException, ValueError) as error:
        _malformed(target, f"it is not HTTP ({type(error).__name__})")
    finally:
        response.close()


def _body(response: http.client.HTTPResponse, target: Target, max_bytes: int) -> bytes:
    declared = response.length
    if declared is not None and declared > max_bytes:
        _too_large(target, max_bytes)
    body = b""
    try:
        while piece := response.read(min(_PIECE, max_bytes + 1 - len(body))):
            body += piece
            if len(body) > max_bytes:
                _too_large(target, max_bytes)
    except ssl.SSLEOFError:
        # Without the end of TLS nobody knows whether this is all (RFC 9112 §9.8).
        _malformed(target, "it ends in the middle")
    if declared is not None and len(body) < declared:
        _malformed(target, "it ends in the middle")
    return body


def _too_large(target: Target, max_bytes: int) -> NoReturn:
    text = f"{target.shown} has more than the {max_bytes} octets that are read of it."
    raise FetchError(FetchTrouble.TOO_LARGE, text, 200)


def _malformed(target: Target, what: str) -> NoReturn:
    raise FetchError(FetchTrouble.MALFORMED, f"The answer for {target.shown} can't be used: {what}.") from None
