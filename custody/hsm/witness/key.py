"""The witness's Ed25519 key: a file of its own, made once, with the id officers pin it under."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common import clock
from custody.common.errors import UnavailableError
from custody.common.ids import new_id
from custody.statements.proof import Ed25519Proof

KEY_FILE = "witness.key"
ID_FILE = "witness.id"


@dataclass(frozen=True)
class WitnessKey:
    """Signs facts; ``id`` is how the activation document names the key."""

    id: str
    private: Ed25519PrivateKey

    @classmethod
    def load_or_make(cls, directory: Path) -> "WitnessKey":
        """Read the key, or make it where there is none; raises UnavailableError for half of one."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file, id_file = directory / KEY_FILE, directory / ID_FILE
        if not key_file.exists():
            # The id first: a key without one cannot be named, an id without a key does no harm.
            id_file.write_text(new_id("key", at=clock.now()), encoding="ascii")
            _write(key_file, Ed25519PrivateKey.generate())
        private = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise UnavailableError("the witness's key file holds another kind of key", code="bad_key_file")
        return cls(id_file.read_text(encoding="ascii").strip(), private)

    @property
    def public_key(self) -> str:
        """32 bytes in hex."""
        return self.private.public_key().public_bytes_raw().hex()

    def prove(self, digest: str) -> Ed25519Proof:
        """A signature over the hash of a fact (64 hex digits)."""
        signature = self.private.sign(bytes.fromhex(digest))
        return Ed25519Proof(credential=self.public_key, signature=signature.hex())


def _write(path: Path, key: Ed25519PrivateKey) -> None:
    """Write the key readable by this user alone, whole or not at all."""
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
