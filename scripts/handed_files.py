"""Files between a caller and a command that runs as another system user in another directory.

Inputs named on the command line are copied to where that user can read them; what ``--output`` and
``--session`` name is written there and brought back with the caller's own rights. Started as one user this
only keeps relative paths what the caller meant.
"""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from scripts.embedded.users import make_directory, own

OUTPUT_OPTIONS = frozenset({"--output", "--session"})


class HandedFiles:
    """A directory of ``user`` for one command; use as a context manager."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._targets: dict[Path, Path] = {}
        # What the command sees → what the caller typed.
        self._typed: dict[str, str] = {}

    def __enter__(self) -> "HandedFiles":
        self._directory = Path(tempfile.mkdtemp(prefix="custody-files-"))
        own(self._directory, self._user, 0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)

    def hand_over(self, arguments: list[str]) -> list[str]:
        """Return the arguments with the paths the command will see."""
        handed, option = [], ""
        for argument in arguments:
            name, equals, value = argument.partition("=")
            if argument.startswith("--") and equals:
                handed.append(f"{name}={self._path(value, option=name)}")
            else:
                handed.append(argument if argument.startswith("--") else self._path(argument, option=option))
            option = argument if argument.startswith("--") else ""
        return handed

    @property
    def were_handed(self) -> bool:
        """True when the command sees other paths than the caller."""
        return bool(self._typed or self._targets)

    def bring_back(self) -> None:
        """Copy everything that was written for an output beside its target."""
        for folder, target in self._targets.items():
            for made in sorted(folder.iterdir()):
                shutil.copyfile(made, target.parent / made.name)

    def in_words_of_the_caller(self, text: str) -> str:
        """``text`` with the caller's paths in place of ours."""
        for seen, typed in self._typed.items():
            text = text.replace(seen, typed)
        for folder, target in self._targets.items():
            text = text.replace(str(folder), str(target.parent))
        return text

    def _path(self, value: str, *, option: str) -> str:
        path = Path(value)
        if option in OUTPUT_OPTIONS:
            folder = self._folder()
            self._targets[folder] = path.absolute()
            return str(folder / path.name)
        if value and path.is_file():
            copy = self._folder() / path.name
            shutil.copyfile(path, copy)
            self._typed[str(copy)] = value
            return str(own(copy, self._user, 0o400))
        return value

    def _folder(self) -> Path:
        number = sum(1 for _ in self._directory.iterdir())
        return make_directory(self._directory / str(number), self._user, 0o700)
