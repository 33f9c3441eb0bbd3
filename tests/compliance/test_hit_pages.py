"""The hit's page in the back office: decide, confirm, return; four eyes; who sees and who acts."""

import re
from typing import Any

import pytest
from django.http import HttpResponse

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.roles import Role
from custody.audit.models import AuditEntry
from custody.compliance.models import Disposition, Hit
from custody.compliance.selectors import has_hold
from custody.compliance.services import confirm_hit, decide_hit, screen_party
from custody.web.worklist import Row
from tests.cast import AT, fresh_code, logged_in, person
from tests.compliance.conftest import LISTED

REASON = "Other date of birth, passport seen"


@pytest.fixture
def hit(synthetic: None) -> Hit:
    screening = screen_party(actor="system:test", subject=LISTED, purpose="ONBOARDING", at=AT)
    return Hit.objects.get(pk=screening.hits[0])


def address(hit: Hit, deed: str = "") -> str:
    return f"/admin/compliance/hit/{hit.pk}/" + (f"do/{deed}/" if deed else "change/")


def send(user: User, hit: Hit, deed: str, **fields: str) -> HttpResponse:
    data = {f"{deed}-{name}": value for name, value in fields.items()}
    return logged_in(user).post(address(hit, deed), data)  # type: ignore[return-value]


def hits_of(home: Any) -> tuple[Row, ...]:
    sections = home.context["worklist"]
    return next(section.rows for section in sections if section.source.page == "compliance.Hit")


def decide(officer: User, hit: Hit) -> None:
    decide_hit(actor=officer, hit_id=hit.pk, outcome="FALSE_POSITIVE", reason=REASON, at=AT)


def refusals(verb: str) -> list[str]:
    return [bytes(entry.body).decode() for entry in AuditEntry.objects.filter(verb=verb).order_by("pk")]


def test_the_page_shows_party_and_entry_side_by_side(officer: User, hit: Hit) -> None:
    page = logged_in(officer).get(address(hit)).content.decode()
    for shown in ("W. Irrelevant", hit.entry.name, hit.entry.profile_id, hit.listed):
        assert shown in page


def test_an_officer_decides_with_a_reason(officer: User, hit: Hit) -> None:
    response = send(officer, hit, "decide", outcome="FALSE_POSITIVE", reason=REASON)
    assert (response.status_code, response["Location"]) == (302, address(hit))
    decision = Disposition.objects.get()
    assert (decision.officer, decision.reason, decision.state) == (officer, REASON, "PROPOSED")


def test_another_officer_confirms_with_a_fresh_code(officer: User, second_officer: User, hit: Hit) -> None:
    decide(officer, hit)
    assert send(second_officer, hit, "confirm", token=fresh_code(second_officer)).status_code == 302
    assert not has_hold([LISTED])


def test_a_returned_decision_leaves_the_hold(officer: User, second_officer: User, hit: Hit) -> None:
    decide(officer, hit)
    assert send(second_officer, hit, "return", token=fresh_code(second_officer)).status_code == 302
    assert Disposition.objects.get().state == "RETURNED"
    assert has_hold([LISTED])


def test_the_maker_sees_the_confirmation_blocked(officer: User, second_officer: User, hit: Hit) -> None:
    decide(officer, hit)
    assert 'id="do-confirm"' in logged_in(officer).get(address(hit)).content.decode()
    assert 'do/confirm/"' not in logged_in(officer).get(address(hit)).content.decode()
    assert 'do/confirm/"' in logged_in(second_officer).get(address(hit)).content.decode()


def test_the_maker_who_confirms_nevertheless_is_refused_and_recorded(officer: User, hit: Hit) -> None:
    decide(officer, hit)
    assert send(officer, hit, "confirm", token=fresh_code(officer)).status_code == 400
    assert '"same_officer"' in refusals("compliance.hit.confirm.refused")[0]
    assert has_hold([LISTED])


def test_a_wrong_code_confirms_nothing(officer: User, second_officer: User, hit: Hit) -> None:
    decide(officer, hit)
    assert send(second_officer, hit, "confirm", token="000000").status_code == 400
    assert '"wrong_code"' in refusals("compliance.hit.confirm.refused")[0]
    assert has_hold([LISTED])


def test_a_short_reason_comes_back_with_the_form(officer: User, hit: Hit) -> None:
    response = send(officer, hit, "decide", outcome="FALSE_POSITIVE", reason="no")
    assert response.status_code == 400
    assert "no</textarea>" in response.content.decode()
    assert not Disposition.objects.exists()


def test_an_auditor_sees_and_cannot_act(auditor: User, hit: Hit) -> None:
    page = logged_in(auditor).get(address(hit))
    assert page.status_code == 200
    assert "do/decide/" not in page.content.decode()
    assert send(auditor, hit, "decide", outcome="FALSE_POSITIVE", reason=REASON).status_code == 400
    assert '"no_right"' in refusals("compliance.hit.decide.refused")[0]
    assert not Disposition.objects.exists()


def test_treasury_does_not_see_hits(hit: Hit) -> None:
    http = logged_in(person("treasurer", Role.TREASURY))
    assert http.get("/admin/compliance/hit/").status_code == 403
    assert http.get(address(hit)).status_code == 404


def test_the_worklist_asks_officers_and_blocks_the_maker(
    officer: User, second_officer: User, hit: Hit
) -> None:
    assert address(hit) in logged_in(officer).get("/admin/").content.decode()
    decide(officer, hit)
    maker, other = (logged_in(user).get("/admin/") for user in (officer, second_officer))
    assert [row.blocked == "" for row in hits_of(maker)] == [False]
    assert [row.blocked == "" for row in hits_of(other)] == [True]


def test_a_confirmed_match_leaves_nothing_to_do(officer: User, second_officer: User, hit: Hit) -> None:
    pages = {section.source.page for section in logged_in(officer).get("/admin/").context["worklist"]}
    assert pages >= {"compliance.Hit", "compliance.Hold"}
    decide_hit(actor=officer, hit_id=hit.pk, outcome="CONFIRMED", reason=REASON, at=AT)
    confirm_hit(actor=second_officer, hit_id=hit.pk, factor=FreshFactor(second_officer.pk, AT), at=AT)
    pages = {section.source.page for section in logged_in(officer).get("/admin/").context["worklist"]}
    assert not pages & {"compliance.Hit", "compliance.Hold"}
    assert has_hold([LISTED])


def test_the_timeline_shows_position_and_hash(officer: User, hit: Hit) -> None:
    entry = AuditEntry.objects.get(verb="compliance.hit.found")
    page = logged_in(officer).get(address(hit)).content.decode()
    assert entry.hash[:8] in page


@pytest.mark.parametrize("page", ["hit", "hold", "screening", "sanctionslist"])
def test_the_lists_open(officer: User, hit: Hit, page: str) -> None:
    assert logged_in(officer).get(f"/admin/compliance/{page}/").status_code == 200


def test_screening_and_list_pages_open(officer: User, hit: Hit) -> None:
    http = logged_in(officer)
    assert http.get(f"/admin/compliance/screening/{hit.screening_id}/change/").status_code == 200
    assert http.get(f"/admin/compliance/sanctionslist/{hit.entry.list_id}/change/").status_code == 200


def test_links_of_the_list_lead_to_the_record(officer: User, hit: Hit) -> None:
    http = logged_in(officer)
    links = re.findall(
        r'href="(/admin/compliance/hit/[^"]+/change/)', http.get("/admin/compliance/hit/").content.decode()
    )
    assert address(hit) in links
    assert {http.get(link).status_code for link in links} == {200}
