"""The web side and keys that are kept as blobs: catalogue, watching a derived wallet, one-time keys."""

import json
from typing import Any

import pytest

from custody.accounts.models import User
from custody.hsm import attestations, services
from custody.hsm.models import AddressAttestation, SigningKey, SigningRequest, SigningResult
from custody.hsm.signer.store import kept_keys, selectors
from custody.statements.attestation import IssuedAddress
from custody.statements.result import Result
from custody.wallets.models import Wallet
from custody.wallets.services.house.opening import open_house_wallet
from tests.cast import logged_in
from tests.harness.bitcoin import REGTEST
from tests.hsm.office import Office
from tests.signer.bench import Bench
from tests.signer.house import House, wallet_id
from tests.signer.officers import Officers

KEYS = "/admin/hsm/signingkey/"
ADDRESSES = "/admin/hsm/addressattestation/"
DEAL = "deal_01KAJ8P0000000000000000007"


class Custodians(House):
    """Those who hold a ceremony, without a wallet of the house before."""

    def __post_init__(self) -> None:
        self.officers = Officers(self.bench)


@pytest.fixture
def derived(office: Office, wrapping: Bench) -> str:
    """A derived wallet in use, drafted on the page and known to the web side."""
    key = Custodians(wrapping).make_key(5, class_="DERIVED_IN_RAM", chain=REGTEST)
    services.mirror_signer(at=office.now)
    period = {"valid_from": "2026-11-21", "valid_until": "2027-05-01"}
    draft = office.enact("KEY_ACTIVATE", key=key, wallet=wallet_id(5), tier="HOT", **period)
    assert (draft.state, draft.rule) == ("ACCEPTED", "")
    services.mirror_signer(at=office.now)
    return key


def test_the_page_says_software_derived_and_shows_what_watches(office: Office, derived: str) -> None:
    key = selectors.key(derived)
    assert key is not None
    assert key.account is not None
    page = office.page(f"{KEYS}{derived}/change/")
    assert "software-derived: computed in memory of the signer" in page
    assert key.account.xpub in page
    assert f"wpkh([{key.account.fingerprint}/84h/1h/0h]{key.account.xpub}/0/*)#" in page
    assert f'href="{KEYS}{derived}/watching/"' in page
    office.speak("de")
    assert office.page(f"{KEYS}{derived}/change/") != page


def test_the_file_for_a_watching_program(office: Office, derived: str) -> None:
    key = selectors.key(derived)
    assert key is not None
    assert key.account is not None
    response: Any = office.http.get(f"{KEYS}{derived}/watching/")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == f'attachment; filename="{derived}-watching.json"'
    said = json.loads(response.content)
    assert said["xpub"] == key.account.xpub
    assert (said["fingerprint"], said["path"]) == (key.account.fingerprint, "84h/1h/0h")
    assert len(said["addresses"]) == 5
    assert "xprv" not in response.content.decode()
    assert "tprv" not in response.content.decode()


def test_a_key_with_one_address_has_nothing_to_watch_with(office: Office) -> None:
    key = office.bench.key("mediator").id
    assert "xpub" not in office.page(f"{KEYS}{key}/change/")
    assert office.http.get(f"{KEYS}{key}/watching/").status_code == 404
    assert office.http.get(f"{KEYS}key_01KAJ8V0000000000000000099/watching/").status_code == 404


def test_who_may_not_see_keys_may_not_watch(office: Office, derived: str, administrator: User) -> None:
    assert logged_in(administrator).get(f"{KEYS}{derived}/watching/").status_code == 404


def test_a_house_wallet_of_a_derived_key_opens_at_its_first_address(office: Office, derived: str) -> None:
    wallet = open_house_wallet(key_id=derived, at=office.now)
    key = selectors.key(derived)
    assert wallet is not None
    assert key is not None
    assert key.account is not None
    attestations.request_address(actor="system:test", at=office.now, wallet=wallet_id(5))
    office.bench.hands.pass_by(seconds=1)
    office.answer_all()
    row = SigningResult.objects.order_by("-pk")[0]
    attestations.apply_attestation(request_id=row.request_id)
    signed = attestations.attestation_in(AddressAttestation.objects.get(address=wallet.address))
    assert IssuedAddress.read(signed.attestation.body).index == 0


def test_further_addresses_are_asked_for_by_number(office: Office, derived: str) -> None:
    office.bench.hands.pass_by(seconds=1)
    asked = attestations.request_address(actor="system:test", at=office.now, wallet=wallet_id(5), index=3)
    office.answer_all()
    attestations.apply_attestation(request_id=asked.pk)
    result = Result.from_bytes(bytes(SigningResult.objects.get(request=asked).body))
    assert result.outcome == "SIGNED"
    (issued,) = (entry.body["issued"] for entry in result.entries if "issued" in entry.body)
    signed = attestations.attestation_in(AddressAttestation.objects.get(address=issued["address"]))
    assert (issued["key"], signed.attestation.body["index"]) == (derived, 3)


def test_a_one_time_key_is_asked_for_and_joins_the_catalogue(office: Office, wrapping: Bench) -> None:
    period = {"valid_from": "2026-11-21", "valid_until": "2027-05-01"}
    draft = office.enact(
        "KEY_TEMPLATE",
        wallet=wallet_id(7),
        tier="HOT",
        open_max=2,
        lifetime_days=1,
        settled_depth=6,
        dispute_days=0,
        **period,
    )
    assert (draft.state, draft.rule) == ("ACCEPTED", "")
    wallets = Wallet.objects.count()
    response = office.post(f"{KEYS}add/", {"wallet": wallet_id(7), "index": 0, "ref": DEAL})
    asked = office.last_request()
    assert response["Location"] == f"/admin/hsm/signingrequest/{asked.pk}/change/"
    office.answer_all()
    assert SigningResult.objects.get(request=asked).outcome == "RECORDED"
    key = kept_keys.one_time_key(wallet_id(7), 0)
    services.mirror_signer(at=office.now)
    row = SigningKey.objects.get(pk=key)
    assert (row.key_class, row.state, row.activation) == ("WRAPPED", "ACTIVE", None)
    page = office.page(f"{KEYS}{key}/change/")
    assert "leaves the token only wrapped, as its backup" in page
    # A one-time key opens no wallet of the house.
    assert open_house_wallet(key_id=row.pk, at=office.now) is None
    assert Wallet.objects.count() == wallets
    ended = services.submit_request(
        actor="system:test",
        kind="KEY_DESTROY",
        key=row.pk,
        subject=DEAL,
        payload={"ref": DEAL},
        at=office.now,
    )
    office.answer_all()
    result = Result.from_bytes(bytes(SigningResult.objects.get(request=ended).body))
    assert (result.outcome, result.rule) == ("REFUSED", "key_not_used")


@pytest.mark.parametrize(
    ("field", "value"),
    [("wallet", "nothing"), ("ref", "nothing"), ("index", "-1"), ("index", "x"), ("ref", "")],
)
def test_a_one_time_key_for_nothing_is_not_asked_for(office: Office, field: str, value: str) -> None:
    fields = {"wallet": wallet_id(7), "index": "0", "ref": DEAL, field: value}
    response = office.post(f"{KEYS}add/", fields)
    assert response.status_code == 400
    assert response.context["offer"].form.errors.keys() == {field}
    assert not SigningRequest.objects.exists()


def test_an_address_is_issued_through_its_page(office: Office, derived: str) -> None:
    office.bench.hands.pass_by(seconds=1)
    response = office.post(f"{ADDRESSES}add/", {"wallet": wallet_id(5), "index": 3})
    asked = office.last_request()
    assert response["Location"] == f"/admin/hsm/signingrequest/{asked.pk}/change/"
    office.answer_all()
    attestations.apply_attestation(request_id=asked.pk)
    row = AddressAttestation.objects.get()
    page = office.page(f"{ADDRESSES}{row.pk}/change/")
    signed = attestations.attestation_in(row)
    assert (signed.attestation.body["index"], row.owner) == (3, wallet_id(5))
    assert f'href="/admin/hsm/signingrequest/{asked.pk}/change/"' in page
    assert row.address in office.page(ADDRESSES)
    taken = office.post(f"{ADDRESSES}{row.pk}/do/take/")
    assert json.loads(taken.content) == signed.to_json()
    assert taken["Content-Disposition"] == f'attachment; filename="address-{row.address[-12:]}.json"'


def test_an_address_of_nothing_is_not_asked_for(office: Office) -> None:
    response = office.post(f"{ADDRESSES}add/", {"wallet": "nothing", "index": 0})
    assert response.status_code == 400
    assert response.context["offer"].form.errors.keys() == {"wallet"}
    assert not SigningRequest.objects.exists()
