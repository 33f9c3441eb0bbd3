"""Pages of records: names that are found, links for those who may follow them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.test import RequestFactory

from custody.accounts.models import User
from custody.hsm.models import AddressAttestation, SigningKey, SigningRequest, TrustDraft
from custody.web import links
from custody.web.admin import RecordAdmin
from tests.cast import AT, logged_in

DEAL = "deal_01KAJ8P0000000000000000001"


def errors() -> list[tuple[str | None, type]]:
    return [(error.id, type(error.obj)) for error in run_checks() if (error.id or "").startswith("web.")]


@pytest.fixture
def drafts() -> Iterator[Any]:
    """The page of trust documents, put back afterwards."""
    page: Any = admin.site._registry[TrustDraft]
    deeds, prefix = page.deeds, page.prefix
    yield page
    page.deeds, page.prefix = deeds, prefix


def test_every_page_and_deed_has_a_name_of_its_own() -> None:
    assert errors() == []


@pytest.mark.parametrize("name", ["submit", ""])
def test_a_deed_that_another_hides_is_found(drafts: Any, name: str) -> None:
    drafts.deeds = (*drafts.deeds, replace(drafts.deeds[0], name=name))
    assert errors() == [("web.E001", type(drafts))]


def test_a_page_that_another_hides_is_found(drafts: Any) -> None:
    drafts.prefix = admin.site._registry[SigningKey].prefix  # type: ignore[attr-defined]
    assert {error for error, _ in errors()} == {"web.E002"}


def test_a_page_without_facts_of_its_own_stands(officer: User) -> None:
    class Plain(RecordAdmin[TrustDraft]):
        pass

    request = RequestFactory().get("/")
    assert Plain(TrustDraft, admin.site).sections(request, TrustDraft()) == []


def test_an_id_is_a_link_for_who_may_open_its_page(officer: User, custodian: User) -> None:
    """A key custodian sees no deals."""
    for user, is_link in ((officer, True), (custodian, False)):
        request = RequestFactory().get("/")
        request.user = user
        with links.answering(request):
            shown = links.to_record(DEAL)
        assert (DEAL in shown, "<a " in shown) == (True, is_link)
    assert "<a " in links.to_record(DEAL)  # no request: a command or a task writes it


def test_pages_answer_the_person_of_their_request(custodian: User, officer: User) -> None:
    request = SigningRequest.objects.create(
        id="req_01KAJ8W0000000000000000001", kind="ADDRESS", subject="x", body=b"{}", created_at=AT
    )
    AddressAttestation.objects.create(
        owner=DEAL, chain="bip122:0f9188f13cb7b2c71f2a335e3a4fc328", address="bcrt1qx", at=AT, body=b"{}",
        request=request,
    )  # fmt: skip
    for user, is_link in ((officer, True), (custodian, False)):
        page = logged_in(user).get("/admin/hsm/addressattestation/").content.decode()
        assert (DEAL in page, f'href="/admin/escrow/deal/{DEAL}/change/"' in page) == (True, is_link)
