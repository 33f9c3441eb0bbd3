"""Which back-ends an installation has: one JSON file, named in the environment, without secrets.

``{"cold": {"backend": "pkcs11", "settings": {"module": …, "label": …, "pin_file": …}}}`` names a
back-end ``cold``. What is secret stands in files that the settings name, read when it is needed.
With ``"cold": true`` it is closed by default: the signer uses it in sessions of its custodians alone.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from custody import env
from custody.common.errors import InvalidInputError
from custody.hsm.token.errors import TokenPinError
from custody.statements.codecs import Pattern, under
from custody.statements.fields import Object
from custody.statements.form import Form

VARIABLE = "CUSTODY_KEY_BACKENDS_FILE"
Name = Annotated[str, Pattern("a name of small letters, digits, - and _", r"[a-z][a-z0-9_-]{0,31}")]
Endpoint = Annotated[
    str,
    Pattern(
        "an https address, or plain http on this machine", r"https://[^/\s]+/?|http://127\.0\.0\.1:[0-9]+"
    ),
]
FilePath = Annotated[str, Pattern("an absolute path", r"/.{1,4095}")]


@dataclass(frozen=True, kw_only=True)
class Configured(Form):
    """One entry of the file; ``cold``: closed but for sessions."""

    backend: Name
    settings: Object
    cold: bool | None = None


def configured(file: Path | None = None) -> dict[str, Configured]:
    """Read ``file``, else the one of the environment; empty when there is none.

    Raises InvalidInputError naming the place at fault.
    """
    if file is None:
        if not env.text(VARIABLE, ""):
            return {}
        file = env.path(VARIABLE)
    try:
        entries: Any = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"the key back-ends' file is not readable JSON ({type(error).__name__})",
            code="bad_backend_settings",
        ) from None
    if not isinstance(entries, dict):
        raise InvalidInputError("the key back-ends' file is no JSON object", code="bad_backend_settings")
    return {name: _entry(name, entry) for name, entry in entries.items()}


def read_secret(path: str) -> str:
    """The content of a secret's file; raises TokenPinError, which names the file and nothing more."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        raise TokenPinError(f"{path} cannot be read", code="token_pin_missing") from None


def _entry(name: str, entry: object) -> Configured:
    with under(f"/{name}"):
        Pattern("a name", r"[a-z][a-z0-9_-]{0,31}").read(name, "")
        return Configured.read(entry)
