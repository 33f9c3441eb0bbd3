"""Lists of keys stay short although one-time keys come by the thousand."""

import re

import pytest

from custody.accounts.models import User
from custody.hsm import selectors
from custody.hsm.models import SigningKey
from tests.hsm.office import Office
from tests.hsm.test_hsm_register import REGISTER, check, entered

REQUESTS = "/admin/hsm/signingrequest/"
STATE = "/admin/hsm/trustdraft/add/?type=KEY_STATE"


def key(number: int) -> str:
    return f"key_01KAJ8V{number:019d}"


def make(first: int, count: int, state: str) -> None:
    SigningKey.objects.bulk_create(
        SigningKey(
            id=key(number), purpose="spend", curve="secp256k1", public_key=f"02{number:064x}", state=state,
            key_class="WRAPPED",
        )
        for number in range(first, first + count)
    )  # fmt: skip


@pytest.fixture
def many(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Two destroyed keys and four that are in use, where three fit into a list."""
    monkeypatch.setattr(selectors, "OFFERED_KEYS", 3)
    SigningKey.objects.all().delete()
    make(100, 2, "DESTROYED")
    make(200, 4, "ACTIVE")
    return office


def offered(page: str) -> list[str]:
    return re.findall(r'<option value="(key_[^"]+)"', page)


def test_the_newest_that_are_not_gone_are_offered(many: Office) -> None:
    assert offered(many.page(STATE)) == [key(201), key(202), key(203)]


def test_the_key_of_the_address_is_offered_besides(many: Office) -> None:
    page = many.page(f"{STATE}&key={key(200)}")
    assert offered(page) == [key(200), key(201), key(202), key(203)]
    assert f'<option value="{key(200)}" selected' in page


def test_what_was_chosen_from_the_address_is_taken(many: Office) -> None:
    fields = {"reason": "x", "life_hours": 2, "state": "SUSPENDED"}
    assert many.post(STATE, {**fields, "key": key(200)}).status_code == 302
    assert many.post(STATE, {**fields, "key": key(999)}).status_code == 400


def test_the_filter_offers_what_it_is_set_to(many: Office) -> None:
    for number, expected in ((203, [201, 202, 203]), (100, [100, 201, 202, 203])):
        page = many.page(f"{REQUESTS}?key={key(number)}")
        shown = set(re.findall(r"key=(key_\w+)", page))
        assert shown >= {key(one) for one in expected}
        assert key(200) not in shown


def test_the_module_page_counts_the_others(many: Office, custodian: User) -> None:
    module = entered(many)
    check(custodian, module)
    section = many.page(f"{REGISTER}{module.pk}/change/").partition("Keys on it")[2]
    assert re.findall(r"key_\w{26}", section)[:1] == [key(201)]
    assert key(200) not in section
    assert key(100) not in section
    assert "Besides 3 that are destroyed, or older: see the list of keys." in section
