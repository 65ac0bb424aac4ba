# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Vault source against a real Vault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pki import make_pki
from procs import LabError
from vaultlab import MAIL_POLICY, USERPASS, Vault

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure, StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import VaultSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import VaultReference
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.vault import VaultSource

pytestmark = pytest.mark.once

PATH = "mail/sales01"
SALES = VaultReference(PATH, "app_password")
FORBIDDEN = VaultReference("other/x", "app_password")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A Vault of our own, with TLS, filled with one secret of every kind."""
    folder = tmp_path_factory.mktemp("vault")
    server = Vault(folder / "server", make_pki(folder / "pki"))
    try:
        server.start()
    except LabError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"Vault can't be started: {problem}")
    try:
        server.put(PATH, {"app_password": "first", "user": "sales"})
        server.put(PATH, {"app_password": "second", "user": "sales", "number": 5, "empty": "", "line": "pass\n"})
        for path in ("mail/deleted", "mail/destroyed", "other/x"):
            server.put(path, {"app_password": "x"})
        server.delete("mail/deleted", 1)
        server.destroy("mail/destroyed", 1)
        server.put(PATH, {"app_password": "unversioned"}, mount="kv1")
        yield server
    finally:
        server.stop()


def source(vault: Vault, **options: Any) -> VaultSource:
    assert vault.pki is not None
    options = {"url": vault.address, "ca": str(vault.pki.ca), "retries": 0, **options}
    if "auth_method" not in options and "token" not in options:
        options["token"] = vault.token()
    return VaultSource(VaultSettings.from_options(options, {}, Path("/nonexistent")))


def failure_of(secrets: VaultSource, reference: VaultReference = SALES) -> Failure:
    with pytest.raises(StageError) as caught:
        secrets.read(reference)
    return caught.value.failure


def logins(vault: Vault) -> dict[str, dict[str, str]]:
    return {
        "approle": {"auth_method": "approle", "role_id": vault.role_id, "secret_id": vault.secret_id},
        "userpass": {"auth_method": "userpass", "username": USERPASS[0], "password": USERPASS[1]},
    }


def test_reads_both_versions_of_kv(vault: Vault) -> None:
    with source(vault) as secrets:
        latest = secrets.read(SALES)
        assert (latest.value, latest.version, latest.reference) == ("second", 2, "secret/mail/sales01#app_password")
        assert secrets.read(VaultReference(PATH, "app_password", version=1)).value == "first"
        plain = secrets.read(VaultReference(PATH, "app_password", "kv1"))
        assert (plain.value, plain.version, plain.reference) == ("unversioned", None, "kv1/mail/sales01#app_password")
        line = secrets.read(VaultReference(PATH, "line"))
        assert (line.value, [hint.id for hint in line.hints]) == ("pass\n", ["secret_line_end"])


def test_a_path_that_was_removed_and_stored_anew_begins_with_version_1_at_another_time(vault: Vault) -> None:
    found = []
    for _turn in range(2):
        vault.put("mail/anew", {"app_password": "x"})
        for _reading in range(2):
            with source(vault) as secrets:
                found.append(secrets.read(VaultReference("mail/anew", "app_password")))
        vault.remove("mail/anew")
    assert {one.version for one in found} == {1}
    times = [one.written_at for one in found]
    assert None not in times
    assert times[0] == times[1] != times[2] == times[3]


@pytest.mark.parametrize("method", ["approle", "userpass"])
def test_one_login_a_run_whose_token_is_gone_afterwards(vault: Vault, method: str) -> None:
    before = vault.accessors()
    with source(vault, **logins(vault)[method]) as secrets:
        secrets.read(SALES)
        secrets.read(VaultReference(PATH, "app_password", "kv1"))
        assert len(vault.accessors() - before) == 1
    assert vault.accessors() == before
    assert secrets.notices == []


@pytest.mark.parametrize("may_end_itself", [True, False])
def test_a_role_does_without_the_default_policy(vault: Vault, may_end_itself: bool) -> None:
    """As the guide has it for large fleets."""
    ends = 'path "auth/token/revoke-self" { capabilities = ["update"] }' if may_end_itself else ""
    vault.call("PUT", "sys/policies/acl/lean", {"policy": MAIL_POLICY + ends})
    role, secret = vault.approle("lean", token_policies="lean", token_no_default_policy=True)
    before = vault.accessors()
    with source(vault, auth_method="approle", role_id=role, secret_id=secret) as secrets:
        assert secrets.read(SALES).value == "second"
        assert secrets.read(VaultReference(PATH, "app_password", "kv1")).value == "unversioned"
        (accessor,) = vault.accessors() - before
        found = vault.call("POST", "auth/token/lookup-accessor", {"accessor": accessor})["data"]["policies"]
        assert found == ["lean"]
    assert (vault.accessors() == before) is may_end_itself
    assert [notice.id for notice in secrets.notices] == ([] if may_end_itself else ["vault_token_not_revoked"])


def test_a_token_of_the_user_lives_on(vault: Vault) -> None:
    token = vault.token()
    before = vault.accessors()
    with source(vault, token=token) as secrets:
        secrets.read(SALES)
    assert vault.accessors() == before
    assert vault.call("GET", "auth/token/lookup-self", None, token)


def test_a_batch_token_ends_by_itself(vault: Vault) -> None:
    role, secret = vault.approle("batch", token_policies="mail", token_ttl="1m", token_type="batch")
    with source(vault, auth_method="approle", role_id=role, secret_id=secret) as secrets:
        assert secrets.read(SALES).value == "second"
    assert secrets.notices == []


def test_a_secret_id_for_one_use_is_enough_for_a_run(vault: Vault) -> None:
    role, secret = vault.approle("once", token_policies="mail", secret_id_num_uses=1)
    with source(vault, auth_method="approle", role_id=role, secret_id=secret) as secrets:
        assert secrets.read(SALES).value == "second"
        assert secrets.read(VaultReference(PATH, "app_password", "kv1")).value == "unversioned"
    assert failure_of(source(vault, auth_method="approle", role_id=role, secret_id=secret)).category is (
        Category.SECRET_VAULT_LOGIN
    )


@pytest.mark.parametrize(
    ("reference", "category", "said"),
    [
        (FORBIDDEN, Category.SECRET_VAULT_FORBIDDEN, 'path "secret/data/other/x" { capabilities = ["read"] }'),
        (
            VaultReference("other/x", "a", "kv1"),
            Category.SECRET_VAULT_FORBIDDEN,
            'path "kv1/other/x" { capabilities = ["read"] }',
        ),
        (VaultReference("data/mail/sales01", "a"), Category.SECRET_VAULT_FORBIDDEN, "Write path: mail/sales01"),
        (VaultReference("mail/nobody", "a"), Category.SECRET_PATH_MISSING, "vault kv list -mount=secret mail"),
        (VaultReference("mail/nobody", "a", "kv1"), Category.SECRET_PATH_MISSING, "vault kv list -mount=kv1 mail"),
        (VaultReference("mail/deleted", "a"), Category.SECRET_VERSION_DELETED, "vault kv undelete"),
        (VaultReference("mail/destroyed", "a"), Category.SECRET_VERSION_DESTROYED, "Name another version"),
        (VaultReference(PATH, "a", version=9), Category.SECRET_VERSION_MISSING, "metadata get"),
        (VaultReference("mail/deleted", "a", version=9), Category.SECRET_VERSION_MISSING, "metadata get"),
        (VaultReference(PATH, "a", "kv1", 2), Category.SECRET_VERSION_MISSING, "Leave version out"),
        (VaultReference(PATH, "app_pasword"), Category.SECRET_FIELD_MISSING, "Did you mean field: app_password?"),
        (VaultReference(PATH, "number"), Category.SECRET_NOT_TEXT, "Store it as text"),
        (VaultReference(PATH, "empty"), Category.SECRET_UNUSABLE, "Store the app password"),
        (VaultReference("sales01", "a", "secret/mail"), Category.SECRET_MOUNT_UNKNOWN, "Write mount: secret"),
        (VaultReference("x", "a", "sys"), Category.SECRET_MOUNT_UNKNOWN, "Name a KV mount"),
        (VaultReference("x", "a", "nowhere"), Category.SECRET_VAULT_FORBIDDEN, "vault secrets list"),
    ],
    ids=lambda value: value.text() if isinstance(value, VaultReference) else None,
)
def test_what_is_said(vault: Vault, reference: VaultReference, category: Category, said: str) -> None:
    failure = failure_of(source(vault), reference)
    assert failure.category is category
    assert said in "\n".join(cause.remedy for cause in failure.causes)
    assert not failure.retryable


def test_the_policy_line_that_is_named_allows_the_read(vault: Vault) -> None:
    failure = failure_of(source(vault), FORBIDDEN)
    vault.call("PUT", "sys/policies/acl/named", {"policy": failure.evidence["policy"]})
    assert source(vault, token=vault.token("named")).read(FORBIDDEN).value == "x"


def test_root_learns_that_a_mount_is_missing(vault: Vault) -> None:
    failure = failure_of(source(vault, token=vault.root_token), VaultReference("x", "a", "nowhere"))
    assert failure.category is Category.SECRET_MOUNT_UNKNOWN


def test_a_token_without_the_default_policy(vault: Vault) -> None:
    vault.call("PUT", "sys/policies/acl/bare", {"policy": 'path "secret/data/mail/*" { capabilities = ["read"] }'})
    body = {"policies": ["bare"], "no_default_policy": True, "no_parent": True}
    token = vault.call("POST", "auth/token/create", body)["auth"]["client_token"]
    assert source(vault, token=token).read(SALES).value == "second"
    assert failure_of(source(vault, token=token), FORBIDDEN).category is Category.SECRET_VAULT_FORBIDDEN


def test_a_revoked_token(vault: Vault) -> None:
    token = vault.token()
    vault.call("POST", "auth/token/revoke-self", {}, token)
    assert failure_of(source(vault, token=token)).category is Category.SECRET_VAULT_LOGIN


@pytest.mark.parametrize(
    ("method", "change", "reply"),
    [
        ("approle", {"secret_id": "wrong"}, "invalid role or secret ID"),
        ("userpass", {"password": "wrong"}, "invalid username or password"),
        ("approle", {"auth_mount": "nowhere"}, "permission denied"),
    ],
)
def test_refused_logins(vault: Vault, method: str, change: dict[str, str], reply: str) -> None:
    failure = failure_of(source(vault, **{**logins(vault)[method], **change}))
    assert failure.category is Category.SECRET_VAULT_LOGIN
    assert failure.reply == reply
    first = failure.causes[0].cause
    assert ("auth/nowhere" in first) is ("auth_mount" in change)


def test_the_community_edition_ignores_the_namespace_and_the_run_says_so(vault: Vault) -> None:
    with source(vault, namespace="team") as secrets:
        assert secrets.read(SALES).reference == "team/secret/mail/sales01#app_password"
        assert [notice.id for notice in secrets.notices] == ["vault_namespace_ignored"]


def test_wrong_ca_wrong_name_and_plain_http(vault: Vault) -> None:
    for options in ({"ca": None}, {"server_name": "other.example"}, {"url": vault.address.replace("https", "http")}):
        assert failure_of(source(vault, **options)).category is Category.SECRET_VAULT_TLS


def test_sealed_and_gone(vault: Vault) -> None:
    token = vault.token()
    vault.seal()
    try:
        for options in ({"token": token}, logins(vault)["approle"]):
            failure = failure_of(source(vault, **options))
            assert (failure.category, failure.retryable) == (Category.SECRET_VAULT_SEALED, True)
    finally:
        vault.unseal()
    assert source(vault, token=token).read(SALES).value == "second"
