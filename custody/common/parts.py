"""Bytes as short texts for QR codes, read back in any order, twice, or out of one file.

A part reads ``CUSTODY1:<set>:<number>/<count>:<data>:<check>``, only characters of a QR code's
alphanumeric mode (ISO/IEC 18004). ``set`` names the bytes by 80 bits of their hash, ``check`` is the
CRC-32 of everything before it, ``data`` a piece of the deflated bytes in base 32 (RFC 4648, unpadded).
"""

import binascii
import re
import zlib
from base64 import b32decode, b32encode
from collections.abc import Iterable
from dataclasses import dataclass

from custody.common.canonical import tagged_hash
from custody.common.errors import InvalidInputError

MARK = "CUSTODY1"
MAX_PARTS = 9_999
# A code of this many characters is read by any camera at hand's distance.
PART_CHARACTERS = 800
_TAG = "custody/parts/v1"
_PART = re.compile(
    rf"{MARK}:([A-Z2-7]{{16}}):([1-9][0-9]{{0,3}})/([1-9][0-9]{{0,3}}):([A-Z2-7]+):([0-9A-F]{{8}})"
)


class PartError(InvalidInputError):
    """A text is no part, or the parts do not make one whole; ``field`` is the place among them."""

    code = "bad_part"


@dataclass(frozen=True)
class _Part:
    name: str
    number: int
    count: int
    data: str


def split(data: bytes) -> list[str]:
    """The parts of ``data``, in order; raises PartError for more than MAX_PARTS of them."""
    text = b32encode(zlib.compress(data, 9)).decode().rstrip("=")
    pieces = [text[start : start + PART_CHARACTERS] for start in range(0, len(text), PART_CHARACTERS)]
    if len(pieces) > MAX_PARTS:
        raise PartError("too long for parts", code="too_long")
    name = _name(data)
    return [
        _checked(f"{MARK}:{name}:{number}/{len(pieces)}:{piece}")
        for number, piece in enumerate(pieces, start=1)
    ]


def join(texts: Iterable[str], *, limit: int) -> bytes:
    """The bytes of which ``texts`` are the parts; raises PartError.

    Codes: ``bad_part``, ``part_of_another``, ``parts_missing`` (which says their numbers) and
    ``parts_damaged``, also for more than ``limit`` bytes.
    """
    found: dict[int, _Part] = {}
    for index, text in enumerate(texts):
        part = _read(text, index)
        first = next(iter(found.values()), part)
        known = found.setdefault(part.number, part)
        if (part.name, part.count) != (first.name, first.count) or known != part:
            raise PartError("this part is of something else", code="part_of_another", field=f"/{index}")
    if not found:
        raise PartError("there is no part")
    count = next(iter(found.values())).count
    if missing := [str(number) for number in range(1, count + 1) if number not in found]:
        values = {"count": count, "numbers": ", ".join(missing[:50])}
        raise PartError("missing of %(count)s parts: %(numbers)s", code="parts_missing", values=values)
    return _whole([found[number] for number in sorted(found)], limit=limit)


def unpack(data: bytes, *, limit: int) -> bytes:
    """The bytes of a file: as they are, or joined where the file holds parts, one per line."""
    if not data.lstrip().startswith(MARK.encode()):
        return data
    try:
        lines = data.decode("ascii").split()
    except UnicodeDecodeError:
        raise PartError("a part holds other characters") from None
    return join(lines, limit=limit)


def _read(text: str, index: int) -> _Part:
    match = _PART.fullmatch(text)
    if match is None or _checked(text.rpartition(":")[0]) != text:
        raise PartError("this is no part, or a damaged one", field=f"/{index}")
    name, number, count, data, _ = match.groups()
    if int(number) > int(count):
        raise PartError("a part behind the last", field=f"/{index}")
    return _Part(name, int(number), int(count), data)


def _whole(parts: list[_Part], *, limit: int) -> bytes:
    text = "".join(part.data for part in parts)
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(b32decode(text + "=" * (-len(text) % 8)), limit)
    except (binascii.Error, zlib.error):
        raise PartError("the parts make nothing whole", code="parts_damaged") from None
    # ``eof`` is false for what is cut short and for what is longer than the limit.
    if not inflater.eof or inflater.unused_data or _name(data) != parts[0].name:
        raise PartError("the parts make nothing whole", code="parts_damaged")
    return data


def _name(data: bytes) -> str:
    return b32encode(tagged_hash(_TAG, data)[:10]).decode()


def _checked(text: str) -> str:
    return f"{text}:{zlib.crc32(text.encode()):08X}"
