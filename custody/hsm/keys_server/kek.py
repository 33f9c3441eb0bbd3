"""Key-encryption keys on the token: AES-256, made there, never extractable.

A data key is wrapped with AES-GCM; its subject is the associated data, so a wrapped key moved to
another subject does not open. Which key is current stands in ``current-kek`` beside the token: a
token without the key named there is the wrong token, and the process refuses to start.
"""

import os
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass

from custody.common.errors import CustodyError, RefusedError
from custody.hsm.token.session import TokenSession

NONCE_BYTES = 12
DATA_KEY_BYTES = 32


class WrappedKeyError(CustodyError):
    """The wrapped key was altered or belongs to another subject or key."""

    code = "integrity"


class KeyEncryptionKeys:
    """Wrap and unwrap under the keys of one token; ``directory`` keeps the name of the current one."""

    def __init__(self, token: TokenSession, directory: Path) -> None:
        self._token = token
        self._file = directory / "current-kek"

    def ensure_current(self) -> str:
        """Return the current key's name (hex), made on the very first start.

        Raises RefusedError when the key named in the file is not on the token.
        """
        if not self._file.exists():
            self._file.write_text(self._token.run(_find_or_generate).hex())
        name = self.current
        if not self._token.run(lambda token: _exists(token, name)):
            raise RefusedError("the current key-encryption key is not on this token", code="wrong_token")
        return name

    @property
    def current(self) -> str:
        return self._file.read_text().strip()

    def wrap(self, *, subject: str, key: bytes) -> tuple[str, bytes]:
        """Return (name of the key-encryption key, nonce and ciphertext)."""
        if len(key) != DATA_KEY_BYTES:
            raise WrappedKeyError("a data key has 32 bytes")
        name, nonce = self.current, os.urandom(NONCE_BYTES)
        cipher = self._token.run(lambda token: _encrypt(token, name, key, GCMParams(nonce, subject.encode())))
        return name, nonce + cipher

    def unwrap(self, *, subject: str, name: str, wrapped: bytes) -> bytes:
        """Return the data key; raises WrappedKeyError, or TokenUnavailableError."""
        parameters = GCMParams(wrapped[:NONCE_BYTES], subject.encode())
        return self._token.run(lambda token: _decrypt(token, name, wrapped[NONCE_BYTES:], parameters))


def _find_or_generate(token: TokenSession) -> bytes:
    found = list(token.session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}))
    if found:
        return bytes(found[0][Attribute.ID])
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
