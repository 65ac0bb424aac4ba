# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public keys of any length in the encodings of DKIM, also of lengths that libraries refuse to make."""

from __future__ import annotations

import base64

_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")


def modulus(bits: int) -> int:
    """Return an odd number of just so many bits."""
    return (1 << bits) - 159


def spki(bits: int, exponent: int = 65537) -> str:
    """Return a SubjectPublicKeyInfo in base64, which is what DKIM records hold."""
    return _text(_element(0x30, _ALGORITHM + _element(0x03, b"\x00" + _key(bits, exponent))))


def bare(bits: int) -> str:
    """Return an RSAPublicKey in base64, which the standard's text names, and some use."""
    return _text(_key(bits, 65537))


def ed25519(octets: int = 32) -> str:
    """Return an Ed25519 key in base64."""
    return _text(bytes(range(1, octets + 1)))


def _key(bits: int, exponent: int) -> bytes:
    return _element(0x30, _integer(modulus(bits)) + _integer(exponent))


def _integer(number: int) -> bytes:
    return _element(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    packed = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(packed))) + packed + content


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
