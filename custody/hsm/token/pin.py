"""Where a PIN comes from: a file named in the environment, read when a session opens, or a person."""

from collections.abc import Callable

from custody import env
from custody.hsm.token.errors import TokenPinError


def pin_from_file(variable: str) -> Callable[[], str]:
    """Return a reader of the file that the environment variable names; nothing is kept.

    The reader raises TokenPinError when there is no such file.
    """

    def read() -> str:
        try:
            return env.path(variable).read_text(encoding="utf-8").strip()
        except (OSError, env.EnvironmentValueError):
            raise TokenPinError(f"{variable} names no readable file", code="token_pin_missing") from None

    return read


class TypedPin:
    """A PIN that a person typed, in memory, for as long as its back-end is in use.

    Python cannot wipe the text; it is gone from this process when nothing refers to it any more.
    """

    def __init__(self) -> None:
        self._pin: str | None = None

    def keep(self, pin: str | None) -> None:
        """Take the PIN; None forgets it."""
        self._pin = pin

    def read(self) -> str:
        """Return it; raises TokenPinError while there is none."""
        if self._pin is None:
            raise TokenPinError("the PIN is typed at the console", code="token_pin_missing")
        return self._pin
