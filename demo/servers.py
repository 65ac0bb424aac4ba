# Copyright (c) 2026, the mailops.mailbox contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real mail servers on 127.0.0.1 for the demo: SMTP by aiosmtpd, IMAP by pymap, and one POP3 greeting.

All of them live in one thread of the demo's own process, on ports that the system picks, and end with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import socket
import ssl
import threading
import warnings
from argparse import Namespace
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login
from pymap.context import connection_exit
from pymap.exceptions import ResponseError
from pymap.imap import ConnectionState, IMAPConnection
from pymap.parsing.response import CommandResponse, ResponseCode, ResponseNo
from pymap.user import UserMetadata
from pysasl import SASLAuth
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import Cleartext
from pysasl.identity import ClearIdentity

warnings.filterwarnings("ignore", module="aiosmtpd")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

FOLDERS = ("Sent", "Drafts", "Trash", "Archive", "Archive/2026", "Customers/Entwürfe")


@dataclass
class Post:
    """The post office behind all servers: who exists, and how often a login was refused."""

    domain: str
    passwords: dict[str, str]
    without_imap: frozenset[str]
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def knows(self, protocol: str, user: str, password: str) -> bool:
        """Tell whether the login is right, and count it when it is not."""
        secret = self.passwords.get(user)
        if secret is not None and hmac.compare_digest(secret.encode(), password.encode()):
            return True
        self.refused[user, protocol] += 1
        return False


class Submission:
    """What the SMTP server decides: logins, whose address may be used as sender, and which recipients are local."""

    def __init__(self, post: Post, trusts_the_network: bool = False) -> None:
        self.post = post
        self.trusts_the_network = trusts_the_network

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Check a login."""
        if isinstance(data, LoginPassword):
            user = data.login.decode("utf-8", "replace")
            if self.post.knows("smtp", user, data.password.decode("utf-8", "replace")):
                session.user = user
                return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message="535 5.7.8 Error: authentication failed")

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept only the sender that belongs to the login."""
        owner = getattr(session, "user", None)
        if not self.trusts_the_network and address != owner:
            return f"553 5.7.1 <{address}>: Sender address rejected: not owned by user {owner}"
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept local recipients."""
        if not address.endswith("@" + self.post.domain):
            return f"554 5.7.1 <{address}>: Relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"


class ImapIsOff(ResponseError):
    """The refusal of a provider that lets the account send but not read by IMAP."""

    def get_response(self, tag: bytes) -> ResponseNo:
        """Return the reply."""
        text = b"IMAP access is disabled for this account. Enable it in the settings of your mailbox."
        return ResponseNo(tag, text, ResponseCode.of(b"ALERT"))


class WrongLogin(ResponseError):
    """The refusal of a wrong password."""

    def get_response(self, tag: bytes) -> ResponseNo:
        """Return the reply."""
        return ResponseNo(tag, b"Authentication failed.", ResponseCode.of(b"AUTHENTICATIONFAILED"))


class ImapLogin(Login):
    """pymap's in-memory store with the demo's users."""

    def __init__(self, config: Config, post: Post) -> None:
        super().__init__(config)
        self.post = post

    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        """Check a login; every user has the same folders."""
        user = credentials.authcid
        secret = self.post.passwords.get(user, "")
        if not credentials.verify(ClearIdentity(user, secret)) or not secret:
            self.post.refused[user, "imap"] += 1
            raise WrongLogin
        if user in self.post.without_imap:
            raise ImapIsOff
        await self._fill(user)
        return Identity(user, self, None, set())

    async def _fill(self, user: str) -> None:
        if user not in self.users_dict:
            self.users_dict[user] = UserMetadata(self.config, user)
            async with Identity(user, self, None, frozenset()).new_session() as session:
                for folder in FOLDERS:
                    await session.mailbox_set.add_mailbox(folder)


class ImapState(ConnectionState):
    """pymap offers AUTH to a loopback client before TLS; a provider does not, so neither does the demo."""

    async def do_greeting(self) -> CommandResponse:
        """Greet, with the capabilities that count at this point."""
        greeting = await super().do_greeting()
        self.auth = self.config.initial_auth
        return type(greeting)(b"*", self.config.greeting, self.capability)


class ImapConfig(Config):
    """PLAIN and LOGIN, as most providers offer."""

    @property
    def tls_auth(self) -> SASLAuth:
        """The mechanisms inside TLS."""
        return SASLAuth.named([b"PLAIN", b"LOGIN"])

    @property
    def greeting(self) -> bytes:
        """The text of the greeting."""
        return b"Demo IMAP server ready"


class Servers:
    """All servers of the demo. ``ports`` holds their ports by name once :meth:`start` has returned."""

    def __init__(self, post: Post, good: ssl.SSLContext, expired: ssl.SSLContext) -> None:
        self.post, self.good, self.expired = post, good, expired
        self.ports: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail servers", daemon=True)
        self._closed = socket.socket()

    def start(self) -> None:
        """Start every server and wait until all of them listen."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(timeout=30)
        # Bound and not listening: a connection is refused, and nobody else can take the port meanwhile.
        self._closed.bind(("127.0.0.1", 0))
        self.ports["closed"] = self._closed.getsockname()[1]

    def stop(self) -> None:
        """Stop every server."""
        self._closed.close()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)

    async def _listen(self) -> None:
        post = self.post
        await self._smtp("smtp_tls", Submission(post), implicit=self.good)
        await self._smtp("smtp_starttls", Submission(post), starttls=self.good)
        await self._smtp("smtp_relay", Submission(post, trusts_the_network=True), starttls=self.good, login=False)
        await self._smtp("smtp_expired", Submission(post), implicit=self.expired)
        await self._imap("imap_tls", implicit=self.good)
        await self._imap("imap_starttls", starttls=self.good)
        await self._imap("imap_expired", implicit=self.expired)
        self._note("pop3_tls", await asyncio.start_server(_pop3, "127.0.0.1", 0, ssl=self.good))

    def _note(self, name: str, server: asyncio.Server) -> None:
        self.ports[name] = server.sockets[0].getsockname()[1]

    async def _smtp(
        self,
        name: str,
        handler: Submission,
        implicit: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        login: bool = True,
    ) -> None:
        def session() -> SMTP:
            return SMTP(
                handler,
                hostname="mail.acme.example",
                ident="Demo ESMTP",
                enable_SMTPUTF8=True,
                tls_context=starttls,
                require_starttls=starttls is not None,
                auth_required=login,
                auth_require_tls=implicit is None,
                auth_exclude_mechanism=() if login else ("LOGIN", "PLAIN"),
                authenticator=handler.authenticate if login else None,
                loop=asyncio.get_running_loop(),
            )

        loop = asyncio.get_running_loop()
        self._note(name, await loop.create_server(session, "127.0.0.1", 0, ssl=implicit))

    async def _imap(
        self, name: str, implicit: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
    ) -> None:
        config = ImapConfig(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host="127.0.0.1",
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            ssl_context=starttls or implicit,
            tls_enabled=starttls is not None,
            hash_context=Cleartext(),
        )
        login = ImapLogin(config, self.post)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = IMAPConnection(config.commands, config, reader, writer, SocketInfo.get(writer, None))
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                async with contextlib.AsyncExitStack() as stack:
                    connection_exit.set(stack)
                    stack.callback(connection.close)
                    await connection.run(ImapState(login, config))

        self._note(name, await asyncio.start_server(serve, "127.0.0.1", 0, ssl=implicit))


async def _pop3(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
        writer.write(b"+OK POP3 server ready\r\n")
        while await reader.readline():
            writer.write(b"-ERR unknown command\r\n")
            await writer.drain()
    writer.close()
