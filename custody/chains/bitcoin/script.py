"""The escrow script: 2-of-3 CHECKMULTISIG in P2WSH, keys in BIP67 order (template E1); and the output
scripts of version 0 witnesses.

A key that occurs twice would let one holder sign alone, and libraries do not notice; therefore
it is refused here. Relies on libsecp256k1 for key validity and on embit for the descriptor checksum.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from embit.descriptor.checksum import add_checksum
from embit.hashes import hash160

from custody.chains.bitcoin.keys import check_public_key
from custody.common.errors import InvalidInputError

REQUIRED = 2
TOTAL = 3
OP_2, OP_3, OP_CHECKMULTISIG = 0x52, 0x53, 0xAE
PUSH_KEY = 33
MULTISIG_LENGTH = 3 + TOTAL * (1 + PUSH_KEY)


@dataclass(frozen=True)
class Multisig:
    """A parsed multisig script: ``required`` signatures of ``keys`` (BIP67 order)."""

    required: int
    keys: tuple[bytes, ...]


def multisig_script(keys: Sequence[bytes | str], *, field: str = "keys") -> bytes:
    """Witness script of 2-of-3 over compressed keys (bytes or hex), sorted by BIP67.

    Raises InvalidInputError for a wrong number of keys, an invalid key or one that occurs twice.
    """
    points = sorted(_read_key(key, field=f"{field}/{index}") for index, key in enumerate(keys))
    if len(points) != TOTAL:
        raise InvalidInputError(f"needs exactly {TOTAL} keys", code="key_count", field=field)
    if len(set(points)) != TOTAL:
        raise InvalidInputError("a key occurs twice", code="duplicate_key", field=field)
    pushes = b"".join(bytes([PUSH_KEY]) + point for point in points)
    return bytes([OP_2]) + pushes + bytes([OP_3, OP_CHECKMULTISIG])


def parse_multisig(script: bytes, *, field: str = "script") -> Multisig:
    """Read exactly what multisig_script writes; every other script is refused."""
    if len(script) != MULTISIG_LENGTH:
        raise InvalidInputError("not the 2-of-3 script", code="unknown_script", field=field)
    step = 1 + PUSH_KEY
    keys = tuple(script[2 + index * step : 1 + (index + 1) * step] for index in range(TOTAL))
    if multisig_script(keys, field=field) != script:
        raise InvalidInputError("not the 2-of-3 script", code="unknown_script", field=field)
    return Multisig(required=REQUIRED, keys=keys)


def p2wsh_script(witness_script: bytes) -> bytes:
    """Output script ``OP_0 <SHA256(witness script)>`` (BIP141)."""
    return b"\x00\x20" + hashlib.sha256(witness_script).digest()


def p2wpkh_script(public_key: bytes, *, field: str = "public_key") -> bytes:
    """Output script ``OP_0 <HASH160(key)>`` (BIP141) of a compressed key; InvalidInputError for another."""
    return b"\x00\x14" + bytes(hash160(check_public_key(public_key, field=field)))


def script_number(value: int) -> bytes:
    """Shortest spelling of a positive number in scripts: little endian, the highest bit is the sign."""
    return value.to_bytes(value.bit_length() // 8 + 1, "little")


def descriptor(witness_script: bytes) -> str:
    """``wsh(sortedmulti(2,…))#checksum`` (BIP380, BIP383), what parties compare outside our web."""
    parsed = parse_multisig(witness_script)
    keys = ",".join(key.hex() for key in parsed.keys)
    return str(add_checksum(f"wsh(sortedmulti({parsed.required},{keys}))"))


def _read_key(key: bytes | str, *, field: str) -> bytes:
    if isinstance(key, str):
        try:
            key = bytes.fromhex(key)
        except ValueError:
            raise InvalidInputError("not hexadecimal", code="bad_public_key", field=field) from None
    return check_public_key(key, field=field)
