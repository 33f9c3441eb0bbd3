"""Screening of parties and addresses: what is found, what is kept as proof, what stands still."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from custody.audit.models import AuditEntry
from custody.common.errors import InvalidInputError
from custody.compliance.models import Hit, Hold, Screening
from custody.compliance.selectors import has_hold, open_holds
from custody.compliance.services import register_party, screen_address, screen_party
from tests.cast import AT
from tests.compliance.conftest import CLEAN, LISTED

REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
LISTED_ADDRESS = "bcrt1q79gxyyqr2s6x5gl6chw8h34wvwuphanxs048rr"
DEAL = "deal_one"

pytestmark = pytest.mark.usefixtures("synthetic")


def screen(subject: str, *holds: str) -> Screening:
    return screen_party(actor="system:test", subject=subject, purpose="ONBOARDING", holds=holds, at=AT)


def screen_listed_address(address: str = LISTED_ADDRESS) -> Screening:
    return screen_address(
        actor="system:test",
        subject=CLEAN,
        chain=REGTEST,
        address=address,
        purpose="RELEASE",
        holds=[DEAL],
        at=AT,
    )


def test_a_party_without_a_match_is_clear() -> None:
    screening = screen(CLEAN, DEAL)
    assert (screening.result, screening.hits, screening.settled) == ("CLEAR", [], [])
    assert not has_hold([CLEAN, DEAL])


def test_a_clear_screening_proves_what_was_asked_of_which_list() -> None:
    screening = Screening.objects.get(pk=screen(CLEAN).pk)
    assert (screening.query, screening.method, screening.actor) == ("Rita Rein", "exact/1", "system:test")
    assert [(used["source"], used["version"], used["list_date"]) for used in screening.lists] == [
        ("ofac", 1, "2020-01-02")
    ]


def test_an_alias_in_another_order_and_case_is_a_hit() -> None:
    hit = Hit.objects.get(pk=screen(LISTED).hits[0])
    assert (hit.subject, hit.entry.profile_id, hit.matched, hit.is_weak) == (LISTED, "900001", "NAME", False)
    assert hit.listed == "Valdemar Ostenovich SHEINFAL"


def test_a_weak_alias_is_marked() -> None:
    register_party(actor="system:test", subject="cli_weak", names=["msh"], at=AT)
    assert Hit.objects.get(pk=screen("cli_weak").hits[0]).is_weak


def test_a_hit_stops_its_subject_and_the_named_others() -> None:
    screening = screen(LISTED, DEAL)
    assert screening.result == "HIT"
    assert sorted(open_holds([LISTED, DEAL, CLEAN]).values_list("subject", flat=True)) == [LISTED, DEAL]


def test_the_same_evidence_makes_one_hit_and_stops_a_new_deal_as_well() -> None:
    assert screen(LISTED, DEAL).hits == screen(LISTED, "deal_two").hits
    assert Hit.objects.count() == 1
    assert sorted(Hold.objects.values_list("subject", flat=True)) == [LISTED, DEAL, "deal_two"]


def test_a_listed_address_is_a_hit_in_any_spelling() -> None:
    hit = Hit.objects.get(pk=screen_listed_address(LISTED_ADDRESS.upper()).hits[0])
    assert (hit.entry.profile_id, hit.listed) == ("900002", f"XBT {LISTED_ADDRESS}")
    assert has_hold([CLEAN])
    assert has_hold([DEAL])


def test_an_address_that_is_not_listed_is_clear() -> None:
    assert screen_listed_address("bcrt1qwyxsqzgk4y770fven3ur0ysj3gld8rxv6evpy6").result == "CLEAR"


def test_screening_and_hit_are_recorded_without_names() -> None:
    screening = screen(LISTED)
    entries = AuditEntry.objects.filter(subject__in=[LISTED, screening.hits[0]]).order_by("pk")
    assert [entry.verb for entry in entries] == [
        "compliance.party.registered",
        "compliance.hit.found",
        "compliance.subject.screened",
    ]
    bodies = "".join(bytes(entry.body).decode() for entry in entries).lower()
    assert "sheinfal" not in bodies
    assert json.loads(bytes(entries[2].body))["payload"]["result"] == "HIT"


def test_an_unknown_party_is_refused() -> None:
    with pytest.raises(InvalidInputError) as error:
        screen("cli_nobody")
    assert (error.value.code, error.value.field) == ("unknown_party", "subject")


@pytest.mark.parametrize("names", [[], ["---"], ["two\nlines"]])
def test_a_party_with_a_name_that_cannot_be_screened_is_refused(names: list[str]) -> None:
    with pytest.raises(InvalidInputError) as error:
        register_party(actor="system:test", subject="cli_bad", names=names, at=AT)
    assert error.value.code == "bad_name"


def test_the_same_names_again_change_nothing() -> None:
    register_party(actor="system:test", subject=CLEAN, names=["Rita Rein"], at=AT)
    assert AuditEntry.objects.filter(verb="compliance.party.registered", subject=CLEAN).count() == 1


def test_new_names_of_a_known_party_are_screened() -> None:
    register_party(actor="system:test", subject=CLEAN, names=["Faris al-Mithal"], at=AT)
    assert screen(CLEAN).result == "HIT"


@pytest.mark.parametrize("model", [Screening, Hit])
def test_screenings_and_hits_cannot_be_changed(model: type[Screening] | type[Hit]) -> None:
    screen(LISTED)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET subject = 'other'")
