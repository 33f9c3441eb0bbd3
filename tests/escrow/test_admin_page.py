"""The list of deals and the page of one: what is shown to whom, files, and what does not exist."""

import re

import pytest
from django.utils.translation import gettext, override

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.audit.services import record
from custody.compliance.models import Screening
from custody.escrow import selectors, services
from custody.escrow.models import Deal, Decision, Evidence, TermsVersion
from custody.escrow.states import State
from custody.wallets.selectors import attempt_of
from tests.cast import AT, logged_in
from tests.escrow.office import address, offered, page, press, recorded
from tests.escrow.stage import CONTRACT, Stage, sheet
from tests.escrow.test_holds import open_with_listed_merchant

LIST = "/admin/escrow/deal/"
pytestmark = pytest.mark.usefixtures("live_clock")


def whole(html: str) -> str:
    """The page with hashes and addresses put together from their groups of four."""
    return html.replace("</span><span>", "")


def listed(user: User, query: str = "") -> list[str]:
    response = logged_in(user).get(f"{LIST}?{query}")
    assert response.status_code == 200
    return [deal.pk for deal in response.context["cl"].result_list]


def test_the_list_shows_state_parties_amount_and_hold(stage: Stage, auditor: User) -> None:
    shown = logged_in(auditor).get(LIST).content.decode()
    for text in ("One machine", "Buyer GmbH", "Merchant GmbH", "01000000 BTC"):
        assert text in shown


def test_the_list_can_be_narrowed_to_state_and_hold(stage: Stage) -> None:
    first = stage.deal_id
    held = open_with_listed_merchant(stage).deal_id
    assert listed(stage.officer, "state=FUNDED") == []
    assert sorted(listed(stage.officer, "state=DRAFT")) == sorted([first, held])
    # The client is held, and with it every deal of this client.
    assert sorted(listed(stage.officer, "held=yes")) == sorted([first, held])
    assert listed(stage.officer, "held=no") == []


def test_a_deal_is_found_by_its_client(stage: Stage) -> None:
    assert listed(stage.officer, f"q={stage.buyer.client}") == [stage.deal_id]
    assert listed(stage.officer, "q=cli_unknown") == []


def test_the_page_shows_parties_with_keys_addresses_and_screenings(stage: Stage, auditor: User) -> None:
    stage.until(State.TERMS_PROPOSED)
    shown = whole(page(auditor, stage.deal_id))
    for side in stage.sides:
        assert side.public_key in shown
        assert side.payout in shown
    screenings = set(Screening.objects.values_list("pk", flat=True))
    assert len(screenings) == 4
    assert set(re.findall(r"/admin/compliance/screening/(scr_\w+)/", shown)) == screenings


def test_the_page_shows_terms_signatures_and_what_the_signer_pinned(stage: Stage, auditor: User) -> None:
    stage.until(State.TERMS_SIGNED)
    stage.pin()
    shown = whole(page(auditor, stage.deal_id))
    assert stage.version.hash in shown
    assert stage.version.registration.request in shown


def test_the_page_shows_the_payout_from_the_bytes_that_are_signed(funded: Stage, auditor: User) -> None:
    payout = services.propose_release(actor=funded.buyer.user, deal_id=funded.deal_id, at=AT)
    funded.drive()
    funded.give(funded.buyer)
    attempt = attempt_of(payout.intent)
    assert attempt is not None
    shown = whole(page(auditor, funded.deal_id))
    assert attempt.txid in shown
    assert funded.merchant.payout in shown
    assert "1/2" in shown


def test_the_timeline_links_to_the_record(stage: Stage, auditor: User) -> None:
    entry = AuditEntry.objects.get(verb="escrow.deal.opened")
    shown = page(auditor, stage.deal_id)
    assert entry.hash[:8] in shown
    assert f"/admin/audit/auditentry/{entry.pk}/change/" in shown


def test_refusals_push_no_deed_out_of_the_timeline(stage: Stage, auditor: User) -> None:
    for _ in range(205):
        record(verb="portal.deal.join.refused", actor=stage.buyer.user, subject=stage.deal_id, payload={})
    opened = AuditEntry.objects.get(verb="escrow.deal.opened")
    assert f"/admin/audit/auditentry/{opened.pk}/change/" in page(auditor, stage.deal_id)


def test_all_entries_are_one_link_away_for_those_who_read_the_record(stage: Stage, auditor: User) -> None:
    link = f"/admin/audit/auditentry/?q={stage.deal_id}"
    assert f'href="{link}"' in page(auditor, stage.deal_id)
    assert f'href="{link}"' not in page(stage.mediator, stage.deal_id)
    shown = logged_in(auditor).get(link).context["cl"].queryset
    assert shown.count() == AuditEntry.objects.filter(subject=stage.deal_id).count()


def test_a_hit_is_named_only_to_those_who_may_see_hits(stage: Stage) -> None:
    held = open_with_listed_merchant(stage)
    assert "/admin/compliance/hit/" in page(held.officer, held.deal_id)
    assert "/admin/compliance/hit/" not in page(held.mediator, held.deal_id)
    assert offered(held.officer, held.deal_id)["propose_terms"] is False


def test_forged_documents_are_shown_as_such(funded: Stage, auditor: User) -> None:
    party = {"actor": funded.buyer.user, "deal_id": funded.deal_id, "at": AT}
    services.open_dispute(claim="Not delivered.", **party)  # type: ignore[arg-type]
    funded.decide()
    TermsVersion.objects.create(deal=funded.deal, version=9, body=b"{}", hash="ab" * 32, proposed_at=AT)
    Decision.objects.update(body=b"{}")
    shown = page(auditor, funded.deal_id)
    with override("de"):
        assert gettext("the stored terms are not those of their hash") in shown
        assert gettext("the stored decision is not that of its hash") in shown


def test_the_agreed_text_is_downloaded_and_the_reading_recorded(stage: Stage, auditor: User) -> None:
    stage.until(State.TERMS_PROPOSED)
    sha256 = selectors.decode_terms(stage.version).text
    response = logged_in(auditor).get(f"{LIST}{stage.deal_id}/file/{sha256}/")
    assert (response.status_code, response.content) == (200, CONTRACT)
    assert response["Content-Disposition"] == f'attachment; filename="{stage.deal_id}-contract"'
    assert response["Content-Type"] == "application/octet-stream"
    assert recorded("escrow.deal.file_read") == [{"sha256": sha256}]


def test_evidence_is_downloaded_under_its_name(funded: Stage, auditor: User) -> None:
    party = {"actor": funded.buyer.user, "deal_id": funded.deal_id, "at": AT}
    services.open_dispute(claim="Not delivered.", **party)  # type: ignore[arg-type]
    services.add_evidence(name="photo.html", content=b"<b>", media_type="text/html", **party)  # type: ignore[arg-type]
    response = logged_in(auditor).get(f"{LIST}{funded.deal_id}/file/{Evidence.objects.get().sha256}/")
    assert response.content == b"<b>"
    assert response["Content-Disposition"] == 'attachment; filename="photo.html"'


def test_a_file_of_another_deal_does_not_exist(stage: Stage, auditor: User) -> None:
    stage.until(State.TERMS_PROPOSED)
    sha256 = selectors.decode_terms(stage.version).text
    agreed = sheet(stage.buyer.client, stage.merchant.client, stage.mediator)
    other = services.open_deal(actor=stage.officer, sheet=agreed, at=AT)
    assert logged_in(auditor).get(f"{LIST}{other.pk}/file/{sha256}/").status_code == 404
    assert recorded("escrow.file.read.refused") == [{"code": "not_found"}]


@pytest.mark.parametrize("deal_id", ["deal_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3", "x", "1"])
def test_an_unknown_deal_does_not_exist(stage: Stage, deal_id: str) -> None:
    http = logged_in(stage.officer)
    assert http.get(address(deal_id)).status_code == 404
    assert press(stage.officer, deal_id, "confirm_decision", token="000000").status_code == 404
    assert http.get(f"{LIST}{deal_id}/file/{'00' * 32}/").status_code == 404


def test_an_unknown_button_does_not_exist(stage: Stage) -> None:
    assert press(stage.officer, stage.deal_id, "delete").status_code == 404


def test_roles_without_the_right_find_no_deal(stage: Stage, custodian: User) -> None:
    http = logged_in(custodian)
    assert http.get(LIST).status_code == 403
    assert http.get(address(stage.deal_id)).status_code == 404
    assert press(custodian, stage.deal_id, "propose_terms").status_code == 404


def test_nobody_edits_or_deletes_a_deal(stage: Stage) -> None:
    http = logged_in(stage.officer)
    http.post(address(stage.deal_id), {"title": "Another"})
    assert http.post(f"{LIST}{stage.deal_id}/delete/", {"post": "yes"}).status_code == 403
    assert Deal.objects.get().title == "One machine"


def test_the_page_asks_for_the_address_as_the_signer_attests_it(funded: Stage, auditor: User) -> None:
    assert "Vom Signierer bestätigte Adresse" in page(auditor, funded.deal_id)
    assert "attest_address" in offered(funded.officer, funded.deal_id)
    assert "take_address" not in offered(funded.officer, funded.deal_id)
