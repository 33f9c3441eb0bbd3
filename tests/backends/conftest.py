"""One token, one KMS and one vault per test worker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.backends.tokens import SoftToken, make_soft_token
from tests.harness.azure import LocalVault, local_vault
from tests.harness.kms import kms_server


@pytest.fixture(scope="session")
def soft_token(tmp_path_factory: pytest.TempPathFactory) -> SoftToken:
    return make_soft_token(tmp_path_factory.mktemp("soft-token"), "backends")


@pytest.fixture
def beside_token(soft_token: SoftToken, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    """The token, for back-ends in this process."""
    monkeypatch.setenv("SOFTHSM2_CONF", str(soft_token.configuration))
    return soft_token


@pytest.fixture(scope="session")
def kms_address() -> Iterator[str]:
    with kms_server() as address:
        yield address


@pytest.fixture
def kms_settings(kms_address: str, tmp_path: Path) -> dict[str, Any]:
    credentials = tmp_path / "aws-credentials"
    credentials.write_text("[default]\naws_access_key_id = AKIATESTS\naws_secret_access_key = none\n")
    return {"region": "eu-central-1", "endpoint": kms_address, "credentials_file": str(credentials)}


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalVault]:
    with local_vault(tmp_path_factory.mktemp("vault")) as vault:
        yield vault


@pytest.fixture
def vault_settings(vault: LocalVault, tmp_path: Path) -> dict[str, Any]:
    vault.failures.clear()
    return vault.settings(tmp_path)


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the installation's file of back-ends."""

    def write(**entries: dict[str, Any]) -> Path:
        file = tmp_path / "key-backends.json"
        file.write_text(json.dumps(entries))
        monkeypatch.setenv("CUSTODY_KEY_BACKENDS_FILE", str(file))
        return file

    return write
