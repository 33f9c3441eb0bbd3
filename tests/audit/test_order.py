"""What is shown is ordered by what is proved: positions in the stream, never numbers of rows."""

from collections.abc import Callable

from custody.accounts.roles import Role
from custody.audit import linking, selectors
from custody.audit.services import record
from custody.web.admin.timeline import timeline
from tests.audit.conftest import AT, OwnDatabase
from tests.cast import logged_in, person

DEALS = [f"deal_{number}" for number in range(4)]
# The superuser lets two sealed entries change their numbers; every hash and link still fits.
SWAP = """
UPDATE audit_auditlink SET entry_id = -entry_id WHERE position IN (2, 3);
UPDATE audit_auditentry SET id = -id WHERE subject IN ('deal_1', 'deal_2');
UPDATE audit_auditentry SET id = CASE subject WHEN 'deal_1' THEN {second} ELSE {first} END
    WHERE subject IN ('deal_1', 'deal_2');
UPDATE audit_auditlink SET entry_id = CASE position WHEN 2 THEN {second} ELSE {first} END
    WHERE position IN (2, 3);
"""


def swap(database: OwnDatabase) -> None:
    first, second = (entry.pk for entry in selectors.entries_about(["deal_1", "deal_2"]))
    database.as_superuser(SWAP.format(first=first, second=second))


def test_a_change_of_numbers_changes_no_order(
    own_database: OwnDatabase, recorded: Callable[[int], None]
) -> None:
    recorded(4)
    swap(own_database)
    assert [entry.subject for entry in selectors.entries_about(DEALS)] == DEALS
    assert [link.entry.subject for link in selectors.linked_entries(*DEALS)] == DEALS


def test_pages_show_the_order_of_positions(
    own_database: OwnDatabase, recorded: Callable[[int], None]
) -> None:
    recorded(4)
    swap(own_database)
    auditor = person("auditor", Role.AUDITOR)
    assert [step.position for step in timeline(DEALS, user=auditor)] == [4, 3, 2, 1]
    page = logged_in(auditor).get("/admin/audit/auditentry/?q=escrow.deal.opened").content.decode()
    assert sorted(DEALS, key=page.index) == DEALS[::-1]


def test_entries_without_a_position_are_the_newest(
    own_database: OwnDatabase, recorded: Callable[[int], None]
) -> None:
    record(verb="a.b", actor="system:test", subject="deal_1", payload={}, at=AT, stream="signing")
    recorded(2)
    record(verb="a.c", actor="system:test", subject="deal_1", payload={}, at=AT)
    verbs = [entry.verb for entry in selectors.entries_about(DEALS)]
    assert verbs == ["escrow.deal.opened", "escrow.deal.opened", "a.b", "a.c"]
    linking.link_entries()
    verbs = [entry.verb for entry in selectors.entries_about(DEALS)]
    assert verbs == ["escrow.deal.opened", "escrow.deal.opened", "a.c", "a.b"]
