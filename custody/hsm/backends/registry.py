"""The back-ends there are: one file and one line each. Loaded by name, when one is opened."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from custody.common.errors import InvalidInputError
from custody.hsm.backends.interface import KeyBackend
from custody.hsm.backends.settings import configured
from custody.hsm.token.session import TokenSession
from custody.statements.codecs import under

DEFAULT = "pkcs11"
"""Name of the signer's own token; keys of the catalogue that name no back-end are there."""

BACKENDS = {
    "pkcs11": "custody.hsm.backends.pkcs11",
    "aws_kms": "custody.hsm.backends.aws_kms",
    "azure_key_vault": "custody.hsm.backends.azure_key_vault",
}


def configured_names() -> frozenset[str]:
    """Names that the installation's file gives to back-ends; raises InvalidInputError."""
    return frozenset(configured())


def cold_names() -> frozenset[str]:
    """Names of the back-ends that are closed but for sessions.

    Raises InvalidInputError, also when the signer's own token is among them: it seals and attests by itself.
    """
    names = frozenset(name for name, entry in configured().items() if entry.cold)
    if DEFAULT in names:
        raise InvalidInputError(
            "the signer's own token cannot be cold", code="bad_backend_settings", field=f"/{DEFAULT}/cold"
        )
    return names


def open_backend(name: str, *, kind: str, settings: Mapping[str, Any]) -> KeyBackend:
    """Build the back-end ``kind`` under a name; nothing is connected yet.

    Raises InvalidInputError for an unknown kind, and for settings it cannot read (with their place).
    """
    if kind not in BACKENDS:
        known = ", ".join(sorted(BACKENDS))
        raise InvalidInputError(f"no key back-end {kind}; known: {known}", code="unknown_backend")
    with under("/settings"):
        backend: KeyBackend = import_module(BACKENDS[kind]).from_settings(name, settings)
    return backend


def open_own(token: TokenSession) -> KeyBackend:
    """The signer's own token: as the file names it, else SoftHSM2's profile on ``token``."""
    if DEFAULT in configured():
        return open_configured(DEFAULT)
    own: KeyBackend = import_module(BACKENDS[DEFAULT]).on_token(DEFAULT, token)
    return own


def open_configured(name: str, *, file: Path | None = None) -> KeyBackend:
    """Open a back-end that ``file``, else the installation's file, names; raises InvalidInputError."""
    entries = configured(file)
    if name not in entries:
        raise InvalidInputError(f"no key back-end is configured as {name}", code="unknown_backend")
    entry = entries[name]
    with under(f"/{name}"):
        return open_backend(name, kind=entry.backend, settings=entry.settings)
