"""The 80 bytes of a block header, and the merkle root they commit to."""

from collections.abc import Sequence
from dataclasses import dataclass

from custody.chains.bitcoin.reader import MalformedError, Reader
from custody.chains.bitcoin.transaction import double_sha256

HEADER_SIZE = 80


@dataclass(frozen=True, slots=True)
class Header:
    """Header fields; ``parent`` and ``merkle_root`` in hex as shown, ``time`` in seconds, ``version`` signed.

    ``digest`` is the double SHA-256 of the 80 bytes, ``hash`` the same as it is shown.
    """

    version: int
    parent: str
    merkle_root: str
    time: int
    bits: int
    nonce: int
    digest: bytes

    @property
    def hash(self) -> str:
        return self.digest[::-1].hex()


def parse_header(data: bytes, *, field: str) -> Header:
    """Parse exactly 80 bytes; raises MalformedError for any other length."""
    reader = Reader(data, field=field)
    version = int.from_bytes(reader.take(4), "little", signed=True)
    parent, root = reader.take(32)[::-1].hex(), reader.take(32)[::-1].hex()
    header = Header(
        version, parent, root, reader.uint32(), reader.uint32(), reader.uint32(), double_sha256(data)
    )
    reader.finish()
    return header


def merkle_root(hashes: Sequence[bytes], *, field: str) -> bytes:
    """Root over hashes in their byte order; raises MalformedError for none and for a repeated pair.

    The last hash of an odd row is counted twice, so that a list which really ends in a repetition has
    the same root: two lists for one header (CVE-2012-2459).
    """
    row = list(hashes)
    if not row:
        raise MalformedError("block has no transaction", field=field)
    while len(row) > 1:
        if any(row[at] == row[at + 1] for at in range(0, len(row) - 1, 2)):
            raise MalformedError("transactions repeat", code="block_repeated_transactions", field=field)
        if len(row) % 2:
            row.append(row[-1])
        row = [double_sha256(row[at] + row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
