"""Officers with a directory of their own."""

import shutil
from pathlib import Path

import pytest

from tests.approve.world import Officer


@pytest.fixture(scope="session")
def enrolled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with key, installation, policy and attest key, made once: stretching takes its time."""
    return Officer(tmp_path_factory.mktemp("enrolled")).enrolled().home


@pytest.fixture
def newcomer(tmp_path: Path) -> Officer:
    """Nothing made yet."""
    return Officer(tmp_path)


@pytest.fixture
def officer(newcomer: Officer, enrolled_home: Path) -> Officer:
    """Enrolled: key, installation, policy and attest key are pinned."""
    shutil.copytree(enrolled_home, newcomer.home)
    return newcomer
