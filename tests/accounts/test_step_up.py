"""Step-up: a fresh code, once, of the person who acts, right before the deed."""

from datetime import timedelta

import pytest

from custody.accounts.models import Authenticator, User
from custody.accounts.otp import FreshFactor, require_fresh_totp, reset_second_factor, start_enrolment
from custody.common.errors import ForbiddenError, RefusedError
from tests.cast import AT, code_of


def test_fresh_code_gives_proof_for_five_minutes(officer: User) -> None:
    factor = require_fresh_totp(officer, code_of(officer), AT)
    factor.check(actor=officer, at=AT + timedelta(seconds=300))
    with pytest.raises(ForbiddenError) as error:
        factor.check(actor=officer, at=AT + timedelta(seconds=301))
    assert error.value.code == "step_up_needed"


def test_proof_of_another_person_is_refused(officer: User, second_officer: User) -> None:
    factor = require_fresh_totp(officer, code_of(officer), AT)
    with pytest.raises(ForbiddenError):
        factor.check(actor=second_officer, at=AT)


def test_proof_from_the_future_is_refused(officer: User) -> None:
    with pytest.raises(ForbiddenError):
        FreshFactor(officer.pk, AT + timedelta(seconds=1)).check(actor=officer, at=AT)


@pytest.mark.parametrize("token", ["", "abcdef", "12345", "1234567", "١٢٣٤٥٦", "-12345"])
def test_what_is_no_code_is_refused(officer: User, token: str) -> None:
    with pytest.raises(ForbiddenError) as error:
        require_fresh_totp(officer, token, AT)
    assert error.value.code == "wrong_code"


def test_replay_is_refused(officer: User) -> None:
    code = code_of(officer)
    require_fresh_totp(officer, code, AT)
    with pytest.raises(ForbiddenError) as error:
        require_fresh_totp(officer, code, AT)
    assert error.value.code == "wrong_code"


def test_older_code_after_a_newer_one_is_refused(officer: User) -> None:
    require_fresh_totp(officer, code_of(officer, steps=1), AT)
    with pytest.raises(ForbiddenError):
        require_fresh_totp(officer, code_of(officer), AT)


def test_code_two_steps_away_is_refused(officer: User) -> None:
    for steps in (-2, 2):
        Authenticator.objects.update(throttling_failure_count=0)
        with pytest.raises(ForbiddenError):
            require_fresh_totp(officer, code_of(officer, steps=steps), AT)


def test_person_without_authenticator_is_refused(officer: User) -> None:
    reset_second_factor(user=officer, actor="system:test", at=AT)
    with pytest.raises(ForbiddenError) as error:
        require_fresh_totp(User.objects.get(pk=officer.pk), "123456", AT)
    assert error.value.code == "no_second_factor"


def test_confirmed_authenticator_is_not_replaced(officer: User) -> None:
    before = officer.totp_key
    with pytest.raises(RefusedError) as error:
        start_enrolment(user=officer)
    assert error.value.code == "already_enrolled"
    assert User.objects.get(pk=officer.pk).totp_key == before


def test_reset_makes_a_new_key(officer: User) -> None:
    before = officer.totp_key
    reset_second_factor(user=officer, actor="system:test", at=AT)
    after = start_enrolment(user=User.objects.get(pk=officer.pk)).user.totp_key
    assert after not in {"", before}
