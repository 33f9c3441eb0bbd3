"""Lists are narrowed by their own filters alone; any other question about a row gets no answer."""

from typing import Any

import pytest
from django.contrib import admin

from custody.accounts.models import User
from custody.web.admin import ReadOnlyAdmin
from tests.cast import logged_in
from tests.rights.test_matrix import LISTS

PEOPLE = "/admin/accounts/user/"


def where(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.parametrize("role", ["auditor", "custodian"])
@pytest.mark.parametrize(
    "lookup",
    ["password__startswith", "password", "password__regex", "email_hash__startswith", "id__exact", "pk"],
)
def test_the_people_list_is_no_oracle(role: str, lookup: str, request: pytest.FixtureRequest) -> None:
    reader: User = request.getfixturevalue(role)
    field = lookup.partition("__")[0]
    right, wrong = str(getattr(reader, field)), "nothing of the kind"
    for value in (right, wrong):
        answer = logged_in(reader).get(PEOPLE, {lookup: value, "id__exact": reader.pk})
        assert where(answer) == (302, f"{PEOPLE}?e=1")


@pytest.mark.parametrize(
    "address", [f"{PEOPLE}?id=%00", "/admin/audit/auditentry/?body=x", f"{PEOPLE}?role_grants__role__regex=A"]
)
def test_odd_questions_are_answered_alike(auditor: User, address: str) -> None:
    assert logged_in(auditor).get(address).status_code in {302, 400}


@pytest.mark.parametrize("page", LISTS)
def test_every_link_of_every_filter_works(page: str, officer: User, custodian: User) -> None:
    http, address = logged_in(officer), f"/admin/{page}/"
    changelist: Any = http.get(address).context["cl"]
    links = [
        choice["query_string"] for spec in changelist.filter_specs for choice in spec.choices(changelist)
    ]
    assert {link: http.get(address + link).status_code for link in links} == dict.fromkeys(links, 200)


def test_every_page_is_of_the_guarded_kind() -> None:
    pages = admin.site._registry.items()
    others = {model._meta.label for model, page in pages if not isinstance(page, ReadOnlyAdmin)}
    assert others == {"auth.Group"}
