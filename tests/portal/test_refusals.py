"""What the pages refuse: said at the form, recorded, and nothing moved."""

import hashlib
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.roles import MemberRole
from custody.accounts.services import add_member
from custody.audit.models import AuditEntry
from custody.common import canonical, clock
from custody.compliance.models import Hold
from custody.compliance.services import register_party, screen_party
from custody.documents.models import Document
from custody.escrow import services as escrow
from custody.escrow.models import Deal, Participant, TermsSignature
from custody.statements.terms import PartySignature
from tests.cast import AT, logged_in, person
from tests.escrow.answers import answer_last
from tests.escrow.test_holds import clear
from tests.harness.bitcoin import BUYER_ADDRESS, private_key, public_key, sign
from tests.portal.stage import Stage, prove


def refused(stage: Stage, deed: str) -> str:
    """Body of the only refusal that was recorded for ``deed``."""
    entry = AuditEntry.objects.get(verb=f"portal.deal.{deed}.refused", subject=stage.deal.pk)
    return bytes(entry.body).decode()


def test_bad_address_is_named_at_its_field(stage: Stage) -> None:
    response = stage.do("buyer", "join", public_key=public_key("buyer").hex(), payout_address="bc1qwrong")
    assert response.status_code == 400
    assert '"field":"payout_address"' in refused(stage, "join")
    assert Participant.objects.filter(public_key="").count() == 2


def test_refused_form_keeps_what_was_typed(stage: Stage) -> None:
    response = stage.do("buyer", "join", public_key="02abc", payout_address=BUYER_ADDRESS)
    assert f'value="{BUYER_ADDRESS}"' in response.content.decode()
    assert 'role="alert"' in response.content.decode()


def test_signature_of_the_other_party_is_refused(stage: Stage) -> None:
    terms = stage.propose_terms().terms()
    response = stage.do(
        "buyer", "sign-terms", terms_hash=terms.hash, signature=stage.signature_file("merchant")
    )
    assert response.status_code == 409
    assert '"other_role"' in refused(stage, "sign_terms")
    assert not TermsSignature.objects.exists()


def test_signature_by_a_key_outside_the_script_is_refused(stage: Stage) -> None:
    terms = stage.propose_terms().terms()
    forged = canonical.encode(PartySignature(role="buyer", proof=prove("stranger", terms.hash)).to_json())
    assert stage.do("buyer", "sign-terms", terms_hash=terms.hash, signature=forged).status_code == 400
    assert not TermsSignature.objects.exists()


@pytest.mark.parametrize("content", [b"not json", b"{}", b'{"a":1.5}', b"\xff\xfe", b"[" * 5000])
def test_file_that_is_no_signature_is_refused(stage: Stage, content: bytes) -> None:
    terms = stage.propose_terms().terms()
    assert stage.do("buyer", "sign-terms", terms_hash=terms.hash, signature=content).status_code == 400
    assert not TermsSignature.objects.exists()


def test_keys_of_a_sent_document_stay_out_of_the_record(stage: Stage) -> None:
    terms = stage.propose_terms().terms()
    sent = canonical.encode({"max_mustermann": {"bonn": 1}})
    assert stage.do("buyer", "sign-terms", terms_hash=terms.hash, signature=sent).status_code == 400
    assert '"field":"signature"' in refused(stage, "sign_terms")
    assert "max_mustermann" not in refused(stage, "sign_terms")


@pytest.mark.parametrize("declared", ["x-name/" + "Max Mustermann " * 14, "text/html", "max/mustermann"])
def test_a_declared_media_type_is_one_of_ours_and_not_recorded(stage: Stage, declared: str) -> None:
    stage.dispute()
    file = SimpleUploadedFile("photo.png", b"a photo", content_type=declared)
    assert stage.do("buyer", "add-evidence", content=file).status_code == 302
    kept = Document.objects.get(sha256=hashlib.sha256(b"a photo").hexdigest())
    assert kept.media_type == "application/octet-stream"
    entry = AuditEntry.objects.filter(verb="documents.document.stored").last()
    assert entry is not None
    assert "media_type" not in bytes(entry.body).decode()


def test_signature_of_terms_that_were_replaced_is_refused(stage: Stage) -> None:
    signature = stage.propose_terms().signature_file("buyer")
    assert stage.do("buyer", "sign-terms", terms_hash="00" * 32, signature=signature).status_code == 409
    assert '"terms_changed"' in refused(stage, "sign_terms")


def test_too_large_file_is_refused_before_it_is_read(stage: Stage) -> None:
    terms = stage.propose_terms().terms()
    response = stage.do("buyer", "sign-terms", terms_hash=terms.hash, signature=b"x" * 70_000)
    assert response.status_code == 400
    assert not TermsSignature.objects.exists()


def test_proof_of_another_challenge_is_refused(stage: Stage) -> None:
    stage.give_nonces()
    other = stage.proof_file("merchant")
    assert stage.do("buyer", "prove-key", proof=other).status_code == 409
    assert '"other_challenge"' in refused(stage, "prove_key")


def test_wrong_checksum_stops_the_address(stage: Stage) -> None:
    stage.prove_keys()
    assert stage.do("buyer", "confirm-address", checksum="abcdefgh").status_code == 409
    assert '"checksum_differs"' in refused(stage, "confirm_address")
    assert stage.state == "KEYS_PROVEN"


def test_page_does_not_tell_the_checksum(stage: Stage) -> None:
    assert stage.prove_keys().checksum() not in stage.page("buyer")


@pytest.mark.parametrize("content", [b"no psbt", b"\xff", b"cHNidP8BAA=="])
def test_file_that_is_no_psbt_is_refused(stage: Stage, content: bytes) -> None:
    stage.propose_release()
    assert stage.do("buyer", "sign-payout", psbt=content).status_code == 400
    assert stage.state == "RELEASE_PROPOSED"


def test_psbt_signed_by_the_wrong_key_is_refused(stage: Stage) -> None:
    stage.propose_release()
    foreign = sign(stage.get("buyer", "payout.psbt").content.decode(), "merchant").encode()
    assert stage.do("buyer", "sign-payout", psbt=foreign).status_code == 400
    assert not stage.deal.payouts.get().intent.attempts.get().signatures.exists()


def test_deed_out_of_turn_is_refused_and_says_so(stage: Stage) -> None:
    response = stage.do("buyer", "propose-release", agreed="on")
    assert response.status_code == 409
    assert '"wrong_state"' in refused(stage, "propose_release")


@pytest.mark.parametrize(("role", "payee"), [("buyer", "merchant"), ("merchant", "buyer")])
def test_release_without_the_ticked_box_moves_nothing(stage: Stage, role: str, payee: str) -> None:
    response = stage.fund().do(role, "propose-release")
    assert response.status_code == 400
    named = re.search(r'<label for="propose-release-agreed">(.*?)</label>', response.content.decode())
    assert named
    to = f"{stage.clients[payee].name} ({dict(buyer='Käufer', merchant='Händler')[payee]})"
    assert re.sub(r"<[^>]+>", "", named.group(1)) == (
        f"Ja, die 0,01000000 BTC in der Treuhand abzüglich Gebühren an {to} zahlen."
    )
    assert stage.state == "FUNDED"
    assert not stage.deal.payouts.exists()


def test_dispute_without_the_ticked_box_is_not_opened(stage: Stage) -> None:
    response = stage.fund().do("merchant", "open-dispute", text="Nothing has arrived.")
    assert response.status_code == 400
    page = response.content.decode()
    assert 'über die <span class="amount">0,01000000 BTC</span> in der Treuhand entscheiden' in page
    assert "Nothing has arrived." in page
    assert stage.state == "FUNDED"


def test_unknown_deed_does_not_exist(stage: Stage) -> None:
    assert stage.do("buyer", "give-me-the-coins").status_code == 404


def test_deeds_are_posts(stage: Stage) -> None:
    assert stage.get("buyer", "do/join/").status_code == 405


def test_held_deal_offers_nothing_and_tells_nothing(stage: Stage) -> None:
    stage.fund()
    hold(stage)
    page = stage.page("buyer")
    assert "/do/" not in page
    for told in ("Sanktion", "sanction", "OSTENOVICH", "OFAC", "hit"):
        assert told not in page.replace("white", "").replace("https", "")
    assert stage.do("buyer", "propose-release", agreed="on").status_code == 409


def test_held_payout_is_not_handed_out_with_our_signature(stage: Stage) -> None:
    award(stage)
    assert stage.get("merchant", "payout.psbt").status_code == 200
    hold(stage)
    response = stage.get("merchant", "payout.psbt")
    assert response.status_code == 409
    assert "Content-Disposition" not in response
    assert '"code":"compliance_hold"' in refused(stage, "take_payout")


def test_held_payout_is_handed_out_again_when_the_hit_was_none(
    stage: Stage, officer: User, second_officer: User
) -> None:
    award(stage)
    psbt = stage.get("merchant", "payout.psbt").content
    hold(stage)
    clear(officer, second_officer)
    assert stage.get("merchant", "payout.psbt").content == psbt
    assert stage.do("merchant", "sign-payout", psbt=stage.signed_psbt("merchant")).status_code == 302
    assert stage.state == "DECIDED"


def award(stage: Stage) -> None:
    """A confirmed decision for the merchant, with our signature on the payout."""
    at = clock.now()
    stage.dispute()
    escrow.propose_decision(
        actor=stage.mediator,
        deal_id=stage.deal.pk,
        to_buyer=0,
        reasons=["DELIVERED"],
        evidence=[],
        grounds="The note carries a signature.",
        at=at,
    )
    factor = FreshFactor(stage.officer.pk, at)
    escrow.confirm_decision(actor=stage.officer, deal_id=stage.deal.pk, factor=factor, at=at)
    stage.prepare_payout()
    answer_last("BTC_SPEND", key=private_key("mediator"))
    stage.prepare_payout()


def hold(stage: Stage) -> None:
    """A hit on the buyer."""
    subject = stage.clients["buyer"].pk
    register_party(actor="system:test", subject=subject, names=["Sheinfal, Valdemar OSTENOVICH"], at=AT)
    screen_party(actor="system:test", subject=subject, purpose="RELEASE", holds=[stage.deal.pk], at=AT)
    assert Hold.objects.filter(subject=stage.deal.pk).exists()


def test_foreign_evidence_does_not_exist(stage: Stage) -> None:
    stage.dispute()
    assert stage.get("buyer", "evidence/" + "ab" * 32).status_code == 404


def test_evidence_is_a_download_and_never_a_page(stage: Stage) -> None:
    stage.dispute()
    html = b"<script>alert(1)</script>"
    assert stage.do("merchant", "add-evidence", content=html).status_code == 302
    digest = Deal.objects.get().disputes.get().evidence.get().sha256
    response = stage.get("buyer", f"evidence/{digest}")
    assert response.content == html
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_statement_is_shown_as_text(stage: Stage) -> None:
    stage.dispute()
    stage.do("merchant", "add-statement", text="<b>bold</b>")
    assert "&lt;b&gt;bold&lt;/b&gt;" in stage.page("buyer")


def test_reading_member_sees_the_deal_and_does_nothing(stage: Stage) -> None:
    reader = person("reader")
    add_member(
        actor="system:test", client=stage.clients["buyer"], user=reader, role=MemberRole.READING, at=AT
    )
    http = logged_in(reader)
    page: Any = http.get(f"/deals/{stage.deal.pk}/")
    assert page.status_code == 200
    assert "/do/" not in page.content.decode()
    sent: Any = http.post(
        f"/deals/{stage.deal.pk}/do/join/",
        {"public_key": public_key("buyer").hex(), "payout_address": BUYER_ADDRESS},
    )
    assert sent.status_code == 404
    assert Participant.objects.filter(public_key="").count() == 2
