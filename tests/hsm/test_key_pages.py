"""Pages of keys: class, wallet and limits, cryptoperiod, history and evidence; and what is due of it."""

from datetime import UTC, datetime, timedelta

import pytest

from custody.accounts.models import User
from custody.hsm.models import SigningKey
from custody.hsm.signer.store.journal import Draft
from custody.hsm.token import ec
from tests.cast import logged_in
from tests.harness.bitcoin import MERCHANT_ADDRESS
from tests.hsm.office import DRAFTS, Office
from tests.signer.genesis import MAKER

KEYS = "/admin/hsm/signingkey/"
KEY = "key_01KAJ8V0000000000000000001"


@pytest.fixture
def spend_key(office: Office) -> str:
    """A key on the token as a ceremony leaves it, published."""
    made = ec.generate(office.bench.token.session, identifier=b"\x07" * 16, label="pages", curve="secp256k1")
    body = {
        "key": KEY,
        "purpose": "spend",
        "curve": "secp256k1",
        "public_key": made.public_key.hex(),
        "token_id": "07" * 16,
        "class": "NEVER_LEAVES",
        "attributes": made.attributes,
        "state": "PRE_ACTIVE",
    }
    office.bench.store.commit(Draft("KEY", body), at=office.now)
    office.bench.public.publish_identity(at=office.now)
    office.enact("HOLD", MAKER, scope="KEY", ref=KEY)  # any answer brings the news along
    return KEY


def activate(office: Office, **fields: object) -> None:
    values = {
        "key": KEY, "tier": "HOT", "valid_from": "2026-11-21", "valid_until": "2027-05-20",
        "kinds": ["TRANSFER"], "payees": MERCHANT_ADDRESS, "amount_max": 5_000_000, "fee_max": 20_000,
    }  # fmt: skip
    draft = office.enact("KEY_ACTIVATE", **values | fields)
    assert (draft.state, draft.rule) == ("ACCEPTED", "")


def test_a_key_says_where_it_comes_from(office: Office, spend_key: str) -> None:
    page = office.page(f"{KEYS}{KEY}/change/")
    assert "not in use yet" in page
    assert "made on the token, never leaves it" in page
    for name in ("local", "never_extractable", "always_sensitive", "sensitive"):
        assert f"<code>{name}</code>" in page
    assert f'href="{DRAFTS}add/?type=KEY_ACTIVATE&key={KEY}"' in page
    assert "/do/" not in page


def test_an_activation_shows_wallet_limits_and_period(office: Office, spend_key: str) -> None:
    activate(office)
    key = SigningKey.objects.get(pk=KEY)
    assert key.state == "ACTIVE"
    page = office.page(f"{KEYS}{KEY}/change/")
    assert "<code>HOUSE</code>" in page
    assert '<span class="amount">0.05000000 BTC</span>' in page
    assert '<span class="amount">0.00020000 BTC</span>' in page
    assert "2027-05-20" in page
    assert f'href="{DRAFTS}add/?type=KEY_STATE&key={KEY}"' in page


def test_the_history_names_the_documents(office: Office, spend_key: str) -> None:
    activate(office)
    suspended = office.enact("KEY_STATE", MAKER, key=KEY, state="SUSPENDED")
    assert suspended.state == "ACCEPTED"
    assert SigningKey.objects.get(pk=KEY).state == "SUSPENDED"
    history = office.page(f"{KEYS}{KEY}/change/").partition("History of its states")[2]
    states = [history.index(word) for word in ("not in use yet", "active", "suspended")]
    assert states == sorted(states)
    assert f"<code>{suspended.pk}</code>" in history


def test_a_foreign_key_is_refused_by_the_signer(office: Office, spend_key: str) -> None:
    activate(office)
    again = office.draft("KEY_STATE", key=KEY, state="DESTROYED")
    office.bring(again, MAKER)
    assert (office.submit(again).state, again.rule) == ("REFUSED", "illegal_key_state")


def test_a_period_that_ends_is_marked_and_due(office: Office, spend_key: str) -> None:
    activate(office)
    end = datetime(2027, 5, 19, 22, tzinfo=UTC)  # midnight in Berlin
    office.bench.hands.now = end - timedelta(days=60, seconds=1)
    assert "cryptoperiod ends" not in office.page("/admin/")
    office.bench.hands.now = end - timedelta(days=60)
    assert "Validity: cryptoperiod ends" in office.page("/admin/")
    assert "a successor is due" in office.page(f"{KEYS}{KEY}/change/")
    office.bench.hands.now = end
    assert "Validity: cryptoperiod is over" in office.page("/admin/")
    assert "the signer refuses; a successor has to be taken into use" in office.page(f"{KEYS}{KEY}/change/")
    SigningKey.objects.filter(pk=KEY).update(state="DESTROYED")
    assert "cryptoperiod is over" not in office.page("/admin/")


def test_the_worklist_names_ending_keys_and_missing_people(office: Office, spend_key: str) -> None:
    activate(office)
    home = office.page("/admin/")
    assert "Nobody is on duty: hot keys and mandates stand still" in home
    assert "cryptoperiod ends" not in home
    assert office.enact("LEASE", MAKER, hours=8).state == "ACCEPTED"
    assert "on duty" not in office.page("/admin/").partition("<main")[2]
    office.bench.hands.pass_by(hours=4)
    assert "Somebody has to go on duty: the last lease ends soon" in office.page("/admin/")


def test_the_worklist_says_who_may_act(office: Office, auditor: User) -> None:
    draft = office.draft("KILL")
    assert f"{DRAFTS}{draft.pk}/change/" in office.page("/admin/")
    reader = logged_in(auditor)
    reader.post("/account/language/", {"language": "en", "next": "/admin/"})
    page = reader.get("/admin/").content.decode()
    assert f"{DRAFTS}{draft.pk}/change/" in page
    assert "Your roles do not allow this." in page
