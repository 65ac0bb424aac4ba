# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said when Vault has no such secret, or does not give it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import VaultReference
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import (
    PREFLIGHT,
    Reply,
    ScriptedVault,
    errors,
    kv2,
    mount,
)
from ansible_collections.mailops.mailbox.tests.unit.secrets.test_vault_source import (
    GOOD,
    SALES,
    SALES_API,
    failure_of,
    remedies,
    source,
)

DENIED = errors(403, "1 error occurred:\n\t* permission denied\n\n")
NO_ROUTE = errors(404, 'no handler for route "secret/data/mail/sales01". route entry not found.')
SELF = Reply(200, {"data": {"policies": ["default", "ci"], "identity_policies": ["people"]}})
STANZA = 'path "secret/data/mail/sales01" { capabilities = ["read"] }'


def gone(**metadata: Any) -> Reply:
    return Reply(404, {"data": {"data": None, "metadata": {"version": 2, "destroyed": False, **metadata}}})


def asked(table: dict[str, Any], reference: VaultReference = SALES, **options: Any) -> Failure:
    with ScriptedVault(table) as vault:
        return failure_of(source(vault, **options), reference)


def test_forbidden_names_the_policy_line_and_the_policies_there_are() -> None:
    failure = asked({**GOOD, SALES_API: DENIED, "auth/token/lookup-self": SELF}, namespace="team")
    assert failure.category is Category.SECRET_VAULT_FORBIDDEN
    assert not failure.retryable
    assert STANZA in remedies(failure)
    assert "in the namespace team" in remedies(failure)
    assert "ci, default, people" in failure.causes[0].cause
    assert failure.reply == "1 error occurred: * permission denied"
    assert failure.evidence["policy"] == STANZA
    assert failure.evidence["http_status"] == 403


def test_forbidden_on_version_1_has_no_data_in_the_policy_line() -> None:
    table = {f"{PREFLIGHT}/kv": mount("kv", None), "kv/a": DENIED, "auth/token/lookup-self": SELF}
    failure = asked(table, VaultReference("a", "x", "kv"))
    assert failure.evidence["policy"] == 'path "kv/a" { capabilities = ["read"] }'


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("data/mail/sales01", "data/data/mail/sales01"),
        ("secret/mail/sales01", "data/secret/mail/sales01"),
        ("secret/data/mail/sales01", "data/secret/data/mail/sales01"),
    ],
)
@pytest.mark.parametrize("reply", [DENIED, errors(404)])
def test_api_parts_and_the_mount_in_a_path_are_recognised(path: str, api: str, reply: Reply) -> None:
    failure = asked({**GOOD, f"secret/{api}": reply, "auth/token/lookup-self": SELF}, VaultReference(path, "x"))
    assert failure.causes[0].remedy in ("Write path: mail/sales01", "Write path: mail/sales01 and mount: secret")
    assert reply.status == 404 or failure.evidence["policy"] == STANZA


def test_a_token_that_vault_does_not_know() -> None:
    bad = errors(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
    failure = asked(
        {f"{PREFLIGHT}/secret": bad, SALES_API: bad, "secret/mail/sales01": bad, "auth/token/lookup-self": bad}
    )
    assert failure.category is Category.SECRET_VAULT_LOGIN
    assert "did not accept the token" in failure.sentence


def test_a_token_that_may_not_look_at_itself_is_no_bad_token() -> None:
    failure = asked({**GOOD, SALES_API: DENIED, "auth/token/lookup-self": DENIED})
    assert failure.category is Category.SECRET_VAULT_FORBIDDEN


def test_forbidden_where_the_mount_may_not_be_looked_up() -> None:
    table = {f"{PREFLIGHT}/secret": DENIED, SALES_API: DENIED, "secret/mail/sales01": DENIED}
    failure = asked({**table, "auth/token/lookup-self": SELF})
    assert failure.category is Category.SECRET_VAULT_FORBIDDEN
    assert "does not exist" in failure.causes[1].cause
    assert 'path "secret/mail/sales01"' in failure.causes[1].remedy
    assert failure.evidence["kv_version"] is None


def test_without_the_preflight_version_2_is_tried_and_then_version_1() -> None:
    denied = {f"{PREFLIGHT}/secret": DENIED}
    with ScriptedVault({**denied, SALES_API: GOOD[SALES_API]}) as vault, source(vault) as secrets:
        assert secrets.read(SALES).version == 3
    for second in (DENIED, errors(404)):
        table = {**denied, SALES_API: second, "secret/mail/sales01": Reply(200, {"data": {"app_password": "v1"}})}
        with ScriptedVault(table) as vault, source(vault) as secrets:
            assert secrets.read(SALES).value == "v1"


def test_without_the_preflight_vault_may_still_say_that_the_mount_is_versioned() -> None:
    warning = Reply(404, {"errors": [], "warnings": ["Invalid path for a versioned K/V secrets engine."]})
    table = {f"{PREFLIGHT}/secret": DENIED, SALES_API: errors(404), "secret/mail/sales01": warning}
    failure = asked(table)
    assert (failure.category, failure.evidence["kv_version"]) == (Category.SECRET_PATH_MISSING, 2)


def test_a_missing_path_says_that_the_mount_is_there() -> None:
    failure = asked({**GOOD, SALES_API: errors(404)})
    assert failure.category is Category.SECRET_PATH_MISSING
    assert "though secret is a KV version 2 mount" in failure.sentence
    assert "'vault kv list -mount=secret mail'" in remedies(failure)


def test_a_missing_mount() -> None:
    table = {f"{PREFLIGHT}/secret": DENIED, SALES_API: NO_ROUTE}
    assert asked(table).category is Category.SECRET_MOUNT_UNKNOWN
    assert "namespace" in remedies(asked(table, namespace="team"))


def test_a_mount_of_another_kind_and_a_path_within_a_mount() -> None:
    failure = asked({f"{PREFLIGHT}/secret": mount("secret", None, "transit")})
    assert failure.category is Category.SECRET_MOUNT_UNKNOWN
    assert "transit" in failure.causes[0].cause
    failure = asked({f"{PREFLIGHT}/secret/mail": mount("secret")}, VaultReference("sales01", "x", "secret/mail"))
    assert failure.causes[0].remedy == "Write mount: secret, and begin path with mail/"


def test_deleted_and_destroyed_versions() -> None:
    failure = asked({**GOOD, SALES_API: gone(deletion_time="2026-01-02T03:04:05Z")})
    assert failure.category is Category.SECRET_VERSION_DELETED
    assert "'vault kv undelete -mount=secret -versions=2 mail/sales01'" in remedies(failure)
    failure = asked({**GOOD, SALES_API: gone(destroyed=True, deletion_time="")})
    assert failure.category is Category.SECRET_VERSION_DESTROYED
    assert "version 2" in failure.sentence


@pytest.mark.parametrize("latest", [kv2(3, app_password="x"), gone(version=3, deletion_time="2026-01-02T03:04:05Z")])
def test_a_missing_version_names_the_latest(latest: Reply) -> None:
    reference = VaultReference("mail/sales01", "app_password", version=9)
    failure = asked({**GOOD, SALES_API: latest, f"{SALES_API}?version=9": errors(404)}, reference)
    assert failure.category is Category.SECRET_VERSION_MISSING
    assert failure.evidence["latest"] == 3
    failure = asked({**GOOD, SALES_API: errors(404), f"{SALES_API}?version=9": errors(404)}, reference)
    assert failure.category is Category.SECRET_PATH_MISSING


def test_version_1_keeps_no_versions() -> None:
    failure = asked({f"{PREFLIGHT}/kv": mount("kv", "1")}, VaultReference("a", "x", "kv", 2))
    assert failure.category is Category.SECRET_VERSION_MISSING
    assert "KV version 1" in failure.causes[0].cause


def test_a_missing_field_shows_names_and_no_values() -> None:
    failure = asked(GOOD, VaultReference("mail/sales01", "app_pasword"))
    assert failure.category is Category.SECRET_FIELD_MISSING
    assert failure.evidence["fields"] == ["app_password", "user"]
    assert "Did you mean field: app_password?" in remedies(failure)
    assert "abcd" not in str(failure)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(5, "a number"), (True, "a boolean"), (None, "null"), ({"a": "b"}, "an object"), (["a"], "a list")],
)
def test_values_that_are_not_text(value: Any, kind: str) -> None:
    failure = asked({**GOOD, SALES_API: kv2(app_password=value)})
    assert failure.category is Category.SECRET_NOT_TEXT
    assert f"holds {kind} in the field" in failure.sentence


@pytest.mark.parametrize("value", ["", " \n"])
def test_empty_values(value: str) -> None:
    assert asked({**GOOD, SALES_API: kv2(app_password=value)}).category is Category.SECRET_UNUSABLE


@pytest.mark.parametrize("path", ["", "/", "mail/../../sys/seal", "./x", "a//b"])
def test_paths_that_http_would_change_are_not_asked_for(path: str) -> None:
    with ScriptedVault(GOOD) as vault:
        failure = failure_of(source(vault), VaultReference(path, "x"))
        assert failure.category is Category.SECRET_PATH_MISSING
        assert vault.requests == []


def test_the_community_edition_ignores_namespaces() -> None:
    health = {"sys/health?standbyok=true&perfstandbyok=true": Reply(200, {"enterprise": False})}
    for table, expected in ((health, ["vault_namespace_ignored"]), ({}, [])):
        with ScriptedVault({**GOOD, **table}) as vault, source(vault, namespace="team") as secrets:
            secrets.read(SALES)
            assert [notice.id for notice in secrets.notices] == expected


def test_a_secret_without_fields_needs_one_to_be_stored() -> None:
    failure = asked({**GOOD, SALES_API: kv2()})
    assert failure.category is Category.SECRET_FIELD_MISSING
    assert failure.causes[0].cause == "The secret has no fields at all."
    assert failure.causes[0].remedy.startswith("Store the field")
