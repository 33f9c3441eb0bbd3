"""The first transaction of a block: its form, the height it names, and what it commits to."""

from collections.abc import Sequence

from custody.chains.bitcoin.block.header import merkle_root
from custody.chains.bitcoin.script import script_number
from custody.chains.bitcoin.transaction import Transaction, double_sha256
from custody.common.errors import InvalidInputError

NULL_OUTPOINT = f"{'00' * 32}:{0xFFFFFFFF}"
SCRIPT_SIZES = range(2, 101)
OP_1, OP_16 = 0x51, 0x60
# OP_RETURN, a push of 36 bytes, and the mark of a witness commitment (BIP141).
COMMITMENT = bytes.fromhex("6a24aa21a9ed")
COMMITMENT_SIZE = 38


def check_form(transactions: Sequence[Transaction], *, field: str) -> None:
    """Raise InvalidInputError ``block_coinbase`` unless the first transaction alone is a coinbase."""
    first = transactions[0]
    if [item.outpoint for item in first.inputs] != [NULL_OUTPOINT]:
        raise InvalidInputError("not a coinbase", code="block_coinbase", field=f"{field}/0")
    if len(first.inputs[0].script_sig) not in SCRIPT_SIZES:
        place = f"{field}/0/inputs/0"
        raise InvalidInputError("script has a wrong length", code="block_coinbase", field=place)
    for index, item in enumerate(transactions[1:], start=1):
        if any(spent.outpoint == NULL_OUTPOINT for spent in item.inputs):
            raise InvalidInputError("a second coinbase", code="block_coinbase", field=f"{field}/{index}")


def height_of(coinbase: Transaction, *, field: str) -> int:
    """Height that the script of a coinbase begins with (BIP34), in its one spelling.

    Raises InvalidInputError ``block_height`` when it does not begin with one.
    """
    script = coinbase.inputs[0].script_sig
    if OP_1 <= script[0] <= OP_16:
        return script[0] - OP_1 + 1
    data = script[1 : 1 + script[0]]
    height = int.from_bytes(data, "little")
    if not script[0] == len(data) <= 4 or height <= 16 or script_number(height) != data:
        raise InvalidInputError("no height in its script", code="block_height", field=f"{field}/0/inputs/0")
    return height


def check_witness_commitment(transactions: Sequence[Transaction], *, field: str) -> None:
    """Raise InvalidInputError ``block_witness_commitment`` when witnesses are not what is committed to.

    The merkle root covers no witness; the last output of the coinbase that is marked as commitment
    does (BIP141). Without a witness in the block none is needed.
    """
    coinbase = transactions[0]
    marked = [item.script for item in coinbase.outputs if is_commitment(item.script)]
    if marked:
        good = marked[-1][len(COMMITMENT) : COMMITMENT_SIZE] == _commitment(transactions, field=field)
    else:
        good = not any(item.has_witness for item in transactions)
    if not good:
        raise InvalidInputError(
            "witnesses are not those committed to", code="block_witness_commitment", field=f"{field}/0"
        )


def is_commitment(script: bytes) -> bool:
    """True for an output script that commits to witnesses."""
    return len(script) >= COMMITMENT_SIZE and script.startswith(COMMITMENT)


def _commitment(transactions: Sequence[Transaction], *, field: str) -> bytes | None:
    """None when the coinbase lacks the 32 bytes that enter the commitment."""
    reserved = transactions[0].inputs[0].witness
    if [len(item) for item in reserved] != [32]:
        return None
    hashes = [bytes(32), *(double_sha256(item.to_bytes()) for item in transactions[1:])]
    return double_sha256(merkle_root(hashes, field=field) + reserved[0])
