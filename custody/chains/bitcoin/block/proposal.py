"""A block that an application wants signed: 80 bytes of header and the list of all transactions.

A header names its transactions by a root alone. Therefore each is decoded, and every known way to
hide another list behind the same root is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from custody.chains.bitcoin.address import address_of
from custody.chains.bitcoin.block.coinbase import check_form, check_witness_commitment, height_of
from custody.chains.bitcoin.block.header import HEADER_SIZE, Header, parse_header
from custody.chains.bitcoin.block.parse import check_merkle_root
from custody.chains.bitcoin.reader import write_compact
from custody.chains.bitcoin.transaction import Transaction, parse_transaction
from custody.common.errors import InvalidInputError

POINTER = "/payload"
MAX_WEIGHT = 4_000_000
# Nodes of every network refuse lower ones: BIP34, BIP66 and BIP65 ask for versions 2, 3 and 4.
MIN_VERSION = 4
# Two hashes side by side: such a transaction can stand for a node of the tree (CVE-2017-12842).
NODE_SIZE = 64
OP_RETURN = 0x6A


@dataclass(frozen=True, slots=True)
class BlockPayee:
    """Who is paid by an output of the coinbase: output number, canonical address, amount in satoshi."""

    output: int
    address: str
    amount: int


@dataclass(frozen=True, slots=True)
class BlockProposal:
    """What a block says; ``height`` is the one its coinbase names, ``weight`` in weight units."""

    chain: str
    header: Header
    height: int
    transactions: tuple[Transaction, ...]
    payees: tuple[BlockPayee, ...]
    weight: int

    @property
    def claimed(self) -> int:
        """Satoshi that the coinbase pays out."""
        return sum(item.amount for item in self.transactions[0].outputs)


def decode_proposal(
    *, header: str, transactions: Sequence[str], chain: str, field: str = POINTER
) -> BlockProposal:
    """Decode a header and its transactions, lower-case hex, into checked values.

    Raises InvalidInputError that names the place at fault: ``malformed``, ``block_version``,
    ``block_merkle_root``, ``block_repeated_transactions``, ``block_transaction_size``,
    ``block_coinbase``, ``block_height``, ``block_witness_commitment``, ``block_double_spend``,
    ``block_weight``, ``unknown_output_script``.
    """
    parsed = parse_header(from_hex(header, field=f"{field}/header"), field=f"{field}/header")
    if parsed.version < MIN_VERSION:
        raise InvalidInputError("no node takes this version", code="block_version", field=f"{field}/header")
    place = f"{field}/transactions"
    found = tuple(_transaction(raw, field=f"{place}/{index}") for index, raw in enumerate(transactions))
    check_merkle_root(parsed, found, field=field)
    check_form(found, field=place)
    check_witness_commitment(found, field=place)
    _check_spent_once(found, field=place)
    return BlockProposal(
        chain=chain,
        header=parsed,
        height=height_of(found[0], field=place),
        transactions=found,
        payees=_payees(found[0], chain=chain, field=f"{place}/0/outputs"),
        weight=_weight(found, field=place),
    )


def from_hex(text: str, *, field: str) -> bytes:
    """Decode lower-case hexadecimal; raises InvalidInputError for any other spelling and for nothing."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if not data or data.hex() != text:
        raise InvalidInputError("not lower-case hexadecimal", code="malformed", field=field)
    return data


def _transaction(raw: str, *, field: str) -> Transaction:
    found = parse_transaction(from_hex(raw, field=field), field=field)
    if len(found.stripped()) == NODE_SIZE:
        raise InvalidInputError(
            "size of a transaction is that of two hashes", code="block_transaction_size", field=field
        )
    return found


def _check_spent_once(transactions: Sequence[Transaction], *, field: str) -> None:
    seen: set[str] = set()
    for index, transaction in enumerate(transactions):
        for place, item in enumerate(transaction.inputs):
            if item.outpoint in seen:
                culprit = f"{field}/{index}/inputs/{place}"
                raise InvalidInputError("an output is spent twice", code="block_double_spend", field=culprit)
            seen.add(item.outpoint)


def _payees(coinbase: Transaction, *, chain: str, field: str) -> tuple[BlockPayee, ...]:
    """Outputs that carry data only have no payee, and may carry no coins."""
    return tuple(
        BlockPayee(index, address_of(item.script, chain, field=f"{field}/{index}"), item.amount)
        for index, item in enumerate(coinbase.outputs)
        if item.amount or item.script[:1] != bytes([OP_RETURN])
    )


def _weight(transactions: Sequence[Transaction], *, field: str) -> int:
    frame = HEADER_SIZE + len(write_compact(len(transactions)))
    weight = 4 * frame + sum(item.weight for item in transactions)
    if weight > MAX_WEIGHT:
        raise InvalidInputError("block is too heavy", code="block_weight", field=field)
    return weight
