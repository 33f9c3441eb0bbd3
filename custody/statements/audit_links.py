"""Hashes of the audit record (formats section 8), shared by the linker and the signer.

Positions of a stream start at 1; the link before the first is 32 zero bytes.
"""

from custody.common.canonical import tagged_hash

ENTRY_FORMAT = "custody/audit-entry/v1"
LINK_FORMAT = "custody/audit-link/v1"
FIRST_PREVIOUS = "00" * 32


def entry_hash(body: bytes) -> str:
    """Hash of the canonical bytes of one entry, 64 hex digits."""
    return tagged_hash(ENTRY_FORMAT, body).hex()


def link_hash(*, stream: str, position: int, entry: str, previous: str) -> str:
    """``th(stream, 0x00, u64be(position), entry, previous link)``, 64 hex digits."""
    data = stream.encode() + b"\x00" + position.to_bytes(8, "big")
    return tagged_hash(LINK_FORMAT, data + bytes.fromhex(entry) + bytes.fromhex(previous)).hex()
