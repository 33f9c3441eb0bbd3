"""Raw blocks: header fields and transactions, checked against the proof the header carries.

Signatures are not verified here; the node did. The merkle root is, so that a truncated or
altered answer of a node is noticed.
"""

from dataclasses import dataclass

from custody.chains.bitcoin.reader import MalformedError, Reader
from custody.chains.bitcoin.transaction import Transaction, double_sha256, read_transaction

HEADER_SIZE = 80


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
    header = Reader(reader.take(HEADER_SIZE), field="block/header")
    header.take(4)
    parent, root = header.take(32), header.take(32)
    time = header.uint32()
    transactions = tuple(read_transaction(reader) for _ in range(reader.compact()))
    reader.finish()
    if _merkle_root([bytes.fromhex(item.txid)[::-1] for item in transactions]) != root:
        raise MalformedError("merkle root does not fit the transactions", field="block/header")
    block_hash = double_sha256(data[:HEADER_SIZE])
    return Block(block_hash[::-1].hex(), parent[::-1].hex(), time, transactions)


def _merkle_root(hashes: list[bytes]) -> bytes:
    if not hashes:
        raise MalformedError("block has no transaction", field="block")
    while len(hashes) > 1:
        if len(hashes) % 2:
            hashes.append(hashes[-1])
        hashes = [double_sha256(hashes[i] + hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]
