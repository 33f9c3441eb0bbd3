"""Every page against every kind of person: route × role → status.

``stranger`` is a client's person without a part in the deal. For them, as for our own people
without the right, a foreign deal does not exist (404); back-office lists without the right are 403;
clients' people never enter the back office.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client as Http
from django.urls import URLPattern, URLResolver, get_resolver

from custody.accounts.models import User
from custody.api.person_token import PersonToken
from custody.audit.models import AuditEntry
from custody.portal.deeds import DEEDS
from tests.cast import logged_in
from tests.hsm.desk import request_checkpoint
from tests.portal.conftest import stage
from tests.portal.stage import Stage

__all__ = ["stage"]

STAFF = ("officer", "mediator", "treasurer", "custodian", "security", "auditor", "administrator")
EVERYBODY = (*STAFF, "buyer", "merchant", "stranger")

# Back office: list → roles that may read it.
LISTS = {
    "audit/auditentry": "officer custodian security auditor administrator",
    "accounts/client": "officer mediator treasurer auditor administrator",
    "accounts/user": "officer custodian security auditor administrator",
    "compliance/hit": "officer auditor",
    "compliance/hold": "officer auditor",
    "compliance/sanctionslist": "officer auditor",
    "compliance/screening": "officer auditor",
    "hsm/addressattestation": "officer treasurer custodian security auditor",
    "hsm/checkpoint": "officer treasurer custodian security auditor",
    "hsm/hsmmodule": "officer treasurer custodian security auditor",
    "hsm/signingrequest": "officer treasurer custodian security auditor",
    "hsm/journalentry": "officer treasurer custodian security auditor",
    "hsm/signingstop": "officer treasurer custodian security auditor",
    "hsm/trustdraft": "officer treasurer custodian security auditor",
    "hsm/signingkey": "officer treasurer custodian security auditor",
    "wallets/chaintransaction": "officer treasurer custodian security auditor",
    "wallets/transferintent": "officer treasurer custodian security auditor",
    "wallets/wallet": "officer treasurer custodian security auditor",
    "escrow/deal": "officer mediator treasurer auditor",
    "reports/reportrun": "officer auditor",
}
# Pages of one deal in the portal, for GET; the parties reach them, nobody else.
PORTAL = {
    "": 200,
    "live/": 204,
    "terms.json": 200,
    "contract": 200,
    "challenge.json": 200,
    "proof/buyer.json": 200,
    "payout.psbt": 200,
    "evidence/" + "ab" * 32: 404,
}


@pytest.fixture
def browsers(stage: Stage, request: pytest.FixtureRequest) -> dict[str, Http]:
    return {name: logged_in(request.getfixturevalue(name)) for name in EVERYBODY}


def test_back_office_lists(browsers: dict[str, Http]) -> None:
    for page, allowed in LISTS.items():
        found = {name: browsers[name].get(f"/admin/{page}/").status_code for name in STAFF}
        assert (page, found) == (page, {name: 200 if name in allowed.split() else 403 for name in STAFF})


def test_clients_people_never_enter_the_back_office(browsers: dict[str, Http]) -> None:
    for page in ("", *(f"{page}/" for page in LISTS)):
        for name in ("buyer", "merchant", "stranger"):
            response: Any = browsers[name].get(f"/admin/{page}", follow=True)
            assert (name, page, response.status_code) == (name, page, 403)


def test_bytes_and_exports_of_the_signer(browsers: dict[str, Http], stage: Stage) -> None:
    request = request_checkpoint()
    allowed = LISTS["hsm/signingrequest"].split()
    for path, other in (("export.csv", 403), ("export.json", 403), (f"{request.pk}/bytes/", 404)):
        found = {name: browsers[name].get(f"/admin/hsm/signingrequest/{path}").status_code for name in STAFF}
        assert (path, found) == (path, {name: 200 if name in allowed else other for name in STAFF})


def test_deal_in_the_back_office(browsers: dict[str, Http], stage: Stage) -> None:
    path = f"/admin/escrow/deal/{stage.deal.pk}/change/"
    found = {name: browsers[name].get(path).status_code for name in STAFF}
    allowed = LISTS["escrow/deal"].split()
    assert found == {name: 200 if name in allowed else 404 for name in STAFF}


def test_portal_pages_of_a_deal(browsers: dict[str, Http], stage: Stage) -> None:
    stage.propose_release()
    for path, status in PORTAL.items():
        for name in EVERYBODY:
            response: Any = browsers[name].get(f"/deals/{stage.deal.pk}/{path}")
            expected = status if name in {"buyer", "merchant"} else 404
            assert (name, path, response.status_code) == (name, path, expected)


def test_deeds_of_others_do_not_exist_and_change_nothing(browsers: dict[str, Http], stage: Stage) -> None:
    stage.fund()
    others = ("stranger", *STAFF)
    for deed in DEEDS:
        for name in others:
            response: Any = browsers[name].post(f"/deals/{stage.deal.pk}/do/{deed}/", {"text": "x"})
            assert (name, deed, response.status_code) == (name, deed, 404)
    assert stage.state == "FUNDED"
    refusals = AuditEntry.objects.filter(verb__startswith="portal.deal.", verb__endswith=".refused")
    assert refusals.count() == len(DEEDS) * len(others)


def test_api_deal_by_role(stage: Stage, request: pytest.FixtureRequest) -> None:
    found = {}
    for name in EVERYBODY:
        token = PersonToken.for_user(request.getfixturevalue(name))
        answer: Any = Http().get(
            f"/api/v1/deals/{stage.deal.pk}", headers={"Authorization": f"Bearer {token}"}
        )
        found[name] = answer.status_code
    allowed = {"officer", "mediator", "treasurer", "auditor", "buyer", "merchant"}
    assert found == {name: 200 if name in allowed else 404 for name in EVERYBODY}


# Open to people who are not (fully) logged in; everything else must send them to the log-in.
OPEN = {
    "accounts:login", "accounts:code", "accounts:enrol", "accounts:logout", "accounts:language",
    "api:token", "api:schema", "api:docs",
}  # fmt: skip
BY_TOKEN = {"api:deals", "api:deal"}


def routes(patterns: Any = None, prefix: str = "", name: str = "") -> Iterator[tuple[str, str]]:
    """(name, path with sample values) of every route."""
    for item in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            space = f"{name}{item.namespace}:" if item.namespace else name
            yield from routes(item.url_patterns, path, space)
        elif isinstance(item, URLPattern) and item.name:
            yield f"{name}{item.name}", sample(path)


def sample(path: str) -> str:
    values = {
        "<str:deal_id>": "deal_01KAJ8P0000000000000000001",
        "<slug:name>": "join",
        "<slug:role>": "buyer",
        "<slug:sha256>": "ab" * 32,
        "<path:object_id>": "1",
        "<int:content_type_id>": "1",
        "<path:url>": "x",
    }
    for pattern, value in values.items():
        path = path.replace(pattern, value)
    return "/" + path


def test_no_route_opens_without_a_second_factor(officer: User) -> None:
    half = Http()
    half.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    checked = 0
    for name, path in routes():
        if name in OPEN or "<" in path or "(" in path:
            continue
        for http in (Http(), half):
            response: Any = http.get(path)
            if name in BY_TOKEN:
                assert (name, response.status_code) == (name, 401)
            else:
                assert (name, response.status_code) == (name, 302)
                assert response["Location"].startswith("/account/")
            checked += 1
    assert checked > 60


def test_every_list_of_the_back_office_stands_in_the_table() -> None:
    listed = {f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry}
    assert listed - {"auth/group"} == set(LISTS)
