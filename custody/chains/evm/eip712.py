"""Hashes of typed structured data (EIP-712), for structures that are known to the code.

There is no reader of foreign type tables here: whoever signs a structure states its type itself.
"""

from collections.abc import Sequence

from eth_abi.abi import encode
from eth_utils.crypto import keccak


def struct_hash(encoded_type: str, kinds: Sequence[str], values: Sequence[object]) -> bytes:
    """hashStruct: Keccak-256 over the hash of the type and one word per member.

    ``kinds`` are the types of the words: a member of type bytes, string or struct goes in as its
    32-byte hash, kind ``bytes32``.
    """
    return bytes(keccak(encode(["bytes32", *kinds], [keccak(encoded_type.encode()), *values])))


def digest(domain_separator: bytes, message_hash: bytes) -> bytes:
    """32 bytes to sign: version 0x01 of EIP-191 over the hashes of domain and message."""
    return bytes(keccak(b"\x19\x01" + domain_separator + message_hash))
