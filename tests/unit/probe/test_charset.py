# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies without a charset are read as what they most likely are."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._probe.charset import decode


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("550 Mailbox unavailable", "ascii"),
        ("Zugriff für Sie gesperrt", "utf-8"),
        ("535 用户不存在", "utf-8"),
        ("535 用户不存在", "gbk"),
        ("550 登录失败, see https://service.mail.qq.com", "gbk"),
        ("Zugriff für Sie gesperrt", "latin-1"),
        ("Größe überschritten", "latin-1"),
        ("Accès refusé à votre boîte", "latin-1"),
        ("Contraseña inválida", "latin-1"),
        ("", "ascii"),
    ],
)
def test_text_comes_back(text: str, charset: str) -> None:
    assert decode(text.encode(charset)) == text


def test_no_bytes_are_too_odd() -> None:
    for octet in range(256):
        assert decode(bytes([octet])) is not None
