"""Which PSBT fields are known (BIP174 key types); everything else is refused.

Derivation paths are hints that wallets add for themselves: allowed, never read.
"""

from collections.abc import Mapping

from custody.chains.bitcoin.psbt.wire import Map
from custody.common.errors import InvalidInputError

PREVIOUS_TX = 0x00
PREVIOUS_OUTPUT = 0x01
PARTIAL_SIGNATURE = 0x02
SIGHASH = 0x03
WITNESS_SCRIPT = 0x05
INPUT_DERIVATION = 0x06
FINAL_FIELDS = frozenset({0x07, 0x08})
OUTPUT_DERIVATION = 0x02
KEY_SIZE, X_ONLY_SIZE = 33, 32

TAPROOT_DERIVATION = 0x16
TAPROOT_INTERNAL_KEY = 0x17

# Key type -> (name used in pointers, bytes of public key that follow the type).
Fields = Mapping[int, tuple[str, int]]
_ANY_INPUT: Fields = {
    PREVIOUS_TX: ("previous_transaction", 0),
    PREVIOUS_OUTPUT: ("previous_output", 0),
    SIGHASH: ("sighash", 0),
}
P2WPKH_FIELDS: Fields = {
    **_ANY_INPUT,
    PARTIAL_SIGNATURE: ("signatures", KEY_SIZE),
    INPUT_DERIVATION: ("derivation", KEY_SIZE),
}
P2WSH_FIELDS: Fields = {**P2WPKH_FIELDS, WITNESS_SCRIPT: ("witness_script", 0)}
# Of BIP371 the hints only: no taproot signature or script is taken in.
P2TR_FIELDS: Fields = {
    **_ANY_INPUT,
    TAPROOT_DERIVATION: ("derivation", X_ONLY_SIZE),
    TAPROOT_INTERNAL_KEY: ("internal_key", 0),
}
OUTPUT_FIELDS: Fields = {OUTPUT_DERIVATION: ("derivation", KEY_SIZE)}


def check_input(values: Map, known: Fields, *, field: str) -> None:
    """Refuse final inputs, and what check_fields refuses."""
    if any(key[0] in FINAL_FIELDS for key in values):
        raise InvalidInputError("input is already final", code="psbt_final", field=field)
    check_fields(values, known, field=field)


def check_fields(values: Map, known: Fields, *, field: str) -> None:
    """Refuse unknown and proprietary fields, and keys of a wrong length."""
    for key in values:
        if key[0] not in known or len(key) != 1 + known[key[0]][1]:
            raise InvalidInputError(
                f"unknown field {key[:1].hex()}", code="psbt_unknown_field", field=f"{field}/{key[:1].hex()}"
            )


def required(values: Map, kind: int, *, field: str) -> bytes:
    """Return the value of an input field that must be there."""
    value = values.get(bytes([kind]))
    if value is None:
        name = P2WSH_FIELDS[kind][0]
        raise InvalidInputError(f"{name} is missing", code="psbt_missing_field", field=f"{field}/{name}")
    return value


def with_public_key(values: Map, kind: int) -> dict[bytes, bytes]:
    """Return public key -> value of all fields of a kind that carries a key."""
    return {key[1:]: value for key, value in values.items() if key[0] == kind}
