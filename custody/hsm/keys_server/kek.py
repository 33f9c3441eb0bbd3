"""Key-encryption keys on the token: AES-256, made there, never extractable.

A data key is wrapped with AES-GCM; its subject is the associated data, so a wrapped key moved to
another subject does not open. Which key is current stands in ``current-kek`` beside the token: a
token without the key named there is the wrong token, and the process refuses to start. After its
cryptoperiod, or when the console orders it, the next key is made; older ones stay on the token,
because backups of the database hold data keys that only they open.
"""

import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass

from custody.common import clock
from custody.common.errors import CustodyError, RefusedError
from custody.hsm.token.session import TokenSession

logger = logging.getLogger(__name__)

# Its existence is the order.
ROTATE = "rotate-kek"
NONCE_BYTES = 12
DATA_KEY_BYTES = 32


class WrappedKeyError(CustodyError):
    """The wrapped key was altered or belongs to another subject or key."""

    code = "integrity"


class KeyEncryptionKeys:
    """Wrap and unwrap under the keys of one token; ``directory`` keeps the name of the current one.

    ``period`` is the time for which a key is current.
    """

    def __init__(
        self,
        token: TokenSession,
        directory: Path,
        *,
        period: timedelta,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._token, self._period, self._now = token, period, now
        self._file = directory / "current-kek"
        # Written by ``manage.py rotate_kek`` on this host: one more way to the next key.
        self._order = directory / ROTATE
        # Two that ask at once make one key.
        self._rotating = threading.Lock()

    def ensure_current(self) -> str:
        """Return the current key's name (hex), made on the very first start.

        Raises RefusedError when the key named in the file is not on the token.
        """
        if not self._file.exists():
            self._write(self._token.run(_find_or_generate))
        name = self.current
        if not self._token.run(lambda token: _exists(token, name)):
            raise RefusedError("the current key-encryption key is not on this token", code="wrong_token")
        return name

    @property
    def current(self) -> str:
        return self._file.read_text().strip()

    @property
    def made_at(self) -> datetime:
        """Since when the current key is current."""
        return datetime.fromtimestamp(self._file.stat().st_mtime, tz=UTC)

    def rotate_when_due(self) -> None:
        """Make the next key when the current one's period is over or the console has ordered it.

        A crash in between leaves a key that nothing uses, and the next call makes another.
        """
        with self._rotating:
            if not self._order.exists() and self._now() < self.made_at + self._period:
                return
            self._write(self._token.run(_generate))
            self._order.unlink(missing_ok=True)
        logger.warning("keys: %s is the current key-encryption key from now on", self.current)

    def wrap(self, *, subject: str, key: bytes) -> tuple[str, bytes]:
        """Return (name of the key-encryption key, nonce and ciphertext)."""
        if len(key) != DATA_KEY_BYTES:
            raise WrappedKeyError("a data key has 32 bytes")
        name, nonce = self.current, os.urandom(NONCE_BYTES)
        cipher = self._token.run(lambda token: _encrypt(token, name, key, GCMParams(nonce, subject.encode())))
        return name, nonce + cipher

    def rewrap(self, *, subject: str, name: str, wrapped: bytes) -> tuple[str, bytes]:
        """The same data key under the current key; it does not leave this process."""
        return self.wrap(subject=subject, key=self.unwrap(subject=subject, name=name, wrapped=wrapped))

    def unwrap(self, *, subject: str, name: str, wrapped: bytes) -> bytes:
        """Return the data key; raises WrappedKeyError, or TokenUnavailableError."""
        parameters = GCMParams(wrapped[:NONCE_BYTES], subject.encode())
        return self._token.run(lambda token: _decrypt(token, name, wrapped[NONCE_BYTES:], parameters))

    def _write(self, identifier: bytes) -> None:
        """Name the current key durably, or leave the one before."""
        temporary = self._file.with_suffix(".new")
        temporary.write_text(identifier.hex())
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        # The clock may be shifted in the demonstration, and the age counts by it.
        seconds = self._now().timestamp()
        os.utime(temporary, (seconds, seconds))
        temporary.replace(self._file)


def _find_or_generate(token: TokenSession) -> bytes:
    found = list(token.session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}))
    if found:
        return bytes(found[0][Attribute.ID])
    return _generate(token)


def _generate(token: TokenSession) -> bytes:
    identifier = os.urandom(16)
    token.session.generate_key(
        KeyType.AES,
        256,
        id=identifier,
        label="kek",
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template={
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.PRIVATE: True,
            Attribute.MODIFIABLE: False,
            Attribute.COPYABLE: False,
        },
    )
    return identifier


def _exists(token: TokenSession, name: str) -> bool:
    # Established sessions that search for a key report a missing token directory the same way.
    try:
        token.key(ObjectClass.SECRET_KEY, bytes.fromhex(name))
    except pkcs11.NoSuchKey:
        return False
    return True


def _encrypt(token: TokenSession, name: str, data: bytes, parameters: GCMParams) -> bytes:
    key = token.key(ObjectClass.SECRET_KEY, bytes.fromhex(name))
    return bytes(key.encrypt(data, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))


def _decrypt(token: TokenSession, name: str, data: bytes, parameters: GCMParams) -> bytes:
    key = token.key(ObjectClass.SECRET_KEY, bytes.fromhex(name))
    try:
        return bytes(key.decrypt(data, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
    except (pkcs11.GeneralError, pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange):
        # SoftHSM says GeneralError for a wrong tag and for a missing token alike; a trial
        # encryption tells them apart, and its own failure makes the session reconnect.
        _encrypt(token, name, bytes(DATA_KEY_BYTES), GCMParams(os.urandom(NONCE_BYTES), b"trial"))
        raise WrappedKeyError("the wrapped key does not open") from None
