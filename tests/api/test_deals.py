"""Deals by API: one's own only, amounts as strings, everything else does not exist."""

from typing import Any

import pytest
from django.test import Client as Http

from custody.accounts.models import User
from custody.api.person_token import PersonToken
from custody.audit.models import AuditEntry
from tests.portal.stage import AMOUNT, Stage


def get(user: User, path: str) -> Any:
    return Http().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {PersonToken.for_user(user)}"})


def test_party_sees_its_deal(stage: Stage, buyer: User) -> None:
    answer = get(buyer, "deals").json()
    assert [deal["id"] for deal in answer["results"]] == [stage.deal.pk]
    assert answer["results"][0]["amount"] == str(AMOUNT)


def test_stranger_sees_nothing(stage: Stage, stranger: User) -> None:
    assert get(stranger, "deals").json()["results"] == []


def test_foreign_and_missing_deal_look_the_same(stage: Stage, stranger: User) -> None:
    foreign = get(stranger, f"deals/{stage.deal.pk}")
    missing = get(stranger, "deals/deal_01KAJ8P0000000000000000001")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() == missing.json()
    refusals = AuditEntry.objects.filter(verb="api.dealview.requested.refused")
    assert list(refusals.values_list("actor", "subject")) == [(stranger.pk, "")] * 2


def test_auditor_sees_every_deal(stage: Stage, auditor: User) -> None:
    assert get(auditor, f"deals/{stage.deal.pk}").json()["state"] == "DRAFT"


def test_administrator_of_people_sees_no_deal(stage: Stage, administrator: User) -> None:
    assert get(administrator, f"deals/{stage.deal.pk}").status_code == 404


def test_deal_shows_terms_and_funding_once_they_exist(stage: Stage, merchant: User) -> None:
    before = get(merchant, f"deals/{stage.deal.pk}").json()
    assert (before["terms"], before["funding"], before["payout"]) == (None, None, None)
    stage.propose_release()
    after = get(merchant, f"deals/{stage.deal.pk}").json()
    assert after["terms"] == stage.terms().hash
    assert after["funding"] == {
        "address": stage.terms().address,
        "mined": str(AMOUNT),
        "final": str(AMOUNT),
        "confirmations": 10,
    }
    assert after["payout"] == {
        "kind": "RELEASE",
        "state": "SIGNING",
        "txid": stage.deal.payouts.get().intent.attempts.get().txid,
    }


@pytest.mark.parametrize(("state", "count"), [("DRAFT", 1), ("FUNDED", 0)])
def test_list_is_filtered_by_state(stage: Stage, officer: User, state: str, count: int) -> None:
    assert len(get(officer, f"deals?state={state}").json()["results"]) == count


def test_unknown_state_is_refused(stage: Stage, officer: User) -> None:
    answer = get(officer, "deals?state=NOWHERE")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "bad_state", "state")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_deals_are_read_only(stage: Stage, officer: User, method: str) -> None:
    send = getattr(Http(), method)
    answer = send(
        f"/api/v1/deals/{stage.deal.pk}", headers={"Authorization": f"Bearer {PersonToken.for_user(officer)}"}
    )
    assert answer.status_code == 405


def test_page_of_the_api_needs_no_script_inside(db: None) -> None:
    page = Http().get("/api/docs/")
    assert page.status_code == 200
    assert b"<script>" not in page.content
    assert Http().get("/api/v1/openapi.yaml").status_code == 200
