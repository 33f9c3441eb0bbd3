"""Without a list nothing is clear: screening refuses."""

import pytest

from custody.common.errors import RefusedError
from custody.compliance import matching
from custody.compliance.lists import SOURCES
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list, register_party, screen_address, screen_party
from tests.cast import AT
from tests.compliance.conftest import CLEAN

pytestmark = pytest.mark.django_db


def test_a_party_cannot_be_screened_without_a_list() -> None:
    register_party(actor="system:test", subject=CLEAN, names=["Rita Rein"], at=AT)
    with pytest.raises(RefusedError) as error:
        screen_party(actor="system:test", subject=CLEAN, purpose="ONBOARDING", at=AT)
    assert error.value.code == "no_sanctions_list"


def test_an_address_cannot_be_screened_without_a_list() -> None:
    with pytest.raises(RefusedError) as error:
        screen_address(
            actor="system:test", subject=CLEAN, chain="BTC", address="1abc", purpose="RELEASE", at=AT
        )
    assert error.value.code == "no_sanctions_list"


def test_every_known_source_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    import_list(actor="system:test", source="ofac", path=OFAC_SYNTHETIC, at=AT)
    register_party(actor="system:test", subject=CLEAN, names=["Rita Rein"], at=AT)
    monkeypatch.setattr(matching, "SOURCES", {**SOURCES, "eu": SOURCES["ofac"]})
    with pytest.raises(RefusedError, match="no list of eu") as error:
        screen_party(actor="system:test", subject=CLEAN, purpose="ONBOARDING", at=AT)
    assert error.value.code == "no_sanctions_list"
