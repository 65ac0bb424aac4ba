# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""Turns what was heard and said into text for people, without secrets.

Two rules, because one is never enough:

1. What has a place in a grammar is redacted by that place: arguments of AUTH, AUTHENTICATE and LOGIN, challenges, the
   query of an URL.
2. Where the bytes hold any form of the secret all the same (a server that echoes), the whole text is withheld. It is
   never masked by replacing the secret: a gap shows where and how long it is, and a secret that is a common word would
   be told by the words that are missing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from .charset import decode

TEXT_LIMIT = 2048
"""Characters of a shown text."""

MASK = "********"
WITHHELD = "(text withheld: the server echoed what it was sent)"

_PREFIX = 8
"""Octets of a secret that count as an echo where the server cut it short."""
_START = 4
"""Octets of a secret that count as its start where evidence ends with them."""
_HEAD = 512
"""Octets after which evidence may have been cut, in the middle of a character."""

_SMTP_HEAD = re.compile(rb"(\d{3})(?:[ -]+#?([245]\.\d{1,3}\.\d{1,3})(?=[\s:;,]|$)|(?=[ \t\r\n-]|$))")
_IMAP_HEAD = re.compile(rb"(\S{1,32}) (OK|NO|BAD|BYE|PREAUTH)\b(?: \[([A-Z][A-Z0-9-]{1,39})(?=[\] ]))?", re.IGNORECASE)
_JOINT = re.compile(rb"\r?\n(?:\d{3}[ -](?:[245]\.\d{1,3}\.\d{1,3} )?)?")

_MECHANISMS = r"(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|EXTERNAL|NTLM|GSSAPI|[A-Z]+-MD5|SCRAM-[A-Z0-9-]{1,20}|XOAUTH)"
_ARGUMENT = r'(?:"(?:[^"\\]|\\.)*"?|[^\s"\'<>]+)'
_AUTH = re.compile(rf"(\bAUTH(?:ENTICATE)?\s+{_MECHANISMS}\s+)({_ARGUMENT})", re.IGNORECASE)
_LOGIN_QUOTED = re.compile(
    r'(\bLOGIN\s+)((?:"(?:[^"\\\r\n]|\\.)*"|\{\d+\+?\}|[^\s"]*@[^\s"]*)\s[^\r\n]*|[^\s"]+\s+["{][^\r\n]*)',
    re.IGNORECASE,
)
_LOGIN_CITED = re.compile(r"((?:[\"'`(<]|\b[A-Za-z]{1,8}\d{1,9} )LOGIN\s+)([^\s][^\r\n]*)", re.IGNORECASE)
_CHALLENGE = re.compile(
    r"^(334[ -]|\+ )([A-Za-z0-9+/_-]{4,}={0,2})(?=\s*$)|^(334[ -]|\+ )([A-Za-z0-9+/]{24,}={0,2})", re.MULTILINE
)
_WEBALERT = re.compile(r"(\[WEBALERT\s+[a-z][a-z0-9+.-]{0,20}://[^\s/\]?#@]*)([^\s\]]*)", re.IGNORECASE)
_BRACKETED_URL = re.compile(r"(<[a-z][a-z0-9+.-]{0,20}://[^?#>]*)([?#][^>]*)", re.IGNORECASE)
_URL_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s?#<>\"]*)([?#][^\s<>\"]*)", re.IGNORECASE)
_URL_USER = re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/?#<>@\"]*@", re.IGNORECASE)
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def shown(raw: bytes, secrets: Sequence[bytes] = ()) -> str:
    """Return a reply as text for people, at most about 2 KiB.

    ``secrets`` are the forms of the secret on the wire (:func:`.sasl.wire_forms`).
    """
    if echoes(raw, secrets):
        return _skeleton(raw, secrets)
    text = decoded(raw)
    # The grammar is looked for in twice what is shown: enough for what is cut at the end, little for a hostile text.
    return _bounded(_readable(text[: 2 * TEXT_LIMIT]), len(text) - 2 * TEXT_LIMIT)


@functools.lru_cache(maxsize=256)
def _readable(text: str) -> str:
    """Return a text that holds no secret. Servers say the same to each mailbox of a fleet."""
    return visible(_redacted(text))


def own_words(octets: bytes) -> str:
    """Return what the probe itself said as text for people; its secrets must be masked already."""
    return _bounded(visible(octets.decode("utf-8", "replace")))


def visible(text: str) -> str:
    """Make control and direction characters visible; line ends stay, as one LF."""
    if text.isprintable():
        return text
    text = text.rstrip("\r\n").replace("\r\n", "\n")
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def decoded(raw: bytes) -> str:
    """Return bytes of any server as text: UTF-8, else GB 18030 (QQ answers so), else Latin-1, which never fails."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(raw) >= _HEAD and error.reason == "unexpected end of data":
            return raw[: error.start].decode("utf-8")
    return decode(raw)


def echoes(raw: bytes, secrets: Sequence[bytes]) -> bool:
    """Tell whether the bytes hold a form of the secret, whole or cut short, in any case, also across its lines."""
    if not raw:
        return False
    heard = raw
    # One line of ASCII, as nearly all facts are, joins and decodes to itself.
    if b"\n" in raw or not raw.isascii():
        heard = b"\n".join((raw, _JOINT.sub(b"", raw), decoded(raw).encode("utf-8", "replace")))
    if _holds(heard.lower(), secrets):
        return True
    return len(raw) >= _HEAD and any(_begins_at_the_end(text.lower(), secrets) for text in (raw, _JOINT.sub(b"", raw)))


def any_echoes(texts: Sequence[bytes], secrets: Sequence[bytes]) -> bool:
    """Tell whether :func:`echoes` may be true of one of the texts; False is certain.

    Nearly all texts of a probe are a short line of ASCII, and those are looked through together.
    """
    together = b"\0".join(texts)
    if b"\n" not in together and together.isascii() and max(map(len, texts), default=0) < _HEAD:
        return _holds(together.lower(), secrets)
    lines = []
    for raw in texts:
        if len(raw) < _HEAD and b"\n" not in raw and raw.isascii():
            lines.append(raw)
        elif echoes(raw, secrets):
            return True
    return _holds(b"\0".join(lines).lower(), secrets)


def _holds(heard: bytes, secrets: Sequence[bytes]) -> bool:
    """Tell whether bytes in lower case hold a form of the secret, or its start."""
    for form in secrets:  # noqa: SIM110 # any() costs twice as much
        if form and form[:_PREFIX].lower() in heard:
            return True
    return False


def _begins_at_the_end(text: bytes, secrets: Sequence[bytes]) -> bool:
    """Tell whether evidence that was cut ends with the start of a secret; less than that many octets are chance."""
    return any(text.endswith(form[:size].lower()) for form in secrets if form for size in range(_START, _PREFIX))


def _skeleton(raw: bytes, secrets: Sequence[bytes]) -> str:
    """Return only what is the protocol's and not the server's prose: codes and status."""
    smtp = _SMTP_HEAD.match(raw)
    imap = None if smtp else _IMAP_HEAD.match(raw)
    words: list[bytes] = []
    if smtp:
        words = [word for word in smtp.groups() if word]
    elif imap:
        tag, status, code = imap.groups()
        words = [tag, status.upper()] if not echoes(tag, secrets) else [status.upper()]
        if code and not echoes(code, secrets):
            words.append(b"[" + code + b"]")
    return " ".join([*(word.decode("ascii", "replace") for word in words), WITHHELD])


def _redacted(text: str) -> str:
    text = _WEBALERT.sub(rf"\1/{MASK}", text)
    # Google breaks <https://...?token> over the lines of a reply, so the bracket ends it and not a line end.
    text = _BRACKETED_URL.sub(rf"\1?{MASK}", text)
    text = _URL_QUERY.sub(rf"\1?{MASK}", text)
    text = _URL_USER.sub(rf"\1{MASK}@", text)
    text = _CHALLENGE.sub(lambda found: f"{found[1] or found[3]}{MASK}", text)
    text = _AUTH.sub(_auth_argument, text)
    text = _LOGIN_QUOTED.sub(rf"\1{MASK}", text)
    return _LOGIN_CITED.sub(rf"\1{MASK}", text)


def _auth_argument(found: re.Match[str]) -> str:
    """Redact the initial response; a word of prose in its place ("AUTH PLAIN failed") is left to be read."""
    word = found[2].rstrip(".,:;!)")
    prose = len(word) <= 16 and word.isalpha() and (word.islower() or word.isupper() or word.istitle())
    return found[0] if prose else found[1] + MASK


def _bounded(text: str, already_cut: int = 0) -> str:
    more = max(len(text) - TEXT_LIMIT, 0) + max(already_cut, 0)
    return f"{text[:TEXT_LIMIT]}... ({more} more characters)" if more else text
