"""Opens list files, plain or bzip2, and measures what is read: SHA-256 of the XML, length.

The hash is taken over the unpacked bytes, so it equals the publisher's checksum either way. The
length is limited, because a small compressed file may unpack without end.
"""

import bz2
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from custody.compliance.lists.base import BrokenListError, Readable

MAX_BYTES = 1024**3
_BZIP2 = b"BZh"


class MeasuredStream:
    """A readable stream that hashes what passes through; raises BrokenListError instead of OSError."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self._length = 0

    @property
    def sha256(self) -> str:
        """Hash of everything read so far, 64 hexadecimal digits."""
        return self._hash.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        try:
            data = self._source.read(size)
        except EOFError:
            raise BrokenListError("compressed file is truncated") from None
        except OSError:
            raise BrokenListError("compressed file is broken") from None
        self._hash.update(data)
        self._length += len(data)
        if self._length > MAX_BYTES:
            raise BrokenListError(f"list is longer than {MAX_BYTES} bytes")
        return data

    def drain(self) -> None:
        """Read to the end, so that the hash covers the whole file."""
        while self.read(1024 * 1024):
            pass


@contextmanager
def open_list(path: Path) -> Iterator[MeasuredStream]:
    """Open a list file for reading; raises BrokenListError when it is missing or unreadable."""
    try:
        with path.open("rb") as file:
            packed = file.peek(len(_BZIP2))[: len(_BZIP2)] == _BZIP2
            yield MeasuredStream(bz2.BZ2File(file) if packed else file)
    except OSError as error:
        raise BrokenListError(f"file cannot be read: {error.strerror}") from None
