"""Pages of a house wallet through HTTP: preview, proposal, bytes to approve, approvals, worklist."""

import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Http

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.common import canonical, clock
from custody.hsm.attestations import apply_attestation
from custody.hsm.models import SigningKey, SigningRequest
from custody.statements.attestation import SignedAttestation
from custody.statements.intent import Intent
from custody.wallets.models import TransferApproval, TransferIntent
from custody.wallets.states import State
from tests.cast import logged_in
from tests.harness.bitcoin import MERCHANT_ADDRESS
from tests.harness.signer_role import write_answer
from tests.signer.genesis import APPROVER, OTHER_APPROVER, TREASURER
from tests.wallets.houses import QUORUM, HouseDesk, as_file, signed_statement


@pytest.fixture
def desk(rich: HouseDesk, monkeypatch: pytest.MonkeyPatch) -> HouseDesk:
    """Views read the clock themselves; it shows the moment of the signer under test."""
    monkeypatch.setattr(clock, "now", lambda: rich.at)
    return rich


@pytest.fixture
def http(desk: HouseDesk) -> Http:
    return logged_in(desk.treasurer)


def page_of(desk: HouseDesk) -> str:
    return f"/admin/wallets/wallet/{desk.wallet.pk}/"


def intent_page(intent: TransferIntent) -> str:
    return f"/admin/wallets/transferintent/{intent.pk}/"


def plan(http: Http, desk: HouseDesk, **fields: Any) -> Any:
    sent = {"payee": MERCHANT_ADDRESS, "mode": "amount", "amount": "990000", "fee_max": "10000", **fields}
    data = {f"plan_transfer-{name}": value for name, value in sent.items()}
    return http.post(f"{page_of(desk)}do/plan_transfer/", data)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields under a preview."""
    form = page.partition("do/propose_transfer/")[2].partition("</form>")[0]
    found = re.findall(r'name="(propose_transfer-\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def test_the_page_shows_address_code_key_and_balance(http: Http, desk: HouseDesk) -> None:
    page = http.get(f"{page_of(desk)}change/").content.decode()
    address = desk.wallet.address
    assert "".join(f"<span>{address[i : i + 4]}</span>" for i in range(0, len(address), 4)) in page
    assert 'class="qr" src="data:image/svg+xml;base64,' in page
    assert page.count('<span class="amount">0,01000000 BTC</span>') >= 3
    assert f"/admin/hsm/signingkey/{desk.house.key}/change/" in page


def test_the_preview_says_exactly_what_is_paid_and_proposes_that(http: Http, desk: HouseDesk) -> None:
    answer = plan(http, desk)
    assert answer.status_code == 302
    assert not TransferIntent.objects.exists()
    page = http.get(answer["Location"]).content.decode()
    assert '<span class="amount">0,00990000 BTC</span>' in page
    assert '<span class="amount">0,00010000 BTC</span>' in page
    fields = hidden(page)
    assert fields["propose_transfer-amount"] == "990000"
    done = http.post(f"{page_of(desk)}do/propose_transfer/", fields)
    intent = TransferIntent.objects.get()
    assert done["Location"] == f"{intent_page(intent)}change/"
    document = Intent.from_bytes(bytes(intent.document))
    assert (document.kind, document.maker, document.total) == ("TRANSFER", TREASURER, 990_000)
    assert intent.coins == [desk.wallet.utxos.get().outpoint]
    again = http.post(f"{page_of(desk)}do/propose_transfer/", fields)
    assert (again.status_code, TransferIntent.objects.count()) == (400, 1)


def test_everything_and_chosen_coins_are_previewed(http: Http, desk: HouseDesk) -> None:
    coin = str(desk.wallet.utxos.get().pk)
    for fields in ({"mode": "all", "amount": ""}, {"mode": "coins", "amount": "", "coins": [coin]}):
        page = http.get(plan(http, desk, **fields)["Location"]).content.decode()
        assert hidden(page)["propose_transfer-amount"] == str(1_000_000 - 1_220)


def test_an_amount_nothing_adds_up_to_names_the_nearest(http: Http, desk: HouseDesk) -> None:
    answer = plan(http, desk, amount="500000")
    page = answer.content.decode()
    assert answer.status_code == 400
    offer = next(item for item in answer.context_data["offers"] if item.deed.name == "plan_transfer")
    assert offer.form.errors["amount"] == [
        "Keine Coins gehen für diesen Betrag und seine Gebühr auf. Mindestens zahlbar sind 0,00990000 BTC"
        " (990000 satoshi)."
    ]
    assert '<a href="#do-plan_transfer">Zahlung vorbereiten</a>' in page
    assert "data-refused" in page
    assert 'value="500000"' in page
    assert AuditEntry.objects.get(verb="wallets.transfer.plan.refused").subject == desk.wallet.pk


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"payee": "nonsense"}, "payee"),
        ({"amount": ""}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"mode": "coins"}, "coins"),
        ({"mode": "coins", "coins": ["999999"]}, "coins"),
        ({"fee_max": "1"}, "amount"),
        ({"fee_max": "1", "mode": "all"}, "fee_max"),
        ({"entry": "zz"}, "entry"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    http: Http, desk: HouseDesk, fields: dict[str, Any], place: str
) -> None:
    answer = plan(http, desk, **fields)
    assert answer.status_code == 400
    offer = next(item for item in answer.context_data["offers"] if item.deed.name == "plan_transfer")
    assert list(offer.form.errors) == [place]
    assert not TransferIntent.objects.exists()


def test_the_bytes_to_approve_are_the_document(http: Http, desk: HouseDesk) -> None:
    intent = desk.propose(990_000)
    answer = http.post(f"{intent_page(intent)}do/download_intent/")
    assert answer.content == bytes(intent.document)
    assert answer["Content-Disposition"] == f'attachment; filename="{intent.pk}.json"'


def hand_in(http: Http, intent: TransferIntent, data: bytes, *, as_text: bool = False) -> Any:
    name = "text" if as_text else "file"
    value = data.decode() if as_text else SimpleUploadedFile("approval.json", data)
    path = f"{intent_page(intent)}do/hand_in_approval/"
    return http.post(path, {f"hand_in_approval-{name}": value})


def test_approvals_come_as_file_or_text_and_are_shown_by_person(http: Http, desk: HouseDesk) -> None:
    intent = desk.propose(990_000)
    own, other = (as_file(signed_statement(intent, who, at=desk.at)) for who in (TREASURER, APPROVER))
    assert hand_in(http, intent, own).status_code == 302
    text = b"#t=" + urlsafe_b64encode(other).rstrip(b"=")
    assert hand_in(http, intent, text, as_text=True).status_code == 302
    desk.drive(intent)
    page = http.get(f"{intent_page(intent)}change/").content.decode()
    approvals = page.partition("<h3>Freigaben</h3>")[2].partition("</section>")[0]
    assert [who in approvals for who in (TREASURER, APPROVER, OTHER_APPROVER)] == [True, True, False]
    assert desk.treasurer.name in approvals
    assert "fehlen: 1." in page
    hand_in(http, intent, as_file(signed_statement(intent, OTHER_APPROVER, at=desk.at)))
    assert desk.drive(intent).state == State.SIGNING


@pytest.mark.parametrize("data", [b"{}", b"x" * 20_000, b""])
def test_what_is_no_approval_changes_nothing(http: Http, desk: HouseDesk, data: bytes) -> None:
    intent = desk.propose(990_000)
    before = TransferIntent.objects.values().get()
    answer = hand_in(http, intent, data)
    assert answer.status_code == 400
    assert not TransferApproval.objects.exists()
    assert TransferIntent.objects.values().get() == before


def test_the_page_says_what_the_signer_refused(http: Http, desk: HouseDesk) -> None:
    from tests.signer.genesis import MACHINE

    intent = desk.asked(TREASURER, APPROVER, MACHINE)
    desk.answer(intent)
    page = http.get(f"{intent_page(intent)}change/").content.decode()
    assert "(approvals_missing)" in page
    assert "do/hand_in_approval/" in page


def test_a_final_payment_offers_nothing(http: Http, desk: HouseDesk) -> None:
    intent = desk.asked(*QUORUM)
    desk.answer(intent)
    desk.drive(intent)
    desk.mine(3)
    page = http.get(f"{intent_page(intent)}change/").content.decode()
    assert "/do/" not in page
    assert "Endgültig bezahlt" in page


def test_a_payment_that_waits_is_due(http: Http, desk: HouseDesk) -> None:
    intent = desk.propose(990_000)
    home = http.get("/admin/").content.decode()
    assert f"{intent_page(intent)}change/" in home
    assert "0,00990000 BTC" in home


def test_a_key_near_its_end_is_due_with_what_is_left_to_people(http: Http, desk: HouseDesk) -> None:
    assert f"{page_of(desk)}change/" not in http.get("/admin/").content.decode()
    body = SigningKey.objects.get(pk=desk.house.key).activation or {}
    soon = (desk.at + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    SigningKey.objects.filter(pk=desk.house.key).update(activation=body | {"valid_until": soon})
    home = http.get("/admin/").content.decode()
    assert f"{page_of(desk)}change/" in home
    assert "kein Mandat nennt einen Nachfolger" in home
    SigningKey.objects.filter(pk=desk.house.key).update(state="SUSPENDED")
    assert "der Signierer signiert nichts mit ihm" in http.get("/admin/").content.decode()


def test_an_account_without_a_person_is_told_so(desk: HouseDesk, treasurer: User) -> None:
    page = logged_in(treasurer).get(f"{page_of(desk)}change/").content.decode()
    assert "mit keiner Person des Vertrauensspeichers verknüpft" in page
    answer = plan(logged_in(treasurer), desk)
    assert (answer.status_code, TransferIntent.objects.count()) == (400, 0)


def test_those_without_the_right_see_no_form_and_no_preview(desk: HouseDesk, auditor: User) -> None:
    query = f"payee={MERCHANT_ADDRESS}&mode=all&fee_max=10000"
    page = logged_in(auditor).get(f"{page_of(desk)}change/?{query}").content.decode()
    assert "do/plan_transfer/" not in page
    assert "do/propose_transfer/" not in page


def test_a_stranger_finds_nothing(desk: HouseDesk, stranger: User) -> None:
    for path in (f"{page_of(desk)}change/", f"{intent_page(desk.propose(990_000))}change/"):
        assert logged_in(stranger).get(path).status_code in {302, 403, 404}


def test_english_pages_are_whole(http: Http, desk: HouseDesk) -> None:
    desk.treasurer.language = "en"
    desk.treasurer.save()
    intent = desk.propose(990_000)
    page = logged_in(desk.treasurer).get(f"{intent_page(intent)}change/").content.decode()
    assert "The maker has to sign for the making." in page
    assert "Approvals of other people that are missing: 2." in page


def test_an_attested_address_is_asked_for_and_taken_on_the_page_of_its_wallet(
    http: Http, desk: HouseDesk, custodian: User
) -> None:
    page = http.get(f"{page_of(desk)}change/").content.decode()
    assert "Vom Signierer bestätigte Adresse" in page
    assert "do/take_address/" not in page
    assert http.post(f"{page_of(desk)}do/take_address/").status_code == 400
    assert logged_in(custodian).post(f"{page_of(desk)}do/attest_address/").status_code == 302
    row = SigningRequest.objects.get(kind="ADDRESS")
    result = desk.house.bench.handle_bytes(row.pk, bytes(row.body))
    write_answer(row, outcome=result.outcome, body=result.to_bytes())
    apply_attestation(request_id=row.pk)
    assert "do/take_address/" in http.get(f"{page_of(desk)}change/").content.decode()
    file = http.post(f"{page_of(desk)}do/take_address/")
    signed = SignedAttestation.read(canonical.decode(file.content))
    assert (signed.attestation.body["wallet"], signed.attestation.body["address"]) == (
        desk.wallet.pk,
        desk.wallet.address,
    )
    assert file["Content-Disposition"] == f'attachment; filename="address-{desk.wallet.address[-12:]}.json"'


def test_what_is_not_there_is_said_in_the_frame_of_the_back_office(http: Http, desk: HouseDesk) -> None:
    answer = http.get("/admin/wallets/wallet/wal_01KAJ8S0000000000000000099/change/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "<p>Nicht gefunden.</p>" in page
    assert 'href="/admin/wallets/wallet/"' in page
    assert "<p>not found</p>" not in page
