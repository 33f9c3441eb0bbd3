"""Texts signed by a key of an account (EIP-191, version 0x45, called personal_sign).

The signer builds the text itself from the fields of a template; nothing is signed as it came.
"""

from eth_utils.crypto import keccak


def personal_digest(message: bytes) -> bytes:
    """32 bytes to sign for ``message``; the prefix keeps them apart from every transaction."""
    return bytes(keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message))
