# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords from the declaration, and what is noticed about any secret."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.inline import InlineSecret
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import (
    ResolvedSecret,
    SecretSource,
    VaultReference,
    hints_for,
)


def test_a_password_is_given_as_it_is_and_never_shown() -> None:
    secret: SecretSource = InlineSecret(" pa55 ")
    found = secret.resolve()
    assert (found.value, found.kind, found.reference, found.version) == (" pa55 ", "inline", None, None)
    assert [hint.id for hint in found.hints] == ["secret_outer_blanks"]
    assert "pa55" not in repr(found) + repr(secret) + str(found.hints)


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_password_is_an_error(value: str) -> None:
    with pytest.raises(StageError) as caught:
        InlineSecret(value).resolve()
    assert caught.value.failure.category is Category.SECRET_UNUSABLE
    assert caught.value.failure.stage is Stage.SECRET


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("abcd efgh", []),
        ("pass\n", ["secret_line_end"]),
        ("pass\r\n", ["secret_line_end"]),
        (" pass", ["secret_outer_blanks"]),
        ("pass \n", ["secret_line_end", "secret_outer_blanks"]),
        ("pa\x00ss", ["secret_control_characters"]),
        ("pa\nss", ["secret_control_characters"]),
        ("pässwörd", []),
    ],
)
def test_hints(value: str, ids: list[str]) -> None:
    assert [hint.id for hint in hints_for(value)] == ids


def test_the_short_form_of_a_reference() -> None:
    reference = VaultReference("/mail/a/", "x", "/kv/", 3)
    assert (reference.text(), reference.text("team")) == ("kv/mail/a#x", "team/kv/mail/a#x")
    assert ResolvedSecret("v", "vault", reference.text()).reference == "kv/mail/a#x"


def test_hvac_and_requests_are_loaded_only_for_a_read() -> None:
    module = "ansible_collections.mailops.mailbox.plugins.module_utils._secrets.vault"
    code = f"import sys, {module}; print(sorted({{'hvac', 'requests', 'urllib3'}} & set(sys.modules)))"
    path = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path, check=True)
    assert done.stdout.strip() == "[]"
