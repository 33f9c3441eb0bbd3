"""Problem documents of the API and the page of the browser (RFC 9457)."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path, resolve
from django.utils import translation
from rest_framework.exceptions import APIException, NotAuthenticated, Throttled, ValidationError
from rest_framework.response import Response

from custody.audit.models import AuditEntry
from custody.common.errors import CustodyError, RefusedError
from custody.web.middleware import AdminPolicyMiddleware, ErrorPageMiddleware
from custody.web.problems import exception_handler


class DealView:
    refusal_action = "api.deal.read"


def handle(exception: Exception, **kwargs: str) -> Response:
    context = {"view": DealView(), "request": RequestFactory().get("/"), "kwargs": kwargs}
    with translation.override("en"):
        response = exception_handler(exception, context)
    assert response is not None
    assert response.content_type == "application/problem+json"
    return response


def test_answers_an_error_of_ours_with_code_and_field(db: None) -> None:
    response = handle(
        RefusedError("on hold", code="on_hold", field="/deal"), deal_id="deal_01KAJ8P0000000000000000001"
    )
    assert response.status_code == 409
    assert response.data == {
        "type": "urn:custody:problem:on_hold",
        "title": "Refused",
        "status": 409,
        "detail": "on hold",
        "code": "on_hold",
        "field": "/deal",
    }


def test_records_the_refusal_of_an_api_view(db: None) -> None:
    handle(RefusedError("on hold"), deal_id="deal_01KAJ8P0000000000000000001")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject) == ("api.deal.read.refused", "deal_01KAJ8P0000000000000000001")


def test_names_each_field_of_invalid_input() -> None:
    response = handle(ValidationError({"terms": {"amount": ["too small"]}, "keys": [["bad key"]]}))
    assert response.status_code == 400
    assert response.data["errors"] == [
        {"field": "/terms/amount", "detail": "too small"},
        {"field": "/keys/0", "detail": "bad key"},
    ]
    assert response.data["field"] == "/terms/amount"


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (NotAuthenticated(), 401, "not_authenticated"),
        (APIException(), 500, "error"),
    ],
)
def test_answers_errors_of_the_frameworks_alike(exception: Exception, status: int, code: str) -> None:
    response = handle(exception)
    assert (response.status_code, response.data["status"], response.data["code"]) == (status, status, code)


def test_says_when_to_try_again() -> None:
    assert handle(Throttled(wait=30))["Retry-After"] == "30"


def test_leaves_unknown_errors_to_django() -> None:
    assert exception_handler(ZeroDivisionError(), {}) is None


def refuse(request: HttpRequest, deal_id: str) -> HttpResponse:
    raise RefusedError("on hold", code="on_hold", field="/deal")


class Urls:
    urlpatterns = [path("deals/<str:deal_id>/", refuse, name="deal")]


def page(**headers: Any) -> HttpResponse:
    request = RequestFactory().get("/deals/deal_1/", headers=headers)
    request.resolver_match = resolve("/deals/deal_1/", urlconf=Urls)  # type: ignore[arg-type]
    error: CustodyError = RefusedError("on hold", code="on_hold", field="/deal")
    response = ErrorPageMiddleware(lambda _: HttpResponse()).process_exception(request, error)
    assert response is not None
    return response


@override_settings(
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"error.html": "{{ title }}|{{ error.code }}"})
                ]
            },
        }
    ]
)
def test_answers_a_browser_with_the_error_page(db: None) -> None:
    response = page(accept="text/html")
    assert response.status_code == 409
    assert b"|on_hold" in response.content
    assert AuditEntry.objects.get().verb == "web.deal.refused"


def test_answers_a_program_with_a_problem_document(db: None) -> None:
    response = page(accept="application/json")
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "on_hold"


def test_leaves_other_exceptions_to_django() -> None:
    middleware = ErrorPageMiddleware(lambda _: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ZeroDivisionError()) is None


@pytest.mark.parametrize(("where", "is_relaxed"), [("/admin/deals/", True), ("/deals/", False)])
def test_relaxes_the_policy_in_the_admin_only(where: str, is_relaxed: bool) -> None:
    response = AdminPolicyMiddleware(lambda _: HttpResponse())(RequestFactory().get(where))
    assert hasattr(response, "_csp_update") is is_relaxed
