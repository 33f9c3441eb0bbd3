"""The bytes of an encrypted field: version, data key number, nonce, AES-256-GCM ciphertext.

The place ``model|pk|field`` is authenticated, so a ciphertext copied into another row or
column does not open there. 96-bit random nonces are safe for 2^32 writes per data key
(NIST SP 800-38D, 8.3); a data key serves one subject only.
"""

import os
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from custody.vault.errors import VaultIntegrityError

_HEADER = struct.Struct(">BQ12s")
_VERSION = 1


@dataclass(frozen=True)
class Sealed:
    """Ciphertext as it stands in the database."""

    data: bytes = field(repr=False)

    @property
    def key_number(self) -> int:
        """Primary key of the DataKey that opens this."""
        version, number, _ = self._header()
        if version != _VERSION:
            raise VaultIntegrityError("unknown version of an encrypted field")
        return number

    def _header(self) -> tuple[int, int, bytes]:
        if len(self.data) < _HEADER.size:
            raise VaultIntegrityError("encrypted field is too short")
        version, number, nonce = _HEADER.unpack_from(self.data)
        return version, number, nonce

    def open(self, *, key: bytes, place: str) -> str:
        """Decrypt a text; raises VaultIntegrityError when key, place or bytes do not fit together."""
        return self.open_bytes(key=key, place=place).decode("utf-8")

    def open_bytes(self, *, key: bytes, place: str) -> bytes:
        """Decrypt what ``seal_bytes`` made; raises VaultIntegrityError as ``open``."""
        _, _, nonce = self._header()
        associated = self.data[: _HEADER.size] + place.encode()
        try:
            return AESGCM(key).decrypt(nonce, self.data[_HEADER.size :], associated)
        except InvalidTag:
            raise VaultIntegrityError(f"encrypted field does not belong to {place}") from None


def seal(text: str, *, key: bytes, key_number: int, place: str) -> Sealed:
    """Encrypt ``text`` for ``place`` under data key ``key_number``."""
    return seal_bytes(text.encode("utf-8"), key=key, key_number=key_number, place=place)


def seal_bytes(data: bytes, *, key: bytes, key_number: int, place: str) -> Sealed:
    """Encrypt ``data`` (a stored file) in the same form."""
    nonce = os.urandom(12)
    header = _HEADER.pack(_VERSION, key_number, nonce)
    return Sealed(header + AESGCM(key).encrypt(nonce, data, header + place.encode()))
