"""Where the people of the demonstration world keep their directories (scripts.embedded.genesis)."""

from pathlib import Path

from custody.common.errors import NotFoundError
from scripts.embedded.genesis import PEOPLE, home_path, passphrase_path
from scripts.embedded.layout import Layout
from scripts.installation import STATE


def home_of(name: str) -> tuple[Path, Path]:
    """Directory and passphrase file of a person; raises NotFoundError for a name that is none."""
    if name not in PEOPLE:
        raise NotFoundError(
            "nobody of that name in the demonstration world; there are: %(names)s",
            code="no_demonstration",
            field="--as",
            values={"names": ", ".join(sorted(PEOPLE))},
        )
    home = home_path(Layout.create(STATE), name) if STATE.exists() else None
    if home is None or not home.exists():
        raise NotFoundError(
            "there is no demonstration world yet; make run makes it", code="no_world", field="--as"
        )
    return home, passphrase_path(home)
