"""What a block may do: its time, and what it pays out of subsidy and proved fees, to whom."""

from collections.abc import Collection, Sequence

from custody.chains.bitcoin.block.proposal import POINTER, BlockProposal, from_hex
from custody.chains.bitcoin.transaction import MAX_MONEY, Transaction, parse_transaction
from custody.common.errors import InvalidInputError

FIRST_SUBSIDY = 50 * 100_000_000
LAST_HALVING = 64


def subsidy(height: int, *, halving_interval: int) -> int:
    """New satoshi of a block: 50 coins, halved every ``halving_interval`` blocks."""
    halvings = height // halving_interval
    return FIRST_SUBSIDY >> halvings if halvings < LAST_HALVING else 0


def total_fees(block: BlockProposal, *, previous: Sequence[str], field: str = POINTER) -> int:
    """Satoshi that all transactions leave over, every input proved by a full previous transaction.

    ``previous`` are transactions outside the block, in lower-case hex; outputs of the block itself
    count from the transaction on that makes them. Raises InvalidInputError ``block_previous_missing``
    for an input that nothing proves, ``block_fee_negative`` for a transaction that pays more than it
    spends.
    """
    inside = {item.txid for item in block.transactions}
    amounts: dict[str, int] = {}
    for index, raw in enumerate(previous):
        place = f"{field}/previous/{index}"
        found = parse_transaction(from_hex(raw, field=place), field=place)
        if found.txid not in inside:
            amounts |= _amounts(found)
    amounts |= _amounts(block.transactions[0])
    fees = 0
    for index, item in enumerate(block.transactions[1:], start=1):
        fees += _fee(item, amounts, field=f"{field}/transactions/{index}")
        amounts |= _amounts(item)
    return fees


def check_time(block: BlockProposal, *, earliest: int, latest: int, field: str = POINTER) -> None:
    """Raise InvalidInputError ``block_time`` outside of the window, in Unix seconds, both ends allowed."""
    if not earliest <= block.header.time <= latest:
        raise InvalidInputError("time is outside of the window", code="block_time", field=f"{field}/header")


def check_reward(block: BlockProposal, *, fees: int, halving_interval: int, field: str = POINTER) -> int:
    """Return the satoshi that the coinbase leaves unclaimed.

    ``fees`` is what total_fees proved. Raises InvalidInputError ``block_reward`` when more is claimed
    than subsidy and fees.
    """
    unclaimed = subsidy(block.height, halving_interval=halving_interval) + fees - block.claimed
    if unclaimed < 0:
        place = f"{field}/transactions/0/outputs"
        raise InvalidInputError("claims more than subsidy and fees", code="block_reward", field=place)
    return unclaimed


def check_payees(block: BlockProposal, *, allowed: Collection[str], field: str = POINTER) -> None:
    """Raise InvalidInputError ``block_foreign_payee`` for a coinbase output to no allowed address."""
    for item in block.payees:
        if item.address not in allowed:
            place = f"{field}/transactions/0/outputs/{item.output}"
            raise InvalidInputError("pays an address not pinned", code="block_foreign_payee", field=place)


def _amounts(transaction: Transaction) -> dict[str, int]:
    txid = transaction.txid
    return {f"{txid}:{index}": item.amount for index, item in enumerate(transaction.outputs)}


def _fee(transaction: Transaction, amounts: dict[str, int], *, field: str) -> int:
    spent = 0
    for index, item in enumerate(transaction.inputs):
        if item.outpoint not in amounts:
            place = f"{field}/inputs/{index}"
            raise InvalidInputError("nothing proves its amount", code="block_previous_missing", field=place)
        spent += amounts[item.outpoint]
    fee = spent - sum(item.amount for item in transaction.outputs)
    if fee < 0 or spent > MAX_MONEY:
        raise InvalidInputError("outputs exceed inputs", code="block_fee_negative", field=f"{field}/outputs")
    return fee
