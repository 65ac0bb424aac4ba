# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections straight to Vault: kept, dropped, late, broken, and over TLS."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.mailops.mailbox.plugins.module_utils._models.names import Category
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.settings import VaultSettings
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.source import VaultReference
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.transport_trouble import (
    NotConnectedError,
    explain,
    never_sent,
)
from ansible_collections.mailops.mailbox.plugins.module_utils._secrets.vault_direct import Direct
from ansible_collections.mailops.mailbox.tests.unit.secrets.scripted_vault import (
    PREFLIGHT,
    Reply,
    ScriptedVault,
    kv2,
    mount,
)
from ansible_collections.mailops.mailbox.tests.unit.secrets.test_vault_source import (
    GOOD,
    SALES,
    SALES_API,
    TOKEN,
    failure_of,
    source,
)

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """A server on loopback that does with each connection what it is told; ``heard`` has what each one was sent."""

    def __init__(self, serve: Callable[[socket.socket, list[bytes]], None], family: int = socket.AF_INET) -> None:
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self._serve = serve
        self._listener = socket.create_server((host, 0), family=family)
        self.heard: list[list[bytes]] = []
        self.url = f"http://{host if family == socket.AF_INET else f'[{host}]'}:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Peer:
        self._threads[0].start()
        return self

    def __exit__(self, *_error: object) -> None:
        # A listener that is only closed leaves its accept waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                self.heard.append([])
                thread = threading.Thread(target=self._talk, args=(connection, self.heard[-1]), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _talk(self, connection: socket.socket, heard: list[bytes]) -> None:
        with contextlib.suppress(OSError), connection:
            self._serve(connection, heard)


def request_on(connection: socket.socket) -> bytes:
    """Return a request with its body, or nothing at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head = data.partition(b"\r\n\r\n")[0].lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    while len(data.partition(b"\r\n\r\n")[2]) < length:
        data += connection.recv(65536)
    return data


def answering(reply: bytes = REPLY, *, times: int | None = None) -> Callable[[socket.socket, list[bytes]], None]:
    """Give each request the same reply, and end the connection after some."""

    def serve(connection: socket.socket, heard: list[bytes]) -> None:
        while (times is None or len(heard) < times) and (request := request_on(connection)):
            heard.append(request)
            connection.sendall(reply)

    return serve


def settings(url: str, **options: Any) -> VaultSettings:
    given = {"url": url, "token": TOKEN, "timeout": 10, **options}
    return VaultSettings.from_options(given, {}, Path("/nonexistent"))


@contextlib.contextmanager
def direct(peer: Peer, **options: Any) -> Iterator[Direct]:
    way = Direct(settings(peer.url, **options))
    try:
        yield way
    finally:
        way.close()


def test_a_connection_is_kept_for_the_next_request() -> None:
    with Peer(answering()) as peer, direct(peer) as way:
        for _attempt in range(3):
            assert way.send("GET", f"{peer.url}/v1/a", None, {"X-Vault-Token": TOKEN}).status_code == 200
    assert [len(one) for one in peer.heard] == [3]
    first = peer.heard[0][0].decode()
    assert first.startswith("GET /v1/a HTTP/1.1\r\n")
    assert f"\r\nX-Vault-Token: {TOKEN}\r\n" in first
    assert "\r\nAccept-Encoding: identity\r\n" in first


def test_each_thread_has_a_connection_of_its_own() -> None:
    together = threading.Barrier(4, timeout=10)

    def serve(connection: socket.socket, heard: list[bytes]) -> None:
        while request := request_on(connection):
            heard.append(request)
            together.wait()
            connection.sendall(REPLY)

    with Peer(serve) as peer, direct(peer) as way:
        for _attempt in range(2):
            threads = [
                threading.Thread(target=way.send, args=("GET", f"{peer.url}/v1/{name}", None, {})) for name in "abcd"
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
    assert [len(one) for one in peer.heard] == [2, 2, 2, 2]


@pytest.mark.parametrize("said", [b"", b"Connection: close\r\n"], ids=["silently", "as announced"])
def test_a_login_is_not_sent_into_a_connection_that_was_dropped(said: bytes) -> None:
    dropped = threading.Event()

    def serve(connection: socket.socket, heard: list[bytes]) -> None:
        heard.append(request_on(connection))
        connection.sendall(REPLY.replace(b"Content-Length", said + b"Content-Length"))
        connection.close()
        dropped.set()

    with Peer(serve) as peer, direct(peer) as way:
        for number in range(2):
            assert way.send("POST", f"{peer.url}/v1/login", b'{"n": %d}' % number, {}).json() == {}
            assert dropped.wait(10)
            dropped.clear()
    assert [[request[-8:] for request in one] for one in peer.heard] == [[b'{"n": 0}'], [b'{"n": 1}']]


@pytest.mark.parametrize(
    "reply",
    [
        b"220 mail.acme.example ESMTP\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["another protocol", "nothing", "half a body", "headers without end", "a chunk of no length"],
)
def test_what_is_no_reply_is_told_and_its_connection_not_used_again(reply: bytes) -> None:
    with Peer(answering(reply, times=1)) as peer, direct(peer) as way:
        for _attempt in range(2):
            with pytest.raises((OSError, http.client.HTTPException)) as caught:
                way.send("GET", f"{peer.url}/v1/a", None, {})
            assert not never_sent(caught.value)
            trouble = explain(caught.value, settings(peer.url))
            assert trouble.category is Category.SECRET_VAULT_UNREACHABLE
            assert "the connection broke" in trouble.what
            assert trouble.retryable
    assert len(peer.heard) == 2


def test_a_read_whose_connection_breaks_is_repeated_on_a_new_one() -> None:
    with ScriptedVault({**GOOD, SALES_API: [Reply(close=True), GOOD[SALES_API]]}) as vault:
        with source(vault, retries=1) as secrets:
            assert secrets.read(SALES).version == 3
        assert vault.paths().count(f"GET {SALES_API}") == 2


def test_no_connection_in_time_is_not_taken_for_silence() -> None:
    with contextlib.ExitStack() as held:
        # The queue of a listener that accepts nobody is soon full, and further packets get no answer.
        listener = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        waiting = [held.enter_context(socket.socket()) for _attempt in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        failure = failure_of(source(url, timeout=0.3))
        assert "no connection within 0.3 s" in failure.sentence
        with pytest.raises(NotConnectedError) as caught:
            Direct(settings(url, timeout=0.3)).send("POST", f"{url}/v1/login", b"{}", {})
        assert never_sent(caught.value)


def test_silence_after_the_request_is_no_missing_connection() -> None:
    over = threading.Event()

    def stay_silent(_connection: socket.socket, _heard: list[bytes]) -> None:
        over.wait(10)

    with Peer(stay_silent) as peer, direct(peer, timeout=0.3) as way:
        with pytest.raises(TimeoutError) as caught:
            way.send("POST", f"{peer.url}/v1/login", b"{}", {})
        over.set()
    assert not never_sent(caught.value)
    assert "did not answer within 0.3 s" in explain(caught.value, settings(peer.url, timeout=0.3)).what


def test_a_late_reply_is_not_taken_for_the_next_one() -> None:
    gave_up = threading.Event()

    def serve(connection: socket.socket, heard: list[bytes]) -> None:
        while request := request_on(connection):
            heard.append(request)
            if b"/late" in request:
                gave_up.wait(10)
            connection.sendall(REPLY.replace(b"{}", b"[]" if b"/late" in request else b"{}"))

    with Peer(serve) as peer, direct(peer, timeout=0.3) as way:
        with pytest.raises(TimeoutError):
            way.send("GET", f"{peer.url}/v1/late", None, {})
        gave_up.set()
        assert way.send("GET", f"{peer.url}/v1/next", None, {}).json() == {}
    assert len(peer.heard) == 2


def test_what_no_target_may_hold_is_quoted_and_what_is_quoted_stays() -> None:
    with Peer(answering()) as peer, direct(peer) as way:
        way.send("GET", f"{peer.url}/v1/m\u00e4il box/a%2Fb?list=a b", None, {})
    assert peer.heard[0][0].startswith(b"GET /v1/m%C3%A4il%20box/a%2Fb?list=a%20b HTTP/1.1\r\n")


def test_a_mount_with_a_blank_is_asked_for() -> None:
    name = "kv%20mail"
    table = {f"{PREFLIGHT}/{name}": mount("kv mail"), f"{name}/data/a": kv2(1, x="y")}
    with ScriptedVault(table) as vault, source(vault) as secrets:
        assert secrets.read(VaultReference("a", "x", "kv mail")).value == "y"


def test_what_is_in_use_at_the_end_is_closed_when_it_is_free() -> None:
    asked, ended = threading.Event(), threading.Event()
    closed: list[bytes] = []

    def serve(connection: socket.socket, heard: list[bytes]) -> None:
        heard.append(request_on(connection))
        asked.set()
        assert ended.wait(10)
        connection.sendall(REPLY)
        closed.append(connection.recv(1))

    with Peer(serve) as peer:
        way = Direct(settings(peer.url))
        thread = threading.Thread(target=way.send, args=("GET", f"{peer.url}/v1/a", None, {}))
        thread.start()
        assert asked.wait(10)
        way.close()
        ended.set()
        thread.join(10)
    assert closed == [b""]


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_an_ipv6_address() -> None:
    with Peer(answering(), socket.AF_INET6) as peer, direct(peer) as way:
        way.send("GET", f"{peer.url}/v1/a", None, {})
    assert f"\r\nHost: {peer.url.removeprefix('http://')}\r\n".encode() in peer.heard[0][0]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    made, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    return made, str(file)


def listening(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("name", "options"),
    [("127.0.0.1", {}), ("vault.acme.example", {"server_name": "vault.acme.example"})],
    ids=["address", "server_name"],
)
def test_a_certificate_is_checked_against_the_name_that_is_meant(
    authority: tuple[trustme.CA, str], name: str, options: dict[str, str]
) -> None:
    made, file = authority
    with ScriptedVault(GOOD, listening(made, name)) as vault, source(vault, ca=file, **options) as secrets:
        assert secrets.read(SALES).version == 3


@pytest.mark.parametrize("options", [{}, {"server_name": "other.example"}], ids=["address", "server_name"])
def test_a_certificate_for_another_name_is_told_and_nothing_is_sent(
    authority: tuple[trustme.CA, str], options: dict[str, str]
) -> None:
    made, file = authority
    with ScriptedVault(GOOD, listening(made, "vault.acme.example")) as vault:
        failure = failure_of(source(vault, ca=file, **options))
        assert failure.category is Category.SECRET_VAULT_TLS
        assert "could not be verified" in failure.sentence
        assert vault.requests == []


def test_a_redirect_from_this_machine_to_tls_is_verified(authority: tuple[trustme.CA, str]) -> None:
    made, file = authority
    with ScriptedVault(GOOD, listening(made, "127.0.0.1")) as active:
        sent_on = {path: Reply(307, None, {"Location": f"{active.url}/v1/{path}"}) for path in GOOD}
        with ScriptedVault(sent_on) as agent, source(agent, ca=file) as secrets:
            assert secrets.read(SALES).version == 3
        with ScriptedVault(sent_on) as agent:
            assert failure_of(source(agent)).category is Category.SECRET_VAULT_TLS
