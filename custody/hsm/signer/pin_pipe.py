"""Hands a PIN from the console to the running signer: a named pipe, so that no byte of it meets a disk.

It lies in the signer's own directory of orders (mode 0700). The console holds it open until the order
is taken in; when the console ends, what nobody has read is gone.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_PIN_BYTES = 256  # far below what a pipe takes at once


class PinPipe:
    """One pipe for one order."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def offering(self, pin: str) -> Iterator[None]:
        """Let the signer read ``pin`` inside the block; raises OSError where the pipe cannot be made."""
        os.mkfifo(self._path, 0o600)
        # Open for reading as well: neither opening nor writing waits for the signer.
        pipe = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
        try:
            os.write(pipe, pin.encode())
            yield
        finally:
            os.close(pipe)
            self.remove()

    def read(self) -> str | None:
        """Return the PIN that is offered, None when there is none."""
        try:
            pipe = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            is_pipe = stat.S_ISFIFO(os.fstat(pipe).st_mode)
            return os.read(pipe, MAX_PIN_BYTES).decode(errors="replace") or None if is_pipe else None
        except BlockingIOError:
            return None
        finally:
            os.close(pipe)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
