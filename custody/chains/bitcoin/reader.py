"""Reads Bitcoin's wire format strictly: nothing missing, nothing left over, one spelling of numbers."""

import struct

from custody.common.errors import InvalidInputError


class MalformedError(InvalidInputError):
    """The bytes are not what the wire format asks for."""

    code = "malformed"


class Reader:
    """A cursor over bytes; every method raises MalformedError instead of reading past the end."""

    __slots__ = ("data", "field", "position")

    def __init__(self, data: bytes, *, field: str) -> None:
        self.data = data
        self.field = field
        self.position = 0

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        end = self.position + size
        if end > len(self.data):
            raise MalformedError("data ends too early", field=self.field)
        chunk = self.data[self.position : end]
        self.position = end
        return chunk

    def uint32(self) -> int:
        """Read a little-endian 32-bit number."""
        return int(struct.unpack("<I", self.take(4))[0])

    def uint64(self) -> int:
        """Read a little-endian 64-bit number."""
        return int(struct.unpack("<Q", self.take(8))[0])

    def compact(self) -> int:
        """Read a compact size; a longer spelling than needed is refused, as nodes do."""
        first = self.take(1)[0]
        if first < 0xFD:
            return first
        width = {0xFD: 2, 0xFE: 4, 0xFF: 8}[first]
        value = int.from_bytes(self.take(width), "little")
        if value < {2: 0xFD, 4: 0x1_0000, 8: 0x1_0000_0000}[width]:
            raise MalformedError("number is not in its shortest form", field=self.field)
        return value

    def text(self) -> bytes:
        """Read a length and that many bytes."""
        return self.take(self.compact())

    def at_end(self) -> bool:
        return self.position == len(self.data)

    def finish(self) -> None:
        """Refuse bytes that are left over."""
        if not self.at_end():
            raise MalformedError("bytes are left over", field=self.field)


def write_compact(value: int) -> bytes:
    """Write a compact size in its shortest form."""
    if value < 0xFD:
        return bytes([value])
    for marker, width in ((0xFD, 2), (0xFE, 4), (0xFF, 8)):
        if value < 1 << (8 * width):
            return bytes([marker]) + value.to_bytes(width, "little")
    raise ValueError("number is too large")


def write_text(data: bytes) -> bytes:
    """Write a length and the bytes."""
    return write_compact(len(data)) + data
