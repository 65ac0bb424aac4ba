# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is a change, what is shown of it, and that it settles."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.mailops.mailbox.plugins.module_utils._registry.base import (
    Registration,
    SecretMark,
    utc_normal,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._registry.reconcile import (
    reconcile,
    reconcile_absent,
)

VAULT3 = SecretMark("vault", "secret/mail/sales01#app_password", 3)
VAULT4 = replace(VAULT3, version=4)
VAULT3_DATED = replace(VAULT3, written_at="2026-01-02T03:04:05.678901234Z")
VAULT3_ANEW = replace(VAULT3, written_at="2026-02-02T03:04:05.678901234Z")
KV1_A = SecretMark("vault", "kv/mail/sales01#pass", None, "scrypt-14-8-1:aaaa")
INLINE_A = SecretMark("inline", None, None, "scrypt-14-8-1:aaaa1111")
INLINE_B = SecretMark("inline", None, None, "scrypt-14-8-1:bbbb2222")
INLINE_UNKNOWN = SecretMark("inline")

STORED = Registration(
    id="sales01",
    email="sales01@acme.example",
    settings={
        "protocols": ["smtp", "imap"],
        "smtp": {"host": "mx", "port": 587, "limit": 1},
        "imap": {"host": "im"},
        "tags": ["a"],
    },
    secrets={"smtp": VAULT3, "imap": VAULT3},
    verdict="verified",
    created_at="2026-01-01T00:00:00Z",
    updated_at="2026-01-01T00:00:00Z",
    verified_at="2026-01-01T00:00:00Z",
)


def wanted(**changes):
    """Return the wanted registration: what is stored, with other times and the changes."""
    base = replace(STORED, created_at=None, updated_at=None, verified_at="2026-02-02T00:00:00Z", verdict="partial")
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, ()),
        ({"settings": {}}, ()),
        ({"settings": {"tags": None, "smtp": {"port": None}}}, ()),
        ({"settings": {"smtp": {"port": 587}}}, ()),
        ({"secrets": {}}, ()),
        ({"settings": {"smtp": {"port": 465}}}, ("smtp.port changed",)),
        ({"settings": {"smtp": {"username": "u"}}}, ("smtp.username set",)),
        ({"settings": {"smtp": {"limit": True}}}, ("smtp.limit changed",)),
        ({"settings": {"tags": []}}, ("tags changed",)),
        ({"settings": {"proxy": {"url": "socks5://127.0.0.1:1080"}}}, ("proxy set",)),
        ({"email": "b@acme.example"}, ("email changed",)),
        ({"secrets": {"smtp": VAULT4}}, ("the smtp secret has another version",)),
        ({"secrets": {"smtp": VAULT3_DATED}}, ()),
        ({"secrets": {"smtp": replace(VAULT3, reference="x/y#z")}}, ("the smtp secret comes from another place",)),
        ({"secrets": {"imap": INLINE_A}}, ("the imap secret comes from another place",)),
        ({"settings": {"protocols": ["smtp"]}}, ("protocols changed", "imap is no longer declared")),
    ],
)
def test_only_what_the_user_set_is_compared(changes, reasons):
    change = reconcile(STORED, wanted(**changes))
    assert change.reasons == reasons
    assert change.changed is bool(reasons)
    assert (json.dumps(change.before) != json.dumps(change.after)) is bool(reasons)


@pytest.mark.parametrize(
    ("known", "new", "changed", "before", "after"),
    [
        (INLINE_A, INLINE_A, False, "inline", "inline"),
        (INLINE_A, INLINE_B, True, "inline", "inline (changed)"),
        (INLINE_A, INLINE_UNKNOWN, True, "inline", "inline (can't be compared)"),
        (
            KV1_A,
            replace(KV1_A, fingerprint="x:1"),
            True,
            "vault kv/mail/sales01#pass",
            "vault kv/mail/sales01#pass (changed)",
        ),
        (
            VAULT3,
            VAULT4,
            True,
            "vault secret/mail/sales01#app_password version 3",
            "vault secret/mail/sales01#app_password version 4",
        ),
        (
            VAULT3_DATED,
            VAULT3_ANEW,
            True,
            "vault secret/mail/sales01#app_password version 3",
            "vault secret/mail/sales01#app_password version 3 (changed)",
        ),
        (SecretMark("none"), SecretMark("none"), False, "none", "none"),
    ],
)
def test_a_secret_is_shown_by_its_place(known, new, changed, before, after):
    change = reconcile(replace(STORED, secrets={"smtp": known}), wanted(secrets={"smtp": new}))
    assert change.changed is changed
    assert change.before["secrets"]["smtp"] == before
    assert change.after["secrets"]["smtp"] == after


def test_fingerprints_are_never_shown():
    change = reconcile(replace(STORED, secrets={"smtp": INLINE_A}), wanted(secrets={"smtp": INLINE_B}))
    shown = json.dumps([change.before, change.after, change.reasons]) + repr(change)
    assert "aaaa" not in shown
    assert "bbbb" not in shown


def test_a_version_that_was_written_anew_is_another_secret():
    change = reconcile(replace(STORED, secrets={"smtp": VAULT3_DATED}), wanted(secrets={"smtp": VAULT3_ANEW}))
    assert change.reasons == ("the smtp secret was written anew",)


def test_a_mark_takes_up_when_its_version_was_written_and_keeps_it():
    gained = reconcile(replace(STORED, secrets={"smtp": VAULT3}), wanted(secrets={"smtp": VAULT3_DATED}))
    assert not gained.changed
    assert gained.target.secrets == {"smtp": VAULT3_DATED}
    kept = reconcile(gained.target, wanted(secrets={"smtp": VAULT3}))
    assert not kept.changed
    assert kept.target.secrets == {"smtp": VAULT3_DATED}


def test_times_and_verdict_are_carried_but_no_change():
    change = reconcile(STORED, wanted())
    assert not change.changed
    assert (change.target.verdict, change.target.verified_at) == ("partial", "2026-02-02T00:00:00Z")
    assert change.target.created_at == STORED.created_at


def test_creation_and_deletion_have_one_side():
    created = reconcile(None, wanted(settings={"tags": ["a"], "name": None}))
    assert (created.changed, created.before, created.after["settings"]) == (True, None, {"tags": ["a"]})
    deleted = reconcile_absent(STORED)
    assert (deleted.changed, deleted.after, deleted.before["id"]) == (True, None, "sales01")
    assert not reconcile_absent(None).changed


def test_a_secret_without_version_or_fingerprint_counts_as_new():
    assert reconcile(
        replace(STORED, secrets={"smtp": INLINE_UNKNOWN}), wanted(secrets={"smtp": INLINE_UNKNOWN})
    ).changed


@pytest.mark.parametrize(
    "settings",
    [
        {"password": "hunter2"},
        {"smtp": {"Secret": "hunter2"}},
        {"list": [{"access_token": "hunter2"}]},
        {"proxy": {"url": "socks5://user:hunter2@127.0.0.1:1080"}},
    ],
)
def test_settings_with_a_secret_are_refused_without_quoting_it(settings):
    with pytest.raises(ValueError, match=r"^settings\.") as caught:
        Registration("a", "a@acme.example", settings)
    assert "hunter2" not in str(caught.value)


def test_times_come_in_one_form():
    assert utc_normal("2026-01-01T02:00:00.5+02:00") == utc_normal("2026-01-01T00:00:00Z") == "2026-01-01T00:00:00Z"
    with pytest.raises(ValueError, match="offset"):
        utc_normal("2026-01-01T00:00:00")


names = st.sampled_from(["smtp", "imap", "host", "port", "tags", "name", "x"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
settings_of = st.dictionaries(names, values, max_size=4).flatmap(
    lambda base: st.sampled_from([None, ["smtp"], ["imap"], ["smtp", "imap"], []]).map(
        lambda protocols: {**base, "protocols": protocols}
    )
)
marks = st.sampled_from([VAULT3_DATED, VAULT3_ANEW, VAULT4, KV1_A, INLINE_A, INLINE_B, SecretMark("none")])
registrations = st.builds(
    Registration,
    id=st.just("a"),
    email=st.sampled_from(["a@acme.example", "b@acme.example"]),
    settings=settings_of,
    secrets=st.dictionaries(st.sampled_from(["smtp", "imap"]), marks),
)


@given(stored=st.none() | registrations, declared=registrations)
def test_a_second_run_changes_nothing(stored, declared):
    first = reconcile(stored, declared)
    second = reconcile(first.target, declared)
    assert not second.changed
    assert second.before == second.after == {**first.after, "secrets": second.after["secrets"]}


@example(
    stored=Registration("a", "a@acme.example", {"smtp": None, "protocols": ["imap"]}),
    declared=Registration("a", "a@acme.example", {"protocols": ["imap"]}),
)
@given(stored=registrations, declared=registrations)
def test_changed_tells_whether_the_content_differs(stored, declared):
    change = reconcile(stored, declared)
    differs = (change.target.email, json.dumps(change.target.settings, sort_keys=True), change.target.secrets) != (
        stored.email,
        json.dumps(stored.settings, sort_keys=True),
        stored.secrets,
    )
    assert change.changed is differs
