"""A screening and the confirmation of its hit at the same moment: no hold outlives the settled hit."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.roles import Role
from custody.compliance.models import Disposition, Hold, Screening
from custody.compliance.services import confirm_hit, decide_hit, screen_party
from tests.audit.conftest import OwnDatabase, own_database  # noqa: F401 - fixture
from tests.cast import AT, person
from tests.compliance.conftest import LISTED, put_list_into_use
from tests.harness.databases import cluster
from tests.harness.waiting import eventually

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '{}'"


@pytest.fixture
def hit(own_database: OwnDatabase) -> str:  # noqa: F811
    """A hit that the first officer called a false positive; a second one may confirm it."""
    put_list_into_use()
    found = str(screen(deal="deal_one").hits[0])
    first = person("officer", Role.COMPLIANCE_OFFICER)
    decide_hit(actor=first, hit_id=found, outcome="FALSE_POSITIVE", reason="Other date of birth", at=AT)
    return found


def screen(*, deal: str) -> Screening:
    return screen_party(actor="system:test", subject=LISTED, purpose="ONBOARDING", holds=[deal], at=AT)


def confirm(hit: str, second: User) -> Disposition:
    return confirm_hit(actor=second, hit_id=hit, factor=FreshFactor(second.pk, AT), at=AT)


@contextmanager
def beside(work: Callable[[], object], database: OwnDatabase) -> Iterator[None]:
    """Start ``work`` on a second connection once the block is done; commit when it waits or has ended."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            yield
            second: Future[None] = pool.submit(run)
            waiting = WAITING.format(database.name)
            eventually(lambda: second.done() or cluster().sql(waiting) != "0", what="second connection")
        second.result()


def open_holds() -> list[str]:
    return list(Hold.objects.filter(ended_at=None).values_list("subject", flat=True))


def test_a_screening_before_the_confirmation(own_database: OwnDatabase, hit: str) -> None:  # noqa: F811
    second = person("second", Role.COMPLIANCE_OFFICER)
    with beside(lambda: confirm(hit, second), own_database):
        assert screen(deal="deal_two").result == "HIT"
    assert Disposition.objects.get(hit=hit).state == "CONFIRMED"
    assert open_holds() == []


def test_a_screening_after_the_confirmation(own_database: OwnDatabase, hit: str) -> None:  # noqa: F811
    second = person("second", Role.COMPLIANCE_OFFICER)
    with beside(lambda: screen(deal="deal_two"), own_database):
        confirm(hit, second)
    assert Screening.objects.get(result="CLEAR").settled == [hit]
    assert open_holds() == []
