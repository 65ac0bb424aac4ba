# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading secrets from a Vault that answers from a table."""

from __future__ import annotations

import logging
import threading
import traceback
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import Failure, StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category, Stage, StageStatus
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import VaultSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import VaultReference
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.vault import DOWN_MEMORY, VaultSource
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import (
    PREFLIGHT,
    WRITTEN_AT,
    Reply,
    ScriptedVault,
    auth,
    errors,
    kv2,
    mount,
)

TOKEN = "hvs.the-token-of-the-user"
SALES = VaultReference("mail/sales01", "app_password")
SALES_API = "secret/data/mail/sales01"
GOOD = {f"{PREFLIGHT}/secret": mount("secret"), SALES_API: kv2(3, app_password="abcd efgh", user="sales")}
APPROLE = {"auth_method": "approle", "role_id": "the-role-id", "secret_id": "the-secret-id"}


class Clock:
    """Time that only passes when somebody sleeps or the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def source(vault: ScriptedVault | str, clock: Clock | None = None, **options: Any) -> VaultSource:
    url = vault if isinstance(vault, str) else vault.url
    options = {
        "url": url,
        "retries": 0,
        "timeout": 10,
        **({} if "auth_method" in options else {"token": TOKEN}),
        **options,
    }
    clock = clock or Clock()
    return VaultSource(VaultSettings.from_options(options, {}, Path("/nonexistent")), clock.sleep, clock)


def failure_of(vault: VaultSource, reference: VaultReference = SALES) -> Failure:
    with pytest.raises(StageError) as caught:
        vault.read(reference)
    failure = caught.value.failure
    assert caught.value.__context__ is None, "what http.client and urllib3 raise may hold a request with its token"
    status = StageStatus.INCONCLUSIVE if failure.retryable else StageStatus.FAILED
    assert (failure.stage, failure.protocol, failure.status) == (Stage.SECRET, None, status)
    for word in ("Vault at http", reference.mount, reference.path, reference.field):
        assert word in failure.sentence
    assert failure.sentence.endswith(".")
    assert all(cause.cause and cause.remedy for cause in failure.causes)
    assert failure.causes
    assert TOKEN not in str(failure)
    return failure


def remedies(failure: Failure) -> str:
    return "\n".join(cause.remedy for cause in failure.causes)


def test_reads_kv_version_2() -> None:
    with ScriptedVault(GOOD) as vault, source(vault) as secrets:
        found = secrets.at(SALES).resolve()
        assert (found.value, found.kind, found.version) == ("abcd efgh", "vault", 3)
        assert found.written_at == WRITTEN_AT
        assert found.reference == "secret/mail/sales01#app_password"
        assert found.hints == ()
        assert "abcd" not in repr(found)
        assert vault.requests[0].token == TOKEN
        assert vault.requests[0].headers["X-Vault-Request"] == "true"
    assert vault.paths() == [f"GET {PREFLIGHT}/secret", f"GET {SALES_API}"]


def test_reads_kv_version_1_and_other_fields_of_a_path_without_asking_again() -> None:
    table = {f"{PREFLIGHT}/kv": mount("kv", None), "kv/mail/a": Reply(200, {"data": {"x": "1", "y": "2"}})}
    with ScriptedVault(table) as vault, source(vault) as secrets:
        assert secrets.read(VaultReference("mail/a", "x", "kv")).version is None
        assert secrets.read(VaultReference("/mail/a/", "y", "/kv/")).value == "2"
    assert vault.paths() == [f"GET {PREFLIGHT}/kv", "GET kv/mail/a"]


def test_a_version_and_a_namespace_are_asked_for() -> None:
    table = {**GOOD, f"{SALES_API}?version=2": kv2(2, app_password="old")}
    with ScriptedVault(table) as vault, source(vault, namespace="team/mail") as secrets:
        found = secrets.read(VaultReference("mail/sales01", "app_password", version=2))
        assert (found.value, found.version) == ("old", 2)
        assert found.reference == "team/mail/secret/mail/sales01#app_password"
        assert {request.namespace for request in vault.requests} == {"team/mail"}


def test_many_threads_log_in_once_and_read_a_path_once() -> None:
    table = {**GOOD, "auth/approle/login": auth("hvs.own"), "auth/token/revoke-self": Reply(204)}
    values = []
    with ScriptedVault(table) as vault, source(vault, **APPROLE) as secrets:
        gate = threading.Barrier(12)

        def read() -> None:
            gate.wait()
            values.append(secrets.read(SALES).value)

        threads = [threading.Thread(target=read) for _unused in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert values == ["abcd efgh"] * 12
    assert sorted(vault.paths()) == sorted(
        ["POST auth/approle/login", f"GET {PREFLIGHT}/secret", f"GET {SALES_API}", "POST auth/token/revoke-self"]
    )


@pytest.mark.parametrize(
    ("options", "path", "body"),
    [
        (APPROLE, "auth/approle/login", {"role_id": "the-role-id", "secret_id": "the-secret-id"}),
        (
            {"auth_method": "userpass", "username": "robot", "password": "pa55", "auth_mount": "people"},
            "auth/people/login/robot",
            {"password": "pa55"},
        ),
    ],
)
def test_our_own_token_is_revoked(options: dict[str, str], path: str, body: dict[str, str]) -> None:
    with ScriptedVault({**GOOD, path: auth("hvs.own"), "auth/token/revoke-self": Reply(204)}) as vault:
        with source(vault, **options) as secrets:
            secrets.read(SALES)
        secrets.close()
        assert vault.requests[0].body == body
        assert vault.requests[0].token is None
        assert [request.path for request in vault.requests if request.token == "hvs.own"][
            -1
        ] == "auth/token/revoke-self"
        assert len(vault.requests) == 4
        assert secrets.notices == []


def test_tokens_of_others_and_batch_tokens_are_not_revoked() -> None:
    with ScriptedVault({**GOOD, "auth/approle/login": auth("hvb.own", kind="batch")}) as vault:
        for options in ({}, APPROLE):
            with source(vault, **options) as secrets:
                secrets.read(SALES)
        assert not [path for path in vault.paths() if "revoke" in path]


def test_a_failed_revocation_is_told() -> None:
    table = {**GOOD, "auth/approle/login": auth("hvs.own"), "auth/token/revoke-self": errors(500, "no")}
    with ScriptedVault(table) as vault:
        with source(vault, **APPROLE) as secrets:
            secrets.read(SALES)
        assert [notice.id for notice in secrets.notices] == ["vault_token_not_revoked"]


def test_a_run_that_outlives_its_token_logs_in_again() -> None:
    clock = Clock()
    table = {**GOOD, "auth/approle/login": [auth("hvs.1", 100), auth("hvs.2", 100)], "secret/data/b": kv2(a="b")}
    with (
        ScriptedVault({**table, "auth/token/revoke-self": Reply(204)}) as vault,
        source(vault, clock, **APPROLE) as secrets,
    ):
        secrets.read(SALES)
        clock.now = 95.0
        secrets.read(VaultReference("b", "a"))
        assert [request.token for request in vault.requests if request.path == "secret/data/b"] == ["hvs.2"]


def test_a_refused_login_is_tried_once_for_all_mailboxes() -> None:
    with ScriptedVault({"auth/approle/login": errors(400, "invalid role or secret ID")}) as vault:
        secrets = source(vault, retries=3, **APPROLE)
        failure = failure_of(secrets)
        assert failure.category is Category.SECRET_VAULT_LOGIN
        assert not failure.retryable
        assert failure.reply == "invalid role or secret ID"
        other = failure_of(secrets, VaultReference("mail/b", "x"))
        assert other.category is Category.SECRET_VAULT_LOGIN
        assert vault.paths() == ["POST auth/approle/login"]
        assert "the-secret-id" not in str(failure)


def test_a_login_that_wants_a_second_factor() -> None:
    with ScriptedVault({"auth/approle/login": auth("", mfa_requirement={"mfa_request_id": "1"})}) as vault:
        assert "second factor" in failure_of(source(vault, **APPROLE)).sentence


def test_a_login_whose_reply_is_lost_is_not_repeated() -> None:
    with ScriptedVault({"auth/approle/login": Reply(close=True)}) as vault:
        failure = failure_of(source(vault, retries=3, **APPROLE))
        assert failure.category is Category.SECRET_VAULT_UNREACHABLE
        assert failure.retryable
        assert len(vault.requests) == 1


def test_no_token_at_all(tmp_path: Path) -> None:
    secrets = VaultSource(VaultSettings.from_options({"url": "http://127.0.0.1:1"}, {}, tmp_path))
    failure = failure_of(secrets)
    assert failure.category is Category.SECRET_VAULT_LOGIN
    assert "VAULT_TOKEN" in remedies(failure)


def test_sealed_is_said_at_once_and_not_asked_again_for_a_while() -> None:
    clock = Clock()
    table = {**GOOD, f"{PREFLIGHT}/secret": [errors(503, "Vault is sealed"), mount("secret")]}
    with ScriptedVault(table) as vault, source(vault, clock, retries=3) as secrets:
        failure = failure_of(secrets)
        assert failure.category is Category.SECRET_VAULT_SEALED
        assert failure.retryable
        assert "unseal" in remedies(failure)
        failure_of(secrets)
        assert (len(vault.requests), clock.pauses) == (1, [])
        clock.now = DOWN_MEMORY
        assert secrets.read(SALES).value == "abcd efgh"


def test_server_errors_are_retried_with_growing_pauses() -> None:
    clock = Clock()
    table = {**GOOD, SALES_API: [errors(500, "x"), Reply(502, "<html>"), Reply(close=True), GOOD[SALES_API]]}
    with ScriptedVault(table) as vault, source(vault, clock, retries=3) as secrets:
        assert secrets.read(SALES).value == "abcd efgh"
        assert clock.pauses == [0.25, 0.5, 1.0]


def test_server_errors_that_stay() -> None:
    with ScriptedVault({**GOOD, SALES_API: errors(500, "local node not active")}) as vault:
        failure = failure_of(source(vault, retries=2))
        assert (failure.category, failure.retryable) == (Category.SECRET_VAULT_ERROR, True)
        assert failure.reply == "local node not active"
        assert "HTTP 500, also after 2 more attempts" in failure.sentence
        assert len(vault.requests) == 4


def test_a_rate_limit_with_a_long_pause_is_handed_on() -> None:
    clock = Clock()
    table = {**GOOD, SALES_API: errors(429, "rate limit quota exceeded", Retry_After="60")}
    with ScriptedVault(table) as vault:
        failure = failure_of(source(vault, clock, retries=3))
        assert (failure.retryable, failure.retry_after, clock.pauses) == (True, 60.0, [])


def test_unreachable() -> None:
    with ScriptedVault({}) as vault:
        pass
    clock = Clock()
    failure = failure_of(source(vault.url, clock, retries=2))
    assert (failure.category, failure.retryable) == (Category.SECRET_VAULT_UNREACHABLE, True)
    assert "connection was refused" in failure.sentence
    assert len(clock.pauses) == 2


def test_silence_ends_with_the_timeout() -> None:
    with ScriptedVault({**GOOD, SALES_API: Reply(hold=True)}) as vault:
        failure = failure_of(source(vault, timeout=0.2))
        assert failure.category is Category.SECRET_VAULT_UNREACHABLE
        assert "did not answer within 0.2 s" in failure.sentence


def test_a_name_that_does_not_resolve() -> None:
    failure = failure_of(source("https://vault.invalid:8200"))
    assert failure.category is Category.SECRET_VAULT_UNREACHABLE
    assert "does not resolve" in failure.sentence


@pytest.mark.parametrize("body", ["<html>Welcome</html>", ["Welcome"], "[]", '"Welcome"', "200", "null"])
def test_something_that_is_not_vault(body: Any) -> None:
    with ScriptedVault({f"{PREFLIGHT}/secret": Reply(200, body)}) as vault:
        failure = failure_of(source(vault))
        assert failure.category is Category.SECRET_VAULT_ERROR
        assert "did not answer as Vault does" in failure.sentence
        assert "Welcome" not in str(failure)


def test_hvac_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hvac", None)
    failure = failure_of(source("http://127.0.0.1:1"))
    assert failure.category is Category.SECRET_VAULT_ERROR
    assert "pip install hvac" in remedies(failure)
    assert "execution environment" in remedies(failure)


def test_the_environment_of_the_process_is_not_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VAULT_TOKEN", "hvs.of-somebody-else")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    table = {**GOOD, "auth/approle/login": auth("hvs.own"), "auth/token/revoke-self": Reply(204)}
    with ScriptedVault(table) as vault, source(vault, **APPROLE) as secrets:
        secrets.read(SALES)
        assert vault.requests[0].token is None
        assert not [request for request in vault.requests if "Authorization" in request.headers]


def test_no_secret_in_logs_or_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    table = {
        **GOOD,
        "auth/approle/login": auth("hvs.own"),
        "secret/data/b": errors(403, "permission denied for hvs.own"),
        "auth/token/lookup-self": Reply(200, {"data": {"policies": ["default"]}}),
        "auth/token/revoke-self": Reply(204),
    }
    with ScriptedVault(table) as vault, source(vault, **APPROLE) as secrets:
        secrets.read(SALES)
        with pytest.raises(StageError) as raised:
            secrets.read(VaultReference("b", "x"))
        error = raised.value
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__)) + repr(error.failure)
        shown += caplog.text + repr(secrets) + repr(secrets.settings) + repr(secrets.at(SALES))
    assert not [word for word in ("hvs.own", "the-secret-id", "the-role-id", "abcd") if word in shown]
