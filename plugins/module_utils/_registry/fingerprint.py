# Copyright (c) 2026, the mailops.mailbox contributors
# BSD-2-Clause (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.

"""A fingerprint for secrets that have no version.

A plain hash of an app password on disk would let anyone who reads it try passwords offline. So the hash is slow
(scrypt, RFC 7914) and keyed; the key has its own file beside the registry, for its owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
from concurrent.futures import Future
from pathlib import Path

from .errors import os_failure, registry_error
from .files import inspect, prepare_directory, sync_directory, tighten

KEY_BYTES = 32
_LOG2_N = 14
_BLOCK = 8
_MEMORY = 64 * 1024 * 1024
_SUFFIX = ".key"


class Fingerprinter:
    """Makes fingerprints with the key that belongs to the registry at ``path``.

    A fingerprint takes some 30 to 60 ms and 16 MB and is kept for the life of the object. Threads may ask side by side;
    of two that ask for the same one, the second waits for the first.
    """

    def __init__(self, path: str) -> None:
        self.key_path = f"{Path(path).absolute()}{_SUFFIX}"
        self._key: bytes | None = None
        self._known: dict[bytes, Future[str]] = {}
        self._lock = threading.Lock()

    def fingerprint(self, secret: str | bytes, context: str, *, create: bool = True) -> str | None:
        """Return the fingerprint of ``secret``; None when there is no key and ``create`` forbids to make one.

        ``context`` (the id of the mailbox) keeps equal secrets of two mailboxes from showing as equal. StageError when
        the key can't be read or created.
        """
        with self._lock:
            if self._key is None:
                self._key = self._load_key(create)
            key = self._key
        if key is None:
            return None
        data = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
        # Length first: no pair of context and secret reads like another one.
        name = context.encode("utf-8", "surrogatepass")
        message = len(name).to_bytes(8, "big") + name + data
        entry = hmac.new(key, message, hashlib.sha256).digest()
        with self._lock:
            known = self._known.get(entry)
            mine = known is None
            if known is None:
                known = self._known[entry] = Future()
        if mine:
            try:
                known.set_result(self._hash(entry, key))
            except Exception as error:
                known.set_exception(error)
        return known.result()

    def _hash(self, keyed: bytes, key: bytes) -> str:
        if not hasattr(hashlib, "scrypt"):
            raise registry_error(
                self.key_path,
                "This Python lacks scrypt, so a secret without a version can't be told from another one.",
                "It was built with a crypto library that leaves scrypt out.",
                "Keep the secret in Vault KV version 2, or use a Python built with OpenSSL 1.1 or newer.",
            )
        digest = hashlib.scrypt(keyed, salt=key, n=1 << _LOG2_N, r=_BLOCK, p=1, maxmem=_MEMORY, dklen=32)
        return f"scrypt-{_LOG2_N}-{_BLOCK}-1:{digest.hex()}"

    def _load_key(self, create: bool) -> bytes | None:
        key = self._read_key(create)
        if key is None and create:
            self._create_key()
            key = self._read_key(create)
        return key

    def _read_key(self, writes: bool) -> bytes | None:
        state = inspect(self.key_path)
        if state is None:
            return None
        if writes:
            tighten(self.key_path, state)
        try:
            descriptor = os.open(self.key_path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                key = os.read(descriptor, KEY_BYTES + 1)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise os_failure(self.key_path, "read", error) from None
        if len(key) != KEY_BYTES:
            raise registry_error(
                self.key_path,
                f"The key file {self.key_path} does not hold a key of {KEY_BYTES} bytes.",
                "It was cut, or it is a file of something else.",
                "Remove it; the next run makes a new key and takes every secret without a version for a new one.",
            )
        return key

    def _create_key(self) -> None:
        """Put a whole key in place in one step, so that of two creators one wins and none reads half a key."""
        prepare_directory(self.key_path)
        draft = f"{self.key_path}.{os.getpid()}.{secrets.token_hex(8)}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                try:
                    os.write(descriptor, secrets.token_bytes(KEY_BYTES))
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
                try:
                    os.link(draft, self.key_path)
                except FileExistsError:
                    return
            finally:
                Path(draft).unlink()
            sync_directory(self.key_path)
        except OSError as error:
            raise os_failure(self.key_path, "create", error) from None
