"""Where a PIN comes from: a file named in the environment, read when a session opens."""

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
