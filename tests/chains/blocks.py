"""Blocks made by hand: a coinbase, some spends, and a header that commits to them."""

from collections.abc import Sequence
from dataclasses import replace

from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.block import BlockProposal, decode_proposal
from custody.chains.bitcoin.block.header import merkle_root
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput, double_sha256
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST

HEIGHT = 300
REWARD = 1_250_000_000  # after two halvings of 150 blocks
TIME = 1_790_000_000
MINER = script_of(MERCHANT_ADDRESS, REGTEST)
RESERVED = bytes(32)

SOURCE = Transaction(
    2,
    (TxInput("55" * 32, 0, b"", 0xFFFFFFFF),),
    tuple(TxOutput(100_000, MINER) for _ in range(6)),
    0,
)


def spend(index: int, *, amount: int = 99_000, source: Transaction = SOURCE) -> Transaction:
    """Spends one output of the source and leaves 1,000 satoshi."""
    inputs = (TxInput(source.txid, index, b"", 0xFFFFFFFF, (b"sig", b"key")),)
    return Transaction(2, inputs, (TxOutput(amount, script_of(BUYER_ADDRESS, REGTEST)),), 0)


def coinbase(*others: Transaction, amount: int = REWARD, script: bytes = b"\x02\x2c\x01\x00") -> Transaction:
    """Pays the miner and commits to the witnesses of the other transactions (BIP141)."""
    return Transaction(
        2,
        (TxInput("00" * 32, 0xFFFFFFFF, script, 0xFFFFFFFF, (RESERVED,)),),
        (TxOutput(amount, MINER), commitment(others)),
        0,
    )


def commitment(others: Sequence[Transaction], *, reserved: bytes = RESERVED) -> TxOutput:
    root = merkle_root([bytes(32), *(double_sha256(item.to_bytes()) for item in others)], field="")
    return TxOutput(0, bytes.fromhex("6a24aa21a9ed") + double_sha256(root + reserved))


def block(*others: Transaction) -> list[Transaction]:
    return [coinbase(*others), *others]


def with_coinbase(transactions: Sequence[Transaction], **changes: object) -> list[Transaction]:
    """The block with fields of its coinbase replaced."""
    return [replace(transactions[0], **changes), *transactions[1:]]  # type: ignore[arg-type]


def header(transactions: Sequence[Transaction], *, version: int = 0x20000000, time: int = TIME) -> bytes:
    """A header over the transactions, even where the list is one that is refused."""
    row = [bytes.fromhex(item.txid)[::-1] for item in transactions]
    while len(row) > 1:
        row += row[-1:] * (len(row) % 2)
        row = [double_sha256(row[at] + row[at + 1]) for at in range(0, len(row), 2)]
    fields = (0x207FFFFF).to_bytes(4, "little") + (7).to_bytes(4, "little")
    return (
        version.to_bytes(4, "little", signed=True)
        + b"\x66" * 32
        + row[0]
        + time.to_bytes(4, "little")
        + fields
    )


def decoded(transactions: Sequence[Transaction], raw_header: bytes | None = None) -> BlockProposal:
    """The proposal as the signer reads it."""
    return decode_proposal(
        header=(header(transactions) if raw_header is None else raw_header).hex(),
        transactions=[item.to_bytes().hex() for item in transactions],
        chain=REGTEST,
    )
