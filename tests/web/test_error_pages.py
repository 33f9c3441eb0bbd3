"""Stock errors of the framework wear our clothes and speak the reader's language."""

from django.test import Client as Http

from custody.accounts.models import User
from tests.cast import logged_in


def test_an_unknown_address_says_so(officer: User) -> None:
    response = logged_in(officer).get("/admin/compliance/hit/hit_unknown/change/")
    assert response.status_code == 404
    assert "Nicht gefunden" in response.content.decode()


def test_a_page_of_other_roles_says_so(treasurer: User) -> None:
    response = logged_in(treasurer).get("/admin/compliance/hit/")
    assert response.status_code == 403
    assert "Ihre Rollen öffnen diese Seite nicht." in response.content.decode()


def test_a_form_without_its_token_changes_nothing_and_says_so(officer: User) -> None:
    http = Http(enforce_csrf_checks=True)
    http.cookies = logged_in(officer).cookies
    response = http.post("/admin/logout/")
    assert response.status_code == 403
    assert "Nichts wurde geändert." in response.content.decode()
    assert http.get("/admin/").status_code == 200
