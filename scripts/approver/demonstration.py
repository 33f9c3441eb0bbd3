"""Where the people of the demonstration world keep their directories (scripts.embedded.genesis)."""

from pathlib import Path

from custody.common.errors import NotFoundError
from scripts.embedded.genesis import PEOPLE, home_path, passphrase_path
from scripts.embedded.layout import Layout
from scripts.installation import STATE


def home_of(name: str) -> tuple[Path, Path]:
    """Directory and passphrase file of a person; raises NotFoundError for a name that is none."""
    if name not in PEOPLE or not STATE.exists():
        raise _unknown()
    home = home_path(Layout.create(STATE), name)
    if not home.exists():
        raise _unknown()
    return home, passphrase_path(home)


def _unknown() -> NotFoundError:
    return NotFoundError(
        "nobody of that name in the demonstration world", code="no_demonstration", field="--as"
    )
