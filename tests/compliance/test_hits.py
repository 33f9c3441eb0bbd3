"""Four eyes over a hit: who may decide, who may confirm, and what follows."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.audit.models import AuditEntry
from custody.common.errors import CustodyError, ForbiddenError, InvalidInputError, NotFoundError, RefusedError
from custody.compliance.models import Disposition, Hold
from custody.compliance.selectors import has_hold, waiting_hits
from custody.compliance.services import confirm_hit, decide_hit, return_hit, screen_party
from tests.cast import AT
from tests.compliance.conftest import LISTED

REASON = "Other date of birth, passport seen"
DEAL = "deal_one"


@pytest.fixture
def hit(synthetic: None) -> str:
    screening = screen_party(actor="system:test", subject=LISTED, purpose="ONBOARDING", holds=[DEAL], at=AT)
    return str(screening.hits[0])


def decide(officer: User, hit: str, outcome: str = "FALSE_POSITIVE") -> Disposition:
    return decide_hit(actor=officer, hit_id=hit, outcome=outcome, reason=REASON, at=AT)


def confirm(officer: User, hit: str) -> Disposition:
    return confirm_hit(actor=officer, hit_id=hit, factor=FreshFactor(officer.pk, AT), at=AT)


def assert_still_held(code: str, error: CustodyError) -> None:
    assert error.code == code
    assert has_hold([LISTED])
    assert has_hold([DEAL])
    assert not Disposition.objects.filter(state="CONFIRMED").exists()


def test_one_officer_alone_ends_no_hold(officer: User, hit: str) -> None:
    decide(officer, hit)
    assert has_hold([LISTED])
    assert has_hold([DEAL])


def test_a_false_positive_confirmed_by_another_ends_the_holds(
    officer: User, second_officer: User, hit: str
) -> None:
    decide(officer, hit)
    disposition = confirm(second_officer, hit)
    assert (disposition.state, disposition.second_officer) == ("CONFIRMED", second_officer)
    assert not has_hold([LISTED, DEAL])
    assert set(Hold.objects.values_list("ended_by", "ended_at")) == {(disposition.pk, AT)}


def test_a_confirmed_match_keeps_the_holds(officer: User, second_officer: User, hit: str) -> None:
    decide(officer, hit, "CONFIRMED")
    confirm(second_officer, hit)
    assert has_hold([LISTED])
    assert has_hold([DEAL])
    assert not waiting_hits().exists()


def test_a_settled_false_positive_does_not_return(officer: User, second_officer: User, hit: str) -> None:
    decide(officer, hit)
    confirm(second_officer, hit)
    again = screen_party(actor="system:test", subject=LISTED, purpose="RELEASE", holds=[DEAL], at=AT)
    assert (again.result, again.hits, again.settled) == ("CLEAR", [], [hit])
    assert not has_hold([LISTED, DEAL])


def test_the_deciding_officer_cannot_confirm(officer: User, hit: str) -> None:
    decide(officer, hit)
    with pytest.raises(RefusedError) as error:
        confirm(officer, hit)
    assert_still_held("same_officer", error.value)


def test_the_database_itself_refuses_one_officer_twice(officer: User, hit: str) -> None:
    disposition = decide(officer, hit)
    changes = {"state": "CONFIRMED", "second_officer": officer, "closed_at": AT}
    with pytest.raises(IntegrityError, match="disposition_four_eyes"), transaction.atomic():
        Disposition.objects.filter(pk=disposition.pk).update(**changes)


def test_a_code_of_another_person_does_not_confirm(officer: User, second_officer: User, hit: str) -> None:
    decide(officer, hit)
    with pytest.raises(ForbiddenError) as error:
        confirm_hit(actor=second_officer, hit_id=hit, factor=FreshFactor(officer.pk, AT), at=AT)
    assert_still_held("step_up_needed", error.value)


def test_an_old_code_does_not_confirm(officer: User, second_officer: User, hit: str) -> None:
    decide(officer, hit)
    factor = FreshFactor(second_officer.pk, AT - timedelta(minutes=6))
    with pytest.raises(ForbiddenError) as error:
        confirm_hit(actor=second_officer, hit_id=hit, factor=factor, at=AT)
    assert_still_held("step_up_needed", error.value)


def test_an_auditor_neither_decides_nor_confirms(officer: User, auditor: User, hit: str) -> None:
    with pytest.raises(ForbiddenError):
        decide(auditor, hit)
    decide(officer, hit)
    with pytest.raises(ForbiddenError) as error:
        confirm(auditor, hit)
    assert_still_held("no_right", error.value)


def test_a_hit_is_decided_once_at_a_time(officer: User, second_officer: User, hit: str) -> None:
    decide(officer, hit)
    with pytest.raises(RefusedError) as error:
        decide(second_officer, hit)
    assert error.value.code == "already_decided"


def test_nothing_is_confirmed_before_it_is_decided(second_officer: User, hit: str) -> None:
    with pytest.raises(RefusedError) as error:
        confirm(second_officer, hit)
    assert_still_held("nothing_to_confirm", error.value)


def test_a_returned_decision_can_be_taken_again(officer: User, second_officer: User, hit: str) -> None:
    decide(officer, hit)
    return_hit(actor=second_officer, hit_id=hit, factor=FreshFactor(second_officer.pk, AT), at=AT)
    assert has_hold([LISTED])
    assert has_hold([DEAL])
    decide(second_officer, hit)
    confirm(officer, hit)
    assert not has_hold([LISTED, DEAL])


@pytest.mark.parametrize(
    ("outcome", "reason", "field"), [("MAYBE", REASON, "outcome"), ("CONFIRMED", " no ", "reason")]
)
def test_a_decision_needs_an_outcome_and_a_reason(
    officer: User, hit: str, outcome: str, reason: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        decide_hit(actor=officer, hit_id=hit, outcome=outcome, reason=reason, at=AT)
    assert error.value.field == field


def test_an_unknown_hit_is_not_found(officer: User) -> None:
    with pytest.raises(NotFoundError):
        decide(officer, "hit_unknown")


def test_decision_and_confirmation_are_recorded_without_the_reason(
    officer: User, second_officer: User, hit: str
) -> None:
    decide(officer, hit)
    confirm(second_officer, hit)
    entries = AuditEntry.objects.filter(subject=hit, verb__startswith="compliance.hit.").order_by("pk")
    assert [(entry.verb, entry.actor) for entry in entries] == [
        ("compliance.hit.found", None),
        ("compliance.hit.decided", officer),
        ("compliance.hit.confirmed", second_officer),
    ]
    assert b"passport" not in b"".join(bytes(entry.body) for entry in entries)
