"""One token and one genesis per test worker; each test works on a copy of the store."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store.router import ALIAS
from tests.signer.accounts import Accounts
from tests.signer.bench import Bench, Hands, store_database
from tests.signer.tokens import make_token, session_on

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
