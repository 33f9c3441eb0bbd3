"""How the signer reaches AWS KMS, and what its errors mean in our words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import session as botocore_session
from botocore.config import Config
from botocore.credentials import SharedCredentialProvider
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from custody.hsm.backends.settings import Endpoint, FilePath
from custody.hsm.token.errors import (
    AccessDeniedError,
    KeyDisabledError,
    KeyUnknownError,
    TokenPinError,
    TokenUnavailableError,
)
from custody.statements.fields import Text
from custody.statements.form import Form

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 10, 3
# Codes of the KMS API reference; what is not named here is treated as unavailable.
_UNKNOWN = {"InvalidArnException", "InvalidKeyUsageException", "NotFoundException"}
_DISABLED = {"DisabledException", "KMSInvalidStateException"}
_DENIED = {"AccessDeniedException", "NotAuthorized"}
_STRANGER = {
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "UnrecognizedClientException",
}


@dataclass(frozen=True, kw_only=True)
class Settings(Form):
    """``credentials_file``: in the form of AWS's shared credentials; without it the host's role counts."""

    region: Text
    endpoint: Endpoint | None = None
    credentials_file: FilePath | None = None
    profile: Text | None = None


def connect(settings: Settings) -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    # The SDK tells at level INFO where it found credentials.
    logging.getLogger("botocore").setLevel(logging.WARNING)
    return _session(settings).client(
        "kms",
        endpoint_url=settings.endpoint,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        ),
    )


def _session(settings: Settings) -> boto3.Session:
    """Secrets come from the named file or from the host's role, never from environment variables."""
    if settings.credentials_file is None:
        bare = botocore_session.Session()
        bare.get_component("credential_provider").remove("env")
        return boto3.Session(botocore_session=bare, region_name=settings.region)
    found = SharedCredentialProvider(settings.credentials_file, settings.profile or "default").load()
    if found is None:
        raise TokenPinError(
            f"{settings.credentials_file} holds no credentials of this profile", code="token_pin_missing"
        )
    return boto3.Session(
        aws_access_key_id=found.access_key,
        aws_secret_access_key=found.secret_key,
        aws_session_token=found.token,
        region_name=settings.region,
    )


@contextmanager
def translated(operation: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _error(operation, str(error.response.get("Error", {}).get("Code", ""))) from None
    except NoCredentialsError:
        raise TokenPinError("this host has no role in AWS", code="token_pin_missing") from None
    except BotoCoreError as error:
        raise TokenUnavailableError(f"KMS {operation}: {type(error).__name__}") from None


def _error(operation: str, code: str) -> Exception:
    text = f"KMS {operation}: {code}"
    if code in _UNKNOWN:
        return KeyUnknownError(text)
    if code in _DISABLED:
        return KeyDisabledError(text)
    if code in _STRANGER:
        return AccessDeniedError(text, code="credentials_refused")
    return AccessDeniedError(text) if code in _DENIED else TokenUnavailableError(text)
