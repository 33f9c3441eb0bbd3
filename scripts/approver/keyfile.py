"""The officer's Ed25519 key in a file: PKCS#8, encrypted under a passphrase (RFC 5958, RFC 8018).

The cryptography library writes such files with 2,048 rounds of PBKDF2, which is no hindrance to
guessing. So the envelope is made here, with as many rounds as OWASP asks for; any reader of PKCS#8
opens it.
"""

import os

from asn1crypto import algos, keys, pem
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from custody.common.errors import RefusedError

ROUNDS = 600_000
SALT_SIZE, KEY_SIZE, BLOCK_BITS = 16, 32, 128
MIN_PASSPHRASE = 12


def encrypted(key: Ed25519PrivateKey, passphrase: str) -> bytes:
    """Return the PEM file; raises RefusedError for a passphrase of less than 12 characters."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise RefusedError(
            "the passphrase has less than 12 characters", code="weak_passphrase", field="passphrase"
        )
    salt, start = os.urandom(SALT_SIZE), os.urandom(BLOCK_BITS // 8)
    secret = PBKDF2HMAC(SHA256(), KEY_SIZE, salt, ROUNDS).derive(passphrase.encode())
    padder = padding.PKCS7(BLOCK_BITS).padder()
    plain = padder.update(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    cipher = Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    data = cipher.update(plain + padder.finalize()) + cipher.finalize()
    envelope = {"encryption_algorithm": _algorithm(salt, start), "encrypted_data": data}
    return bytes(pem.armor("ENCRYPTED PRIVATE KEY", keys.EncryptedPrivateKeyInfo(envelope).dump()))


def opened(data: bytes, passphrase: str) -> Ed25519PrivateKey:
    """Read a PEM file; raises RefusedError for a wrong passphrase and for a key that is not encrypted."""
    try:
        key = load_pem_private_key(data, passphrase.encode())
    except TypeError:
        raise RefusedError("the key file is not encrypted", code="not_encrypted", field="key") from None
    except ValueError:
        raise RefusedError(
            "the passphrase does not open the key", code="wrong_passphrase", field="passphrase"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise RefusedError("the key is not of Ed25519", code="foreign_key", field="key")
    return key


def _algorithm(salt: bytes, start: bytes) -> dict[str, object]:
    """PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC."""
    derivation = {
        "salt": algos.Pbkdf2Salt("specified", salt),
        "iteration_count": ROUNDS,
        "prf": {"algorithm": "sha256"},
    }
    return {
        "algorithm": "pbes2",
        "parameters": {
            "key_derivation_func": {"algorithm": "pbkdf2", "parameters": derivation},
            "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": start},
        },
    }
