"""Two parties with their own directories, and a deal between them."""

from pathlib import Path

import pytest

from tests.party.world import PartyWorld


@pytest.fixture
def world(tmp_path: Path) -> PartyWorld:
    """Buyer and merchant initialised; terms written to a file, nothing signed yet."""
    return PartyWorld(tmp_path)
