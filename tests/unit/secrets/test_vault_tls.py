# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS towards Vault: what is trusted, and what is said when it fails."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import Reply, ScriptedVault
from ansible_collections.mailops.mailbox.tests.unit.secrets.test_vault_source import (
    GOOD,
    SALES,
    failure_of,
    remedies,
    source,
)

CA = trustme.CA(organization_name="Vault CA")
OTHER_CA = trustme.CA(organization_name="Another CA")


def server_context(*names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def pem(tmp_path: Path) -> Callable[[trustme.CA, str], Path]:
    def write(authority: trustme.CA, name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        authority.cert_pem.write_to_path(str(path))
        return path

    return write


def test_a_named_ca_is_trusted_and_no_other(pem: Any) -> None:
    with ScriptedVault(GOOD, server_context("127.0.0.1")) as vault:
        with source(vault, ca=str(pem(CA, "ca.pem"))) as secrets:
            assert secrets.read(SALES).version == 3
        failure = failure_of(source(vault, ca=str(pem(OTHER_CA, "other.pem")), retries=3))
        assert failure.category is Category.SECRET_VAULT_TLS
        assert not failure.retryable
        assert "VAULT_CACERT" in remedies(failure)


def test_every_file_of_a_ca_directory_counts(pem: Any) -> None:
    pem(OTHER_CA, "cas/a.pem")
    folder = pem(CA, "cas/not-a-hash.crt").parent
    with ScriptedVault(GOOD, server_context("127.0.0.1")) as vault, source(vault, ca=str(folder)) as secrets:
        assert secrets.read(SALES).version == 3


def test_a_certificate_for_another_name(pem: Any) -> None:
    ca = str(pem(CA, "ca.pem"))
    with ScriptedVault(GOOD, server_context("vault.acme.example")) as vault:
        failure = failure_of(source(vault, ca=ca))
        assert failure.category is Category.SECRET_VAULT_TLS
        assert "server_name" in remedies(failure)
        with source(vault, ca=ca, server_name="vault.acme.example") as secrets:
            assert secrets.read(SALES).version == 3
        wrong = failure_of(source(vault, ca=ca, server_name="other.acme.example"))
        assert wrong.category is Category.SECRET_VAULT_TLS


def test_verification_off_is_told(recwarn: pytest.WarningsRecorder) -> None:
    with ScriptedVault(GOOD, server_context("vault.acme.example")) as vault, source(vault, verify=False) as secrets:
        assert secrets.read(SALES).version == 3
        assert [notice.id for notice in secrets.notices] == ["vault_tls_unverified"]
    assert not [warning for warning in recwarn if "InsecureRequestWarning" in str(warning.category)]


def test_plain_http_where_tls_is_expected() -> None:
    with ScriptedVault(GOOD) as vault:
        failure = failure_of(source(vault.url.replace("http:", "https:")))
        assert failure.category is Category.SECRET_VAULT_TLS
        assert "did not answer with TLS" in failure.sentence


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_that_is_wanted(pem: Any, tmp_path: Path, version: ssl.TLSVersion) -> None:
    context = server_context("127.0.0.1")
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    CA.configure_trust(context)
    mine = CA.issue_cert("robot.acme.example")
    mine.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    options = {"ca": str(pem(CA, "ca.pem"))}
    files = {"client_cert": str(tmp_path / "cert.pem"), "client_key": str(tmp_path / "key.pem")}
    with ScriptedVault(GOOD, context) as vault:
        failure = failure_of(source(vault, **options))
        # In TLS 1.3 the server's alert comes after the handshake, and a reset may overtake it.
        assert failure.category is Category.SECRET_VAULT_TLS or version is ssl.TLSVersion.TLSv1_3
        assert "client_cert" in remedies(failure)
        with source(vault, **options, **files) as secrets:
            assert secrets.read(SALES).version == 3


@pytest.mark.parametrize("content", ["not a certificate", ""])
def test_a_ca_file_that_is_no_good(tmp_path: Path, content: str) -> None:
    (tmp_path / "ca.pem").write_text(content)
    failure = failure_of(source("https://127.0.0.1:1", ca=str(tmp_path / "ca.pem")))
    assert failure.category is Category.SECRET_VAULT_TLS
    assert "ca" in failure.causes[0].cause


def test_an_empty_ca_directory_does_not_mean_the_authorities_of_the_system(tmp_path: Path) -> None:
    assert failure_of(source("https://127.0.0.1:1", ca=str(tmp_path))).category is Category.SECRET_VAULT_TLS


def test_a_redirect_takes_the_token_to_tls_only(pem: Any) -> None:
    with ScriptedVault(GOOD) as plain, ScriptedVault(GOOD, server_context("127.0.0.1")) as active:
        for target, works in ((active.url, True), (plain.url, False)):
            table = {path: Reply(307, None, {"Location": f"{target}/v1/{path}"}) for path in GOOD}
            with ScriptedVault(table, server_context("127.0.0.1")) as standby:
                secrets = source(standby, ca=str(pem(CA, "ca.pem")))
                if works:
                    assert secrets.read(SALES).version == 3
                else:
                    assert "plain HTTP" in failure_of(secrets).sentence
        assert plain.requests == []
        assert len(active.requests) == 2
