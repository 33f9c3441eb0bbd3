"""What wrong passwords lock: one network for an account soon, the account for everybody late and briefly."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client as Http

from custody.accounts.models import User
from tests.accounts.test_login import CODE, enter_password, refusals

OFFICER = "officer@example.org"


def fail(address: str, times: int, email: str = OFFICER) -> None:
    for _ in range(times):
        enter_password(Http(REMOTE_ADDR=address), email, "wrong password")


def gets_in(address: str, email: str = OFFICER) -> bool:
    return enter_password(Http(REMOTE_ADDR=address), email) == CODE


@pytest.mark.parametrize(
    ("addresses", "same", "other"),
    [
        (["2001:db8::1", "2001:db8::ffff:2", "2001:db8::3"], "2001:db8::4", "2001:db8:0:1::1"),
        (["203.0.113.7", "::ffff:203.0.113.7", "203.0.113.7"], "::ffff:cb00:7107", "203.0.113.8"),
    ],
)
def test_one_network_is_one_address(officer: User, addresses: list[str], same: str, other: str) -> None:
    for address, times in zip(addresses, (2, 2, 1), strict=True):
        fail(address, times)
    assert not gets_in(same)
    assert '"locked_out"' in refusals("accounts.login.password.refused")[-1]
    assert gets_in(other)


def test_one_network_alone_locks_nobody_elsewhere(officer: User) -> None:
    fail("203.0.113.7", 60)
    assert gets_in("203.0.113.8")


def test_ten_networks_lock_one_account_for_fifteen_minutes(officer: User, merchant: User) -> None:
    for network in range(9):
        fail(f"2001:db8:0:{network}::1", 5)
    assert gets_in("203.0.113.8")
    fail("2001:db8:0:9::1", 5)
    assert not gets_in("203.0.113.8")
    assert '"locked_out"' in refusals("accounts.login.password.refused")[-1]
    assert gets_in("203.0.113.8", "merchant@example.org")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=15))
    assert gets_in("203.0.113.8")


def test_tries_while_locked_prolong_nothing(officer: User) -> None:
    for network in range(10):
        fail(f"2001:db8:0:{network}::1", 5)
    before = list(AccessAttempt.objects.order_by("pk").values_list("attempt_time", "failures_since_start"))
    fail("2001:db8:0:1::1", 3)
    fail("203.0.113.8", 3)
    assert before == list(
        AccessAttempt.objects.order_by("pk").values_list("attempt_time", "failures_since_start")
    )
