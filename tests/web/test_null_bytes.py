"""A zero byte, which PostgreSQL keeps in no text, is refused before anybody looks for it."""

from typing import Any

import pytest
from django.test import Client as Http

from custody.accounts.models import User
from custody.api.person_token import PersonToken
from tests.cast import logged_in


@pytest.mark.parametrize(
    "address",
    [
        "/deals/%00/",
        "/deals/deal_01KAJ8P0000000000000000001%00/terms.json",
        "/admin/escrow/deal/%00/change/",
        "/admin/accounts/user/?q=%00",
        "/admin/reports/reportrun/?report=%00",
        "/?page=%00",
        "/account/login/?next=%00",
        "/admin/?%00=1",
    ],
)
def test_pages_refuse_it(officer: User, address: str) -> None:
    answer = logged_in(officer).get(address)
    assert answer.status_code == 400
    assert "null_byte" in answer.content.decode()


def api(user: User, path: str) -> Any:
    headers = {"Authorization": f"Bearer {PersonToken.for_user(user)}"}
    return Http().get(f"/api/v1/{path}", headers=headers)


@pytest.mark.parametrize("path", ["deals/%00", "deals?state=%00", "deals?cursor=%00"])
def test_the_api_refuses_it_as_a_problem(officer: User, path: str) -> None:
    answer = api(officer, path)
    assert (answer.status_code, answer.json()["code"]) == (400, "null_byte")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_cursor_that_holds_one_is_no_cursor(officer: User) -> None:
    assert api(officer, "deals?cursor=cD0lMDA=").status_code == 404


def test_a_cookie_that_holds_one_is_refused(db: None) -> None:
    answer = Http().get("/account/login/", headers={"Cookie": r'sessionid="\000aaaaaaaaaaaaaaaa"'})
    assert answer.status_code == 400
