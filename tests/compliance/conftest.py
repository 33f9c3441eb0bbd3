"""The synthetic list in use, and a party that is on it."""

import pytest

from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list, register_party
from tests.cast import AT

LISTED = "cli_listed"
CLEAN = "cli_clean"


@pytest.fixture
def synthetic(db: None) -> None:
    put_list_into_use()


def put_list_into_use() -> None:
    """The synthetic list is active; one registered party is on it by an alias, one is not."""
    import_list(actor="system:test", source="ofac", path=OFAC_SYNTHETIC, at=AT)
    register_party(
        actor="system:test",
        subject=LISTED,
        names=["W. Irrelevant", "Sheinfal, Valdemar OSTENOVICH"],
        at=AT,
    )
    register_party(actor="system:test", subject=CLEAN, names=["Rita Rein"], at=AT)
