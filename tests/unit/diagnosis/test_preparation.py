# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a login was refused, the provider's steps of preparation are among the causes, those that fit."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis.build import IMAP, SMTP, judge, replied, seen

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Cause, Failure
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Confidence, Protocol, Stage
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.preparation import (
    checklist,
    gives_access,
    makes_secret,
    steps,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._providers.table import PROVIDERS, Known, by_name


def refused(protocol: Protocol, reply: bytes, host: str, **changes: Any) -> Failure:
    (failure,) = judge(replied(protocol, Stage.AUTH, reply, host=host), **changes).failures
    return failure


def prepared(failure: Failure) -> list[Cause]:
    return [cause for cause in failure.causes if "preparation by" in cause.cause]


def test_imap_that_is_switched_off_names_who_switches_it_on() -> None:
    reply = b"M0002 NO [ALERT] Your account does not have IMAP access enabled. (Failure)"
    failure = refused(IMAP, reply, "imap.zoho.com", email="a@zoho.com", usernames={IMAP: "a@zoho.com"})
    assert failure.category is Category.AUTH_PROTOCOL_DISABLED
    (cause,) = prepared(failure)
    assert cause.cause == "Zoho takes IMAP logins only after some preparation by the user."
    assert "IMAP Access" in cause.remedy
    assert "password" not in cause.remedy
    assert cause.confidence is Confidence.MEDIUM
    assert failure.causes[-1] is cause


def test_steps_of_an_administrator_are_a_cause_of_their_own() -> None:
    reply = b"M0002 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
    failure = refused(IMAP, reply, "imap.gmail.com", email="a@acme.example", usernames={IMAP: "a@acme.example"})
    assert ["the user" in cause.cause for cause in prepared(failure)] == [True, False]
    assert "Admin console" in prepared(failure)[1].remedy
    assert {cause.confidence for cause in prepared(failure)} == {Confidence.LOW}
    # The same server for a personal account has no administrator.
    own = refused(IMAP, reply, "imap.gmail.com", email="a@gmail.com", usernames={IMAP: "a@gmail.com"})
    assert len(prepared(own)) == 1


def test_an_app_password_that_is_required_asks_for_no_switch() -> None:
    failure = refused(SMTP, b"535 5.7.8 Application-specific password required", "smtp.mail.yahoo.com")
    assert failure.category is Category.AUTH_APP_PASSWORD_REQUIRED
    assert all("app password" in cause.remedy for cause in prepared(failure))


def test_what_another_protocol_has_proved_is_not_prepared_again() -> None:
    good = seen(SMTP, host="smtp.zoho.com")
    bad = replied(IMAP, Stage.AUTH, b"M0002 NO [AUTHENTICATIONFAILED] no", host="imap.zoho.com")
    (failure,) = judge(good, bad, email="a@zoho.com", usernames={SMTP: "a@zoho.com", IMAP: "a@zoho.com"}).failures
    assert failure.category is Category.AUTH_REFUSED
    (cause,) = prepared(failure)
    assert "IMAP Access" in cause.remedy
    assert "application-specific" not in cause.remedy


@pytest.mark.parametrize(
    ("reply", "host"),
    [(b"535 5.7.8 Error: authentication failed", "mx.acme.example"), (b"454 4.7.0 later", "smtp.mail.yahoo.com")],
    ids=["nobody known", "put off"],
)
def test_elsewhere_nothing_is_added(reply: bytes, host: str) -> None:
    assert prepared(refused(SMTP, reply, host)) == []


def test_every_step_is_about_something() -> None:
    every = [step for provider in PROVIDERS for step in provider.preparation]
    assert all(makes_secret(step) or gives_access(step) for step in every)
    assert {makes_secret(step) for step in every} == {True, False}


def test_the_checklist_is_of_the_variant_and_has_sources() -> None:
    workspace, personal = by_name("google-workspace"), by_name("gmail")
    assert workspace is not None and personal is not None
    assert [step["by"] for step in checklist(workspace)] == ["user", "administrator"]
    assert [step["by"] for step in checklist(personal)] == ["user"]
    for provider in PROVIDERS:
        for variant in provider.variants:
            known = Known(provider, variant)
            found = checklist(known)
            assert [step["text"] for step in found] == [step.text for step in steps(known)]
            assert all(step["sources"] and step["sources"][0]["url"].startswith("https://") for step in found)


def test_the_checklist_of_one_protocol() -> None:
    known = by_name("microsoft365")
    assert known is not None
    assert not any("Authenticated SMTP" in step["text"] for step in checklist(known, [IMAP]))
