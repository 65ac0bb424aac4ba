# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider that settings name counts where the dialogue names nobody."""

from __future__ import annotations

import pytest
from diagnosis.build import IMAP, judge, replied

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Stage

REFUSED = b"1001 NO [AUTHENTICATIONFAILED] Authentication failed\r\n"


@pytest.mark.parametrize("name", ["icloud", "icloud-custom"])
def test_settings_name_the_provider(name: str) -> None:
    """Behind a relay of one's own, the words of iCloud's server are still iCloud's."""
    failure = judge(replied(IMAP, Stage.AUTH, REFUSED), provider=name).failures[0]
    assert failure.category is Category.AUTH_APP_PASSWORD_REQUIRED


@pytest.mark.parametrize("name", ["", "auto", "acme", "dovecot"])
def test_other_names_tell_nothing(name: str) -> None:
    """What no rule knows leaves the refusal as general as it was."""
    failure = judge(replied(IMAP, Stage.AUTH, REFUSED), provider=name).failures[0]
    assert failure.category is Category.AUTH_CREDENTIALS


def test_the_dialogue_goes_first() -> None:
    """A host that is known is believed before the settings."""
    evidence = replied(IMAP, Stage.AUTH, REFUSED, host="imap.gmx.net")
    assert judge(evidence, provider="icloud").failures[0].category is not Category.AUTH_APP_PASSWORD_REQUIRED
