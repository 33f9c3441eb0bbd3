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
KEY_SIZE = 33

# Key type -> (name used in pointers, whether a public key follows the type).
InputFields = Mapping[int, tuple[str, bool]]
INPUT_FIELDS: InputFields = {
    PREVIOUS_TX: ("previous_transaction", False),
    PREVIOUS_OUTPUT: ("previous_output", False),
    PARTIAL_SIGNATURE: ("signatures", True),
    SIGHASH: ("sighash", False),
    WITNESS_SCRIPT: ("witness_script", False),
    INPUT_DERIVATION: ("derivation", True),
}
OUTPUT_FIELDS: InputFields = {OUTPUT_DERIVATION: ("derivation", True)}


def check_fields(values: Map, known: InputFields, *, field: str) -> None:
    """Refuse unknown, proprietary and final fields, and keys of a wrong length."""
    for key in values:
        if known is INPUT_FIELDS and key[0] in FINAL_FIELDS:
            raise InvalidInputError("input is already final", code="psbt_final", field=field)
        if key[0] not in known or len(key) != 1 + KEY_SIZE * known[key[0]][1]:
            raise InvalidInputError(
                f"unknown field {key[:1].hex()}", code="psbt_unknown_field", field=f"{field}/{key[:1].hex()}"
            )


def required(values: Map, kind: int, *, field: str) -> bytes:
    """Return the value of an input field that must be there."""
    value = values.get(bytes([kind]))
    if value is None:
        name = INPUT_FIELDS[kind][0]
        raise InvalidInputError(f"{name} is missing", code="psbt_missing_field", field=f"{field}/{name}")
    return value


def with_public_key(values: Map, kind: int) -> dict[bytes, bytes]:
    """Return public key -> value of all fields of a kind that carries a key."""
    return {key[1:]: value for key, value in values.items() if key[0] == kind}
