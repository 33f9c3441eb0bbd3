"""Raw blocks as a node serves them, checked against the proof the header carries.

Signatures are not verified here; the node did. The merkle root is, so that a truncated or
altered answer of a node is noticed.
"""

from dataclasses import dataclass

from custody.chains.bitcoin.block.header import HEADER_SIZE, Header, merkle_root, parse_header
from custody.chains.bitcoin.reader import MalformedError, Reader
from custody.chains.bitcoin.transaction import Transaction, read_transaction


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its hash and its parent's (hex as shown), time in seconds and its transactions."""

    hash: str
    parent: str
    time: int
    transactions: tuple[Transaction, ...]


def parse_block(data: bytes) -> Block:
    """Parse a raw block; raises MalformedError when bytes or merkle root do not fit."""
    reader = Reader(data, field="block")
    header = parse_header(reader.take(HEADER_SIZE), field="block/header")
    transactions = tuple(read_transaction(reader) for _ in range(reader.compact()))
    reader.finish()
    check_merkle_root(header, transactions, field="block")
    return Block(header.hash, header.parent, header.time, transactions)


def check_merkle_root(header: Header, transactions: tuple[Transaction, ...], *, field: str) -> None:
    """Raise MalformedError ``block_merkle_root`` unless the header commits to exactly these transactions."""
    hashes = [bytes.fromhex(item.txid)[::-1] for item in transactions]
    if merkle_root(hashes, field=f"{field}/transactions")[::-1].hex() != header.merkle_root:
        raise MalformedError(
            "merkle root does not fit the transactions", code="block_merkle_root", field=f"{field}/header"
        )
