"""Decisions under four eyes, and awards: our key signs first, the winner completes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor, require_fresh_totp
from custody.common.errors import CustodyError, ForbiddenError, InvalidInputError, RefusedError
from custody.escrow import services
from custody.escrow.budget import payout_budget
from custody.escrow.models import Decision, Payout
from custody.escrow.states import State
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import request_of
from custody.statements.decision import Decision as Document
from custody.wallets import selectors as wallets
from custody.wallets.services import apply_signature
from scripts.embedded.bitcoind import Node
from tests.cast import AT, code_of, fresh_code
from tests.escrow.stage import PERSON, Stage
from tests.wallets.deals import drive

PHOTO = b"a photo"


@pytest.fixture
def disputed(funded: Stage) -> Stage:
    services.open_dispute(actor=funded.merchant.user, deal_id=funded.deal_id, claim="Not paid.", at=AT)
    return funded


@pytest.fixture
def proposed(disputed: Stage) -> Stage:
    disputed.decide()
    return disputed


def confirm(stage: Stage, actor: User | None = None, **changes: Any) -> Decision:
    person = actor or stage.officer
    values = {"factor": FreshFactor(person.pk, AT), "at": AT, **changes}
    return services.confirm_decision(actor=person, deal_id=stage.deal_id, **values)


def propose(stage: Stage, actor: User | None = None, **changes: Any) -> Decision:
    values = {
        "to_buyer": 0,
        "reasons": ["DELIVERED"],
        "evidence": [],
        "grounds": "The note carries a signature.",
        "at": AT,
        **changes,
    }
    return services.propose_decision(actor=actor or stage.mediator, deal_id=stage.deal_id, **values)


def assert_nothing_awarded(stage: Stage, state: State = State.DECISION_PROPOSED) -> None:
    assert stage.deal.state == state
    assert not Payout.objects.exists()
    assert not SigningRequest.objects.filter(kind="BTC_SPEND").exists()


def test_a_decision_is_a_document_about_the_signed_terms(disputed: Stage) -> None:
    evidence = services.add_evidence(
        actor=disputed.buyer.user,
        deal_id=disputed.deal_id,
        name="door",
        content=PHOTO,
        media_type="image/png",
        at=AT,
    )
    decision = propose(disputed, reasons=["LATE", "DELIVERED"], evidence=[evidence.sha256])
    document = Document.from_bytes(bytes(decision.body))
    assert (document.terms, document.mediator, document.hash) == (
        disputed.version.hash,
        PERSON,
        decision.hash,
    )
    assert (document.reasons, document.evidence) == (("DELIVERED", "LATE"), (evidence.sha256,))
    assert (document.split.buyer, document.split.merchant) == (0, 998_410)
    assert Decision.objects.get().grounds == "The note carries a signature."


def test_a_proposed_decision_awards_nothing(proposed: Stage) -> None:
    assert_nothing_awarded(proposed)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to_buyer": -1}, "to_buyer"),
        ({"to_buyer": 1_000_000}, "to_buyer"),
        ({"to_buyer": 999}, "to_buyer"),
        ({"to_buyer": 998_000}, "to_buyer"),
        ({"reasons": []}, "reasons"),
        ({"reasons": ["BECAUSE"]}, "reasons"),
        ({"evidence": ["ab" * 32]}, "evidence"),
        ({"grounds": "Short."}, "grounds"),
    ],
)
def test_a_decision_with_a_wrong_field_is_refused(
    disputed: Stage, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        propose(disputed, **changes)
    assert error.value.field == field
    assert_nothing_awarded(disputed, State.DISPUTE_OPEN)


def test_only_the_agreed_mediator_decides(disputed: Stage, auditor: User) -> None:
    from custody.accounts.roles import Role
    from custody.accounts.services import grant_role

    with pytest.raises(ForbiddenError):
        propose(disputed, auditor)
    grant_role(actor="system:test", user=auditor, role=Role.MEDIATOR, at=AT)
    with pytest.raises(RefusedError) as error:
        propose(disputed, User.objects.get(pk=auditor.pk))
    assert error.value.code == "not_the_mediator"


def test_the_deciding_person_does_not_confirm(proposed: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        confirm(proposed, proposed.mediator)
    assert error.value.code == "same_officer"
    assert_nothing_awarded(proposed)


def test_the_database_refuses_one_person_twice(proposed: Stage) -> None:
    with pytest.raises(IntegrityError, match="decision_four_eyes"), transaction.atomic():
        Decision.objects.update(state="RETURNED", second_officer=proposed.mediator, closed_at=AT)


def test_an_auditor_does_not_confirm(proposed: Stage, auditor: User) -> None:
    with pytest.raises(ForbiddenError):
        confirm(proposed, auditor)
    assert_nothing_awarded(proposed)


@pytest.mark.parametrize("age", [timedelta(minutes=6), -timedelta(seconds=1)])
def test_a_stale_code_does_not_confirm(proposed: Stage, age: timedelta) -> None:
    with pytest.raises(ForbiddenError) as error:
        confirm(proposed, factor=FreshFactor(proposed.officer.pk, AT - age))
    assert error.value.code == "step_up_needed"
    assert_nothing_awarded(proposed)


def test_a_code_of_somebody_else_does_not_confirm(proposed: Stage) -> None:
    with pytest.raises(ForbiddenError):
        confirm(proposed, factor=FreshFactor(proposed.mediator.pk, AT))
    assert_nothing_awarded(proposed)


def test_nothing_is_confirmed_before_it_is_proposed(disputed: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        confirm(disputed)
    assert error.value.code == "wrong_state"


def test_an_old_decision_is_not_confirmed(proposed: Stage) -> None:
    later = AT + timedelta(days=7)
    with pytest.raises(RefusedError) as error:
        confirm(proposed, factor=FreshFactor(proposed.officer.pk, later), at=later)
    assert error.value.code == "decision_expired"
    assert_nothing_awarded(proposed)


@pytest.mark.parametrize("body", [b"{}", b""])
def test_a_decision_that_cannot_be_read_is_refused(proposed: Stage, body: bytes) -> None:
    Decision.objects.update(body=body)
    with pytest.raises(CustodyError) as error:
        confirm(proposed)
    assert error.value.code == "decision_forged"
    assert_nothing_awarded(proposed)


def test_a_decision_changed_behind_our_back_is_refused(proposed: Stage) -> None:
    body = bytes(Decision.objects.get().body)
    Decision.objects.update(body=body.replace(b'"DELIVERED"', b'"DEFECTIVE"'))
    with pytest.raises(CustodyError) as error:
        confirm(proposed)
    assert error.value.code == "decision_forged"
    assert_nothing_awarded(proposed)


def test_a_returned_decision_opens_the_dispute_again(proposed: Stage) -> None:
    factor = FreshFactor(proposed.officer.pk, AT)
    services.return_decision(actor=proposed.officer, deal_id=proposed.deal_id, factor=factor, at=AT)
    assert_nothing_awarded(proposed, State.DISPUTE_OPEN)
    proposed.decide(to_buyer=400_000)
    assert list(Decision.objects.order_by("pk").values_list("state", flat=True)) == ["RETURNED", "PROPOSED"]


def test_who_decided_does_not_return(proposed: Stage) -> None:
    factor = FreshFactor(proposed.mediator.pk, AT)
    with pytest.raises(RefusedError) as error:
        services.return_decision(actor=proposed.mediator, deal_id=proposed.deal_id, factor=factor, at=AT)
    assert error.value.code == "same_officer"


def test_a_code_confirms_once(proposed: Stage) -> None:
    """The way of the pages: the code is verified first, and counts although the rest is refused."""
    code = fresh_code(proposed.officer)
    confirm(proposed, factor=require_fresh_totp(proposed.officer, code, AT))
    with pytest.raises(ForbiddenError) as error:
        require_fresh_totp(proposed.officer, code_of(proposed.officer), AT)
    assert error.value.code == "wrong_code"


def test_a_confirmed_decision_pays_by_the_signed_terms_alone(proposed: Stage) -> None:
    decision = confirm(proposed)
    assert decision.payout is not None
    intent = decision.payout.intent
    document = wallets.document_of(intent)
    assert [(payee.to, payee.amount) for payee in document.payees] == [(proposed.merchant.payout, 998_410)]
    assert (document.reason.code, document.maker, intent.needs_our_key) == ("AWARD_MERCHANT", PERSON, True)
    assert proposed.deal.state == State.DECIDED


def awarded(stage: Stage, *, to_buyer: int = 0) -> Stage:
    """A confirmed decision whose spend the signer has signed."""
    stage.award(to_buyer=to_buyer)
    stage.drive()
    apply_signature(request_id=stage.answer("BTC_SPEND"), at=AT)
    return stage


@pytest.mark.parametrize(
    ("to_buyer", "code", "winner"),
    [(0, "AWARD_MERCHANT", "merchant"), (None, "AWARD_BUYER", "buyer"), (400_000, "AWARD_SPLIT", "buyer")],
)
def test_our_key_signs_and_the_winner_completes(
    funded: Stage, node: Node, to_buyer: int | None, code: str, winner: str
) -> None:
    payable = payout_budget(funded.deal, payees=1).payable
    awarded(funded, to_buyer=payable if to_buyer is None else to_buyer)
    assert funded.deal.state == State.DECIDED
    request = request_of(SigningRequest.objects.get(kind="BTC_SPEND").pk)
    assert request.intent is not None
    assert request.intent.reason.code == code
    funded.give(funded.buyer if winner == "buyer" else funded.merchant)
    assert funded.deal.state == State.AWARD_SIGNED
    funded.drive()
    assert funded.deal.state == State.AWARD_BROADCAST
    funded.mine(node, 3)
    assert funded.deal.state == State.RESOLVED


def test_a_split_pays_both_exactly(funded: Stage) -> None:
    awarded(funded, to_buyer=400_000)
    payout = funded.deal.payouts.get()
    payees = {payee.to: payee.amount for payee in wallets.document_of(payout.intent).payees}
    fee = 1_000_000 - sum(payees.values())
    assert payees == {funded.buyer.payout: 400_000, funded.merchant.payout: 600_000 - fee}
    assert 0 < fee <= 20_000


def test_a_spend_the_signer_refuses_leads_back_to_the_dispute(funded: Stage) -> None:
    funded.award()
    funded.drive()
    apply_signature(request_id=funded.answer("BTC_SPEND", refuse="unknown_maker"), at=AT)
    funded.follow()
    assert funded.deal.state == State.DISPUTE_OPEN


def test_the_winner_may_take_longer_than_an_intent_lives(funded: Stage) -> None:
    """Our key signs one spend of the coins only; ending it would leave the winner with none."""
    awarded(funded)
    payout = funded.deal.payouts.get()
    drive(payout.intent, at=AT + timedelta(days=30))
    funded.follow()
    assert funded.deal.state == State.DECIDED
    funded.give(funded.merchant)
    assert funded.deal.state == State.AWARD_SIGNED


def test_an_award_signed_while_the_worker_was_down_is_not_lost(funded: Stage) -> None:
    funded.award()
    funded.drive()
    funded.answer("BTC_SPEND")
    drive(funded.deal.payouts.get().intent, at=AT + timedelta(days=4))
    funded.follow()
    assert funded.deal.state == State.DECIDED
    funded.give(funded.merchant)
    assert funded.deal.state == State.AWARD_SIGNED
