"""Frame of every portal page: policy, language, demo mark, source link, live part."""

import re
from typing import Any

import pytest
from django.test import Client as Http

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.audit.services import record
from custody.portal.page import facts
from custody.portal.situation import situation_of
from custody.portal.told import TOLD
from custody.web.verb_tables import VERBS
from tests.cast import logged_in
from tests.portal.stage import Stage


def test_policy_allows_no_script_or_style_inside_the_page(stage: Stage) -> None:
    response: Any = stage.browsers["buyer"].get(f"/deals/{stage.deal.pk}/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    for directive in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in policy


@pytest.mark.parametrize("role", ["buyer", "merchant"])
def test_pages_hold_no_inline_script_style_or_handler(stage: Stage, role: str) -> None:
    page = stage.propose_release().page(role)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\s(style|on[a-z]+)=", page)


def test_every_page_says_demo_and_links_the_source(stage: Stage) -> None:
    for path in ("/", f"/deals/{stage.deal.pk}/", "/account/password/"):
        page = stage.browsers["buyer"].get(path).content.decode()
        assert "<strong>DEMO</strong>" in page
        assert 'href="https://example.org/custody"' in page


def test_my_deals_lists_mine_with_whose_turn_it_is(stage: Stage) -> None:
    page = stage.browsers["buyer"].get("/").content.decode()
    assert "Two printing presses" in page
    assert f"/deals/{stage.deal.pk}/" in page


def test_stranger_has_no_deals(stage: Stage, stranger: User) -> None:
    assert "Two printing presses" not in logged_in(stranger).get("/").content.decode()


def test_our_own_people_are_sent_to_the_back_office(stage: Stage, officer: User) -> None:
    response: Any = logged_in(officer).get("/")
    assert response["Location"] == "/admin/"


def test_live_part_stays_while_nothing_changed(stage: Stage) -> None:
    page = stage.page("buyer")
    live = re.search(r'hx-get="([^"]+)"', page)
    assert live
    response: Any = stage.browsers["buyer"].get(live.group(1).replace("&amp;", "&"))
    assert response.status_code == 200
    assert 'id="live"' in response.content.decode()


def test_live_part_reloads_the_page_when_the_deal_moved(stage: Stage) -> None:
    page = stage.page("buyer")
    live = re.search(r'hx-get="([^"]+)"', page)
    assert live
    stage.propose_terms()
    response: Any = stage.browsers["buyer"].get(live.group(1).replace("&amp;", "&"))
    assert (response.status_code, response["HX-Refresh"]) == (204, "true")


def test_nothing_of_a_deal_is_kept_by_the_browser(stage: Stage) -> None:
    response: Any = stage.browsers["buyer"].get(f"/deals/{stage.deal.pk}/")
    assert "no-store" in response["Cache-Control"]


def test_timeline_names_none_of_our_people(stage: Stage) -> None:
    page = stage.propose_release().page("buyer")
    assert stage.officer.pk not in page
    assert stage.mediator.pk not in page


def test_end_of_the_session_is_announced(officer: User, buyer: User) -> None:
    http: Http = logged_in(buyer)
    session = http.session
    session["ends_at"] = 1_800_000_000
    session.save()
    assert 'data-session-end="1800000000"' in http.get("/").content.decode()


def test_timeline_tells_nothing_of_what_our_people_read_or_weigh(stage: Stage) -> None:
    before = timeline_of(stage)
    for verb in ("file_read", "decision_proposed", "decision_returned", "verb_of_tomorrow"):
        record(verb=f"escrow.deal.{verb}", actor=stage.officer, subject=stage.deal.pk, payload={})
    assert timeline_of(stage) == before
    record(verb="escrow.deal.funded", actor="system:test", subject=stage.deal.pk, payload={})
    assert len(timeline_of(stage)) == len(before) + 1


def test_timeline_names_the_role_that_acted(stage: Stage) -> None:
    assert stage.propose_release().do("merchant", "withdraw-release").status_code == 302
    now = situation_of(stage.people["buyer"], stage.deal)
    assert now is not None
    roles = [(str(event["what"]), str(event["role"])) for event in facts(now)["events"]]
    assert [role for _, role in roles[:3]] == ["Händler", "Käufer", ""]  # withdrawn, proposed, funded
    assert "· Händler</summary>" in stage.page("buyer")


def test_verbs_told_to_parties_exist() -> None:
    assert set(VERBS) >= TOLD


def timeline_of(stage: Stage) -> list[str]:
    now = situation_of(stage.people["buyer"], stage.deal)
    assert now is not None
    return [str(event["hash"]) for event in facts(now)["events"]]


def test_timeline_tells_nothing_of_screening_and_refusals(stage: Stage) -> None:
    stage.join()
    stage.do("merchant", "propose-release", agreed="on")
    now = situation_of(stage.people["buyer"], stage.deal)
    assert now is not None
    assert len(facts(now)["events"]) == 3  # opened, and joined twice
    assert AuditEntry.objects.filter(subject=stage.deal.pk, verb="escrow.deal.party_screened").count() == 2
