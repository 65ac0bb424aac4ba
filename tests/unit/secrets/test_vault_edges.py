# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What seldom goes wrong between the collection and Vault, and is told all the same."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.mailbox.plugins.module_utils._models.failure import StageError
from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets import transport_trouble
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.environment import without_credentials
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import (
    VaultSettings,
    VaultSettingsError,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.single_flight import SingleFlight
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import VaultReference
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.trouble import (
    Trouble,
    VaultReply,
    VaultTrouble,
    from_reply,
    reply_text,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.vault import VaultSource
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import (
    PREFLIGHT,
    Reply,
    ScriptedVault,
    errors,
    kv2,
    mount,
)

TOKEN = "hvs.the-token-of-the-user"
SALES = VaultReference("mail/sales01", "app_password")
SALES_API = "secret/data/mail/sales01"


def settings(home: Path = Path("/nonexistent"), environ: dict[str, str] | None = None, **options: Any) -> VaultSettings:
    return VaultSettings.from_options({"token": TOKEN, **options}, environ or {}, home)


def problems(home: Path = Path("/nonexistent"), **options: Any) -> dict[str, str]:
    with pytest.raises(VaultSettingsError) as caught:
        VaultSettings.from_options(options, {}, home)
    return {problem.key: problem.text for problem in caught.value.problems}


def failure(table: dict[str, Any], reference: VaultReference = SALES, **options: Any) -> Any:
    with ScriptedVault(table) as vault:
        source = VaultSource(settings(url=vault.url, retries=0, timeout=10, **options))
        with source, pytest.raises(StageError) as caught:
            source.read(reference)
    return caught.value.failure


@pytest.mark.parametrize(
    ("options", "key", "says"),
    [
        ({"url": 7}, "url", "must be text"),
        ({"url": "unix:/run/vault.sock"}, "url", "unix socket"),
        ({"url": "http://["}, "url", "must be a URL"),
        ({"url": "https://vault.example/v1"}, "url", "without /v1"),
        ({"url": "https://vault example"}, "url", "must be a URL"),
        ({"auth_method": "aprole"}, "auth_method", "did you mean approle?"),
        ({"auth_method": 7}, "auth_method", "must be text"),
        ({"namespace": "a b"}, "namespace", "no HTTP header"),
        ({"token": "a b"}, "token", "no token has"),
        ({"timeout": "soon"}, "timeout", ""),
        ({"timeout": True}, "timeout", ""),
        ({"verify": "perhaps"}, "verify", ""),
    ],
    ids=str,
)
def test_settings_that_can_t_be_used_are_named(options: dict[str, Any], key: str, says: str) -> None:
    assert says in problems(**options)[key]


def test_a_token_file_that_can_t_be_used(tmp_path: Path) -> None:
    helper = tmp_path / ".vault-token"
    helper.write_bytes(b"\xff\xfe")
    assert "can't be read" in problems(tmp_path)["token"]
    helper.write_text("two words\n")
    assert "no token has" in problems(tmp_path)["token"]
    helper.write_text("hvs.good\n")
    assert VaultSettings.from_options({}, {}, tmp_path).token == "hvs.good"
    helper.unlink()
    helper.mkdir()
    assert "can't be read" in problems(tmp_path)["token"]


def test_urls_are_shown_without_what_may_be_secret() -> None:
    assert without_credentials("https://me:pw@vault.example:8200/x/?token=a#b") == "https://vault.example:8200/x"
    assert without_credentials("http://[") == "(unreadable URL)"


def named(name: str, base: type[Exception] = Exception, *arguments: Any) -> Exception:
    """An exception as urllib3 would raise it; only its name counts."""
    return type(name, (base,), {})(*arguments)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (named("ProxyError"), "through the proxy"),
        (named("ProtocolError", Exception, socket.gaierror(-2, "x")), "does not resolve"),
        (named("ProtocolError", Exception, ConnectionRefusedError()), "was refused"),
        (named("ConnectTimeoutError"), "no connection within"),
        (named("ReadTimeoutError"), "did not answer within"),
        (
            named("ProtocolError", Exception, ConnectionResetError(104, "Connection reset")),
            "broke (Connection reset)",
        ),
        (named("ProtocolError"), "the connection broke"),
    ],
    ids=lambda value: getattr(type(value), "__name__", "") if isinstance(value, Exception) else value,
)
def test_what_keeps_from_reaching_vault_is_told(error: Exception, says: str) -> None:
    trouble = transport_trouble.explain(error, settings(url="https://vault.example"))
    assert says in trouble.what
    assert trouble.causes and all(cause.remedy for cause in trouble.causes)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("certificate has expired", "renewed"),
        ("certificate is not yet valid", "clock"),
        ("Hostname mismatch, certificate is not valid for 'x'", "server_name"),
        ("unable to get local issuer certificate", "ca"),
        ("something new", ""),
    ],
)
def test_what_is_wrong_with_the_certificate_of_vault_is_told(said: str, remedy: str) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_message = said
    trouble = transport_trouble.explain(error, settings(url="https://vault.example"))
    assert trouble.category is Category.SECRET_VAULT_TLS
    assert remedy in trouble.causes[0].remedy


@pytest.mark.parametrize(
    "reason", ["TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_VERSION_NUMBER", "TLSV13_ALERT_CERTIFICATE_REQUIRED", ""]
)
def test_a_handshake_that_fails_is_told(reason: str) -> None:
    error = ssl.SSLError(1, "handshake")
    error.reason = reason
    trouble = transport_trouble.explain(error, settings(url="https://vault.example"))
    assert trouble.category is Category.SECRET_VAULT_TLS
    assert trouble.causes


@pytest.mark.parametrize(
    ("status", "said", "says"),
    [
        (429, "rate limit", "rate limit"),
        (400, "client sent an HTTP request to an HTTPS server", "plain HTTP"),
        (404, "no handler for route", "namespace team"),
        (500, "storage", "failed with HTTP 500"),
        (418, "teapot", "HTTP 418"),
    ],
)
def test_statuses_that_mean_the_same_everywhere(status: int, said: str, says: str) -> None:
    trouble = from_reply(VaultReply(status, (said,), {}, None), settings(namespace="team"))
    assert says in trouble.what
    assert trouble.http_status == status


def test_the_text_of_vault_is_bounded_and_printable() -> None:
    assert reply_text(("a\x00b", "c\nd")) == "a?b c d"
    assert reply_text(()) is None
    text = reply_text(("x" * 5000,))
    assert text is not None and len(text) < 1000 and text.endswith("...")


def test_a_mount_that_begins_the_path_is_told_with_the_right_one() -> None:
    told = failure(
        {f"{PREFLIGHT}/secret/mail": mount("secret")}, VaultReference("sales01", "app_password", "secret/mail")
    )
    assert "mount: secret" in " ".join(cause.remedy for cause in told.causes)


def test_a_mount_of_another_engine_is_told() -> None:
    told = failure({f"{PREFLIGHT}/secret": mount("secret", None, "transit")})
    assert "transit" in " ".join(cause.cause for cause in told.causes)


def test_a_mount_without_a_type_is_tried_as_both_kinds() -> None:
    table = {f"{PREFLIGHT}/secret": Reply(200, {"data": {"path": "secret/"}}), SALES_API: kv2(3, app_password="abcd")}
    with ScriptedVault(table) as vault, VaultSource(settings(url=vault.url)) as source:
        assert source.read(SALES).value == "abcd"


def test_a_preflight_that_fails_for_good_is_told() -> None:
    assert failure({f"{PREFLIGHT}/secret": errors(500, "storage is down")}).retryable is True


def test_version_1_has_no_versions() -> None:
    versioned = VaultReference("mail/a", "x", "kv", 2)
    table = {f"{PREFLIGHT}/kv": mount("kv", None), "kv/mail/a": Reply(200, {"data": {"x": "1"}})}
    assert failure(table, versioned).category is Category.SECRET_VERSION_MISSING
    told = failure(
        {f"{PREFLIGHT}/kv": mount("kv", None), "kv/mail/a": errors(403, "permission denied")},
        VaultReference("mail/a", "x", "kv"),
    )
    assert told.category is Category.SECRET_VAULT_FORBIDDEN


def test_an_unverified_vault_is_warned_of() -> None:
    source = VaultSource(settings(url="https://vault.example", verify=False))
    assert [notice.id for notice in source.notices] == ["vault_tls_unverified"]
    assert VaultSource(settings(url="https://vault.example")).notices == []
    assert VaultSource(settings(url="http://127.0.0.1:8200")).notices == []
    assert [notice.id for notice in VaultSource(settings(url="http://vault.example")).notices] == ["vault_plaintext"]


def test_what_may_pass_is_asked_again_and_what_stays_is_remembered() -> None:
    flight: SingleFlight[int] = SingleFlight()
    asked: list[str] = []

    def fails(retryable: bool) -> Any:
        def make() -> int:
            asked.append("x")
            raise VaultTrouble(Trouble(Category.SECRET_VAULT_ERROR, "is ill", (), retryable))

        return make

    for key, retryable, times in (("passes", True, 2), ("stays", False, 1)):
        asked.clear()
        for _turn in range(2):
            with pytest.raises(VaultTrouble):
                flight.get(key, fails(retryable))
        assert len(asked) == times
    assert flight.get("passes", lambda: 7) == flight.get("passes", lambda: 8) == 7
