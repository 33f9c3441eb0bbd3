"""What parties see of a decision, and who sees a deal when people come and go."""

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.services import add_member, remove_member
from custody.common import clock
from custody.escrow import services as escrow
from tests.cast import AT, logged_in, person
from tests.portal.stage import Stage

GROUNDS = "The waybill shows that nothing was delivered."


def propose(stage: Stage) -> None:
    """The mediator proposes to give everything back."""
    stage.dispute()
    escrow.propose_decision(
        actor=stage.mediator,
        deal_id=stage.deal.pk,
        to_buyer=400_000,
        reasons=["NOT_DELIVERED"],
        evidence=[],
        grounds=GROUNDS,
        at=clock.now(),
    )


def test_decision_is_hidden_until_a_second_person_confirmed(stage: Stage) -> None:
    propose(stage)
    page = stage.page("buyer")
    assert GROUNDS not in page
    assert "Die Entscheidung wird von einer zweiten Person geprüft." in page


def test_confirmed_decision_is_shown_to_both_with_split_and_grounds(stage: Stage, officer: User) -> None:
    propose(stage)
    at = clock.now()
    escrow.confirm_decision(actor=officer, deal_id=stage.deal.pk, factor=FreshFactor(officer.pk, at), at=at)
    for role in ("buyer", "merchant"):
        page = stage.page(role)
        assert GROUNDS in page
        assert "0,00400000 BTC" in page
        assert "nicht geliefert" in page


def test_person_who_joins_later_sees_the_deal_until_they_leave(stage: Stage) -> None:
    late = person("late")
    path = f"/deals/{stage.deal.pk}/"
    assert logged_in(late).get(path).status_code == 404
    membership = add_member(actor="system:test", client=stage.clients["buyer"], user=late, at=AT)
    assert logged_in(late).get(path).status_code == 200
    remove_member(actor="system:test", membership=membership, at=AT)
    assert logged_in(late).get(path).status_code == 404
