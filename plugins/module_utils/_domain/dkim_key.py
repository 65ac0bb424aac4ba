# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""What a DKIM key record says (RFC 6376 §3.6.1; RFC 8301 for hashes and lengths, RFC 8463 for Ed25519)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

KEY_TYPES = ("rsa", "ed25519")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_SPACE = " \t\r\n"
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_ED25519_OCTETS = 32
_RSA_OID = bytes.fromhex("2a864886f70d010101")


@dataclass(frozen=True)
class Fault:
    """What is wrong: ``kind`` is ``version``, ``tag``, ``repeated``, ``no_key``, ``base64``, ``key`` or ``type``."""

    kind: str
    value: str = ""


@dataclass(frozen=True)
class Key:
    """A key record. ``bits`` is the length of an RSA modulus, 256 for Ed25519, None where the key can't be read.

    ``hashes`` and ``services`` are empty where the record allows all of them; ``flags`` are those of ``t=``.
    """

    text: str
    tags: Mapping[str, str]
    kind: str
    hashes: tuple[str, ...]
    services: tuple[str, ...]
    flags: tuple[str, ...]
    revoked: bool
    bits: int | None
    exponent: int | None
    faults: tuple[Fault, ...]


def is_key(text: str) -> bool:
    """Return whether a TXT record is meant as a DKIM key: it has ``p=``, or begins with ``v=DKIM1``."""
    return re.search(r"(?:\A|;)[ \t\r\n]*(?:p[ \t\r\n]*=|v[ \t\r\n]*=[ \t\r\n]*DKIM)", text, re.IGNORECASE) is not None


def parse(text: str) -> Key:
    """Return what a key record says; never raises."""
    tags: dict[str, str] = {}
    faults: list[Fault] = []
    parts = text.split(";")
    for number, part in enumerate(parts):
        name, equals, value = part.partition("=")
        name = name.strip(_SPACE)
        if not part.strip(_SPACE) and number == len(parts) - 1:
            continue
        if not equals or not _NAME.match(name) or not _printable(value):
            faults.append(Fault("tag", part.strip(_SPACE)))
        elif name in tags:
            faults.append(Fault("repeated", name))
        else:
            tags[name] = value.strip(_SPACE)
    # v= is optional, but has to come first and to be DKIM1 where it is given.
    if "v" in tags and (next(iter(tags)) != "v" or tags["v"] != "DKIM1"):
        faults.append(Fault("version", tags["v"]))
    kind = tags.get("k", "rsa")
    if kind not in KEY_TYPES:
        faults.append(Fault("type", kind))
    hashes = tuple(one.lower() for one in _listed(tags.get("h", "")))
    services = _listed(tags.get("s", ""))
    bits, exponent = _read(tags.get("p"), kind, faults)
    return Key(
        text=text,
        tags=tags,
        kind=kind,
        hashes=hashes,
        services=() if "*" in services else services,
        flags=_listed(tags.get("t", "")),
        revoked=tags.get("p") == "",
        bits=bits,
        exponent=exponent,
        faults=tuple(faults),
    )


def _printable(value: str) -> bool:
    return all(" " <= character <= "~" or character in _SPACE for character in value)


def _listed(value: str) -> tuple[str, ...]:
    return tuple(one for part in value.split(":") if (one := part.strip(_SPACE)))


def _read(value: str | None, kind: str, faults: list[Fault]) -> tuple[int | None, int | None]:
    """Return the length of the key in bits and the RSA exponent."""
    if value is None:
        faults.append(Fault("no_key"))
        return None, None
    packed = "".join(value.split())
    if not packed or kind not in KEY_TYPES:
        return None, None
    try:
        if not _BASE64.match(packed):
            raise binascii.Error
        raw = base64.b64decode(packed, validate=True)
    except binascii.Error:
        faults.append(Fault("base64", packed))
        return None, None
    if kind == "ed25519":
        if len(raw) == _ED25519_OCTETS:
            return 256, None
        faults.append(Fault("key", f"{len(raw)} octets"))
        return None, None
    numbers = _rsa(raw)
    if numbers is None:
        faults.append(Fault("key", f"{len(raw)} octets"))
        return None, None
    return numbers[0].bit_length(), numbers[1]


def _rsa(raw: bytes) -> tuple[int, int] | None:
    """Return modulus and exponent of a SubjectPublicKeyInfo or of a bare RSAPublicKey (RFC 6376 erratum 3017).

    This small reader of DER needs no library and, unlike those, also reads keys that are too short to be accepted.
    """
    outer = _element(raw, 0, 0x30)
    if outer is None or outer[1] != len(raw):
        return None
    content = outer[0]
    algorithm = _element(content, 0, 0x30)
    if algorithm is None:
        return _integers(content)
    oid = _element(algorithm[0], 0, 0x06)
    packed = _element(content, algorithm[1], 0x03)
    if oid is None or oid[0] != _RSA_OID or packed is None or packed[1] != len(content) or packed[0][:1] != b"\x00":
        return None
    inner = _element(packed[0], 1, 0x30)
    return _integers(inner[0]) if inner is not None and inner[1] == len(packed[0]) else None


def _integers(content: bytes) -> tuple[int, int] | None:
    modulus = _element(content, 0, 0x02)
    exponent = _element(content, modulus[1], 0x02) if modulus is not None else None
    if modulus is None or exponent is None or exponent[1] != len(content):
        return None
    numbers = int.from_bytes(modulus[0], "big", signed=True), int.from_bytes(exponent[0], "big", signed=True)
    return numbers if numbers[0] > 0 and numbers[1] > 0 else None


def _element(raw: bytes, start: int, tag: int) -> tuple[bytes, int] | None:
    """Return the content of the DER element at ``start``, and where it ends; None if it is no such element."""
    if len(raw) < start + 2 or raw[start] != tag:
        return None
    length, at = raw[start + 1], start + 2
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 3 or len(raw) < at + count:
            return None
        length, at = int.from_bytes(raw[at : at + count], "big"), at + count
    end = at + length
    return (raw[at:end], end) if end <= len(raw) else None
