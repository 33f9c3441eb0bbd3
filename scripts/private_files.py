"""Files for their owner alone: directories 0700, files 0600.

Looser rights are refused, because somebody else may have read or changed what lies there.
"""

import os
from pathlib import Path

from custody.common.errors import RefusedError

OTHERS = 0o077


def make_private_directory(path: Path) -> None:
    """Make the directory, or take it when it is its owner's alone; raises RefusedError otherwise."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_rights(path)


def check_rights(path: Path) -> None:
    """Raise RefusedError when somebody else may read, write or owns ``path``; OSError when it is missing."""
    state = path.stat()
    if state.st_uid != os.getuid() or state.st_mode & OTHERS:
        raise RefusedError(f"{path.name} must belong to you alone", code="open_to_others", field="dir")


def write_once(path: Path, data: bytes, *, code: str, field: str = "dir") -> None:
    """Create a file for the owner; the same content again is no change, another is refused with ``code``.

    ``field`` is the option that named the file.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.read_bytes() == data:
            return
        raise RefusedError(f"{path.name} exists already", code=code, field=field) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
