"""The dispute in the back office: statements, evidence, a decision and the second pair of eyes."""

from typing import Any

import pytest

from custody.accounts.models import User
from custody.escrow import services
from custody.escrow.models import Decision, Evidence, Payout
from custody.escrow.states import State
from custody.statements.decision import Decision as Document
from tests.cast import AT, fresh_code
from tests.escrow.office import address, assert_refused, file_of, offered, page, press
from tests.escrow.stage import Stage

GROUNDS = "The delivery note carries the buyer's signature."
PHOTO = b"a photo"
pytestmark = pytest.mark.usefixtures("live_clock")


@pytest.fixture
def disputed(funded: Stage) -> Stage:
    services.open_dispute(actor=funded.merchant.user, deal_id=funded.deal_id, claim="Not paid.", at=AT)
    return funded


@pytest.fixture
def proposed(disputed: Stage) -> Stage:
    disputed.decide()
    return disputed


def propose(stage: Stage, user: User | None = None, **changes: Any) -> Any:
    fields = {"to_buyer": "0", "reasons": ["DELIVERED"], "grounds": GROUNDS, **changes}
    return press(user or stage.mediator, stage.deal_id, "propose_decision", **fields)


def confirm(stage: Stage, user: User, deed: str = "confirm_decision") -> Any:
    return press(user, stage.deal_id, deed, token=fresh_code(user))


def assert_nothing_paid(stage: Stage, state: State = State.DECISION_PROPOSED) -> None:
    assert stage.deal.state == state
    assert not Payout.objects.exists()


def test_the_mediator_speaks_to_both_parties(disputed: Stage) -> None:
    response = press(disputed.mediator, disputed.deal_id, "add_statement", text="Send the note.")
    assert response.status_code == 302
    assert "Send the note." in page(disputed.mediator, disputed.deal_id)


def test_officers_do_not_speak_for_the_mediator(disputed: Stage) -> None:
    response = press(disputed.officer, disputed.deal_id, "add_statement", text="Send the note.")
    assert_refused(response, verb="escrow.statement.add.refused", code="no_right")
    assert "Send the note." not in page(disputed.mediator, disputed.deal_id)


def test_the_mediator_adds_evidence_once(disputed: Stage) -> None:
    photo = file_of(PHOTO, "photo.png")
    assert press(disputed.mediator, disputed.deal_id, "add_evidence", content=photo).status_code == 302
    assert Evidence.objects.get().name == "photo.png"
    again = press(disputed.mediator, disputed.deal_id, "add_evidence", content=file_of(PHOTO))
    assert_refused(again, verb="escrow.evidence.add.refused", code="evidence_known")
    assert Evidence.objects.count() == 1


def test_the_mediator_proposes_a_decision(disputed: Stage) -> None:
    services.add_evidence(
        actor=disputed.buyer.user,
        deal_id=disputed.deal_id,
        name="photo.png",
        content=PHOTO,
        media_type="image/png",
        at=AT,
    )
    sha256 = Evidence.objects.get().sha256
    response = propose(disputed, to_buyer="400000", reasons=["DEFECTIVE", "LATE"], evidence=[sha256])
    assert (response.status_code, response["Location"]) == (302, address(disputed.deal_id))
    document = Document.from_bytes(bytes(Decision.objects.get().body))
    assert (document.split.buyer, document.reasons, document.evidence) == (
        400_000,
        ("DEFECTIVE", "LATE"),
        (sha256,),
    )
    assert disputed.deal.state == State.DECISION_PROPOSED


def test_the_very_same_decision_is_not_proposed_again(proposed: Stage) -> None:
    assert confirm(proposed, proposed.officer, "return_decision").status_code == 302
    response = propose(proposed)
    assert_refused(response, verb="escrow.decision.propose.refused", code="decision_known")
    assert "Genau diese Entscheidung wurde schon vorgeschlagen." in response.content.decode()
    assert Decision.objects.get().state == Decision.State.RETURNED
    assert_nothing_paid(proposed, State.DISPUTE_OPEN)


def test_another_mediator_is_blocked_and_refused(disputed: Stage, second_mediator: User) -> None:
    assert offered(second_mediator, disputed.deal_id)["propose_decision"] is False
    response = propose(disputed, second_mediator)
    assert_refused(response, verb="escrow.decision.propose.refused", code="not_the_mediator")
    assert not Decision.objects.exists()


def test_a_split_beyond_the_coins_is_refused_beside_the_field(disputed: Stage) -> None:
    response = propose(disputed, to_buyer="1000000")
    assert_refused(response, verb="escrow.decision.propose.refused", code="bad_split")
    assert "from 1000 up to" not in response.content.decode()  # the page is German, the detail is not
    assert GROUNDS in response.content.decode().replace("&#x27;", "'")
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"reasons": []}, {"reasons": ["BECAUSE"]}, {"grounds": "short"}, {"evidence": ["00" * 32]}]
)
def test_an_incomplete_decision_comes_back_with_the_form(disputed: Stage, changes: Any) -> None:
    response = propose(disputed, **changes)
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert not Decision.objects.exists()


def test_a_second_person_confirms_with_a_fresh_code(proposed: Stage) -> None:
    assert confirm(proposed, proposed.officer).status_code == 302
    assert proposed.deal.state == State.DECIDED
    decision = Decision.objects.get()
    assert (decision.state, decision.second_officer) == ("CONFIRMED", proposed.officer)


def test_a_second_person_returns_it(proposed: Stage) -> None:
    assert confirm(proposed, proposed.officer, "return_decision").status_code == 302
    assert Decision.objects.get().state == "RETURNED"
    assert_nothing_paid(proposed, State.DISPUTE_OPEN)


@pytest.mark.parametrize("deed", ["confirm_decision", "return_decision"])
def test_the_maker_is_blocked_and_refused(proposed: Stage, deed: str) -> None:
    assert offered(proposed.mediator, proposed.deal_id)[deed] is False
    assert offered(proposed.officer, proposed.deal_id)[deed] is True
    response = confirm(proposed, proposed.mediator, deed)
    verb = f"escrow.decision.{deed.removesuffix('_decision')}.refused"
    assert_refused(response, verb=verb, code="same_officer")
    assert_nothing_paid(proposed)


def test_a_wrong_code_confirms_nothing(proposed: Stage) -> None:
    response = press(proposed.officer, proposed.deal_id, "confirm_decision", token="000000")
    assert_refused(response, verb="escrow.decision.confirm.refused", code="wrong_code")
    assert_nothing_paid(proposed)


def test_a_used_code_confirms_nothing(proposed: Stage) -> None:
    code = fresh_code(proposed.officer)
    press(proposed.officer, proposed.deal_id, "return_decision", token=code)
    proposed.decide(to_buyer=400_000)
    response = press(proposed.officer, proposed.deal_id, "confirm_decision", token=code)
    assert_refused(response, verb="escrow.decision.confirm.refused", code="wrong_code")
    assert_nothing_paid(proposed)


def test_an_auditor_sees_the_decision_and_cannot_act(proposed: Stage, auditor: User) -> None:
    shown = page(auditor, proposed.deal_id).replace("&#x27;", "'")
    assert GROUNDS in shown
    assert Decision.objects.get().hash in shown.replace("</span><span>", "")
    assert offered(auditor, proposed.deal_id) == {}
    response = confirm(proposed, auditor)
    assert_refused(response, verb="escrow.decision.confirm.refused", code="no_right")
    assert_nothing_paid(proposed)
