"""How the signer reaches an Azure Key Vault, and what its errors mean in our words."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.identity import ClientSecretCredential
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient

from custody.hsm.backends.settings import Endpoint, FilePath, read_secret
from custody.hsm.token.errors import (
    AccessDeniedError,
    KeyDisabledError,
    KeyUnknownError,
    TokenUnavailableError,
)
from custody.statements.codecs import Flag
from custody.statements.fields import Text
from custody.statements.form import Form

API_VERSION = "7.4"
_PIPELINE = {
    "connection_timeout": 3,
    "read_timeout": 10,
    "retry_total": 2,
    "retry_backoff_factor": 0.2,
    "use_env_settings": False,
}
_HANDLE = re.compile(r"([0-9A-Za-z-]{1,127})/([0-9a-f]{32})")
_DISABLED = {"KeyDisabled", "KeyNotYetValid", "KeyExpired"}


@dataclass(frozen=True, kw_only=True)
class Settings(Form):
    """``hardware``: make keys of type EC-HSM, for premium vaults. ``ca_file``: trust this CA alone."""

    vault: Endpoint
    tenant: Text
    client_id: Text
    client_secret_file: FilePath
    hardware: Annotated[bool, Flag()]
    authority: Endpoint | None = None
    ca_file: FilePath | None = None


class Vault:
    """The SDK's clients of one process."""

    def __init__(self, settings: Settings) -> None:
        # The SDK tells of every request at level INFO.
        logging.getLogger("azure").setLevel(logging.WARNING)
        verify: bool | str = settings.ca_file or True
        credential = ClientSecretCredential(
            settings.tenant,
            settings.client_id,
            read_secret(settings.client_secret_file),
            authority=settings.authority,
            # Asking Microsoft whether an authority is known makes sense for its own only.
            disable_instance_discovery=settings.authority is not None,
            connection_verify=verify,
            **_PIPELINE,
        )
        self.keys = KeyClient(
            settings.vault, credential, api_version=API_VERSION, connection_verify=verify, **_PIPELINE
        )
        self._signers: dict[str, CryptographyClient] = {}

    def signer(self, handle: str) -> CryptographyClient:
        """The client of one key, which reads its public half once."""
        if handle not in self._signers:
            name, version = split(handle)
            self._signers[handle] = self.keys.get_cryptography_client(name, key_version=version)
        return self._signers[handle]


def split(handle: str) -> tuple[str, str]:
    """Name and version; raises KeyUnknownError for text that cannot be a handle."""
    found = _HANDLE.fullmatch(handle)
    if found is None:
        raise KeyUnknownError("a handle in a vault is name/version")
    return found[1], found[2]


@contextmanager
def translated(operation: str) -> Iterator[None]:
    try:
        yield
    except ClientAuthenticationError as error:
        text = f"vault {operation}: {type(error).__name__}"
        if error.__cause__ is not None:  # the SDK wraps so that the identity service was not reached
            raise TokenUnavailableError(text) from None
        raise AccessDeniedError(text, code="credentials_refused") from None
    except HttpResponseError as error:
        raise _error(operation, error) from None
    except AzureError as error:
        raise TokenUnavailableError(f"vault {operation}: {type(error).__name__}") from None


def _error(operation: str, error: HttpResponseError) -> Exception:
    inner = _inner_code(error)
    text = f"vault {operation}: {error.status_code} {inner}".strip()
    if inner in _DISABLED:
        return KeyDisabledError(text)
    if error.status_code == 404:
        return KeyUnknownError(text)
    return AccessDeniedError(text) if error.status_code == 403 else TokenUnavailableError(text)


def _inner_code(error: HttpResponseError) -> str:
    """The most exact code of the vault's error object, ``error.innererror.code`` where there is one."""
    try:
        body: Any = error.response.json()["error"]  # type: ignore[union-attr]  # no response: AttributeError
        return str((body.get("innererror") or body)["code"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
