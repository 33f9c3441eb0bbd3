"""The signer under test: one token and one genesis per test worker; each test works on a copy of the store.

A plugin of all tests: a second instance of its fixtures would be a second token of the same name.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store.router import ALIAS
from custody.hsm.token import wrapped
from scripts.embedded.softhsm import MODULE
from tests.signer.accounts import Accounts
from tests.signer.bench import Bench, Hands, store_database
from tests.signer.tokens import PIN, SO_PIN, make_token, session_on

LABEL = "signer-tests"


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> SigningToken:
    """A real SoftHSM token with the keys of the tests' genesis."""
    make_token(tmp_path_factory.mktemp("token"), LABEL)
    return SigningToken(session_on(LABEL))


@pytest.fixture(scope="session")
def after_genesis(
    token: SigningToken, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Path:
    """A closed store right after genesis."""
    directory = tmp_path_factory.mktemp("after-genesis")
    (directory / "public").mkdir()
    with django_db_blocker.unblock(), store_database(directory):
        call_command("migrate", ALIAS, database=ALIAS, verbosity=0, skip_checks=True)
        bench = Bench(directory, token)
        bench.run_genesis()
        bench.close()
    return directory


@pytest.fixture(scope="session")
def wrapping_key(token: SigningToken) -> str:
    """CKA_ID of a trusted wrapping key on the token."""
    identifier = b"wrapping".hex()
    wrapped.make_wrapping_key(module=MODULE, label=LABEL, so_pin=SO_PIN, identifier=bytes.fromhex(identifier))
    return identifier


@pytest.fixture
def wrapping(bench: Bench, wrapping_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A signer whose installation names the wrapping key of its token."""
    pin, file = tmp_path / "pin", tmp_path / "key-backends.json"
    pin.write_text(PIN)
    settings = {
        "module": MODULE,
        "label": LABEL,
        "pin_file": str(pin),
        "profile": "softhsm2",
        "wrapping_key": wrapping_key,
    }
    file.write_text(json.dumps({"pkcs11": {"backend": "pkcs11", "settings": settings}}))
    monkeypatch.setenv("CUSTODY_KEY_BACKENDS_FILE", str(file))
    bench.token = SigningToken(bench.token.session)
    return bench


@pytest.fixture
def store_directory(
    after_genesis: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Path]:
    """A copy of the store right after genesis, behind Django's alias."""
    directory = tmp_path / "signer"
    shutil.copytree(after_genesis, directory)
    with django_db_blocker.unblock(), store_database(directory):
        yield directory


@pytest.fixture
def bench(store_directory: Path, token: SigningToken) -> Iterator[Bench]:
    bench = Bench(store_directory, token)
    yield bench
    bench.close()


@pytest.fixture(scope="session")
def furnished(
    after_genesis: Path,
    token: SigningToken,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> tuple[Path, Hands]:
    """A closed store whose officers have set up accounts on an EVM chain, and its time."""
    directory = tmp_path_factory.mktemp("furnished") / "signer"
    shutil.copytree(after_genesis, directory)
    with django_db_blocker.unblock(), store_database(directory):
        bench = Bench(directory, token)
        Accounts(bench)
        bench.close()
    return directory, bench.hands


@pytest.fixture
def accounts(
    furnished: tuple[Path, Hands], token: SigningToken, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Accounts]:
    """A house with accounts on an EVM chain, on a store of its own."""
    template, hands = furnished
    directory = tmp_path / "signer"
    shutil.copytree(template, directory)
    with django_db_blocker.unblock(), store_database(directory):
        bench = Bench(directory, token, replace(hands))
        yield Accounts(bench)
        bench.close()
