"""Errors as people and programs see them: RFC 9457 problem documents and one error page.

Both record the refusal when no entry point has done so under a more telling name. Bodies carry
the code, the field at fault and a sentence, never input or internals.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from custody.common.errors import CustodyError
from custody.web.refusals import actor_of, record_refusal
from custody.web.sentences import sentence

CONTENT_TYPE = "application/problem+json"


def problem(*, status: int, code: str, detail: str, **more: object) -> dict[str, object]:
    """Return the members of a problem document; ``more`` are extension members."""
    return {
        "type": f"urn:custody:problem:{code}",
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }


def title_of(status: int) -> str:
    """Return the short human text of an HTTP status that we use."""
    titles = {
        400: _("The input is not valid"),
        401: _("Please log in"),
        403: _("You may not do this"),
        404: _("Not found"),
        405: _("This method is not offered"),
        409: _("Refused"),
        429: _("Too many attempts"),
        503: _("A component does not answer"),
    }
    return titles.get(status, _("Something went wrong"))


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Turn exceptions of API views into problem documents; None lets Django answer with 500."""
    set_rollback()
    if isinstance(exception, CustodyError):
        _record(exception, context)
        return _response(_custody_problem(exception))
    if isinstance(exception, Http404):
        return _response(problem(status=404, code="not_found", detail=_("Not found")))
    if isinstance(exception, PermissionDenied):
        return _response(problem(status=403, code="forbidden", detail=_("You may not do this")))
    if isinstance(exception, APIException):
        return _api_response(exception)
    return None


def error_page(request: HttpRequest, error: CustodyError) -> HttpResponse:
    """Render ``error`` as page, or as problem document for the API and clients that take no page."""
    if request.path_info.startswith("/api/") or not request.accepts("text/html"):
        return JsonResponse(_custody_problem(error), status=error.status, content_type=CONTENT_TYPE)
    context = {"title": title_of(error.status), "error": error, "said": sentence(error)}
    user = getattr(request, "user", None)
    if request.path_info.startswith("/admin/") and user is not None and admin.site.has_permission(request):
        context = {**admin.site.each_context(request), **context}
        return render(request, "admin/error.html", context, status=error.status)
    return render(request, "error.html", context, status=error.status)


def _custody_problem(error: CustodyError) -> dict[str, object]:
    more = {"field": error.field} if error.field else {}
    return problem(status=error.status, code=error.code, detail=error.detail, **more)


def _record(error: CustodyError, context: dict[str, Any]) -> None:
    view, request = context.get("view"), context.get("request")
    action = getattr(view, "refusal_action", f"api.{type(view).__name__.lower()}.requested")
    subject = str(next(iter(context.get("kwargs", {}).values()), ""))
    record_refusal(error, action=action, actor=actor_of((request,)), subject=subject)


def _api_response(exception: APIException) -> Response:
    if isinstance(exception, ValidationError):
        errors = _field_errors(exception.detail)
        document = problem(
            status=400,
            code="invalid_input",
            detail=errors[0]["detail"],
            field=errors[0]["field"],
            errors=errors,
        )
    else:
        code = str(getattr(exception.detail, "code", exception.default_code))
        document = problem(status=exception.status_code, code=code, detail=_sentence(exception.detail))
    response = _response(document)
    if wait := getattr(exception, "wait", None):
        response["Retry-After"] = str(int(wait))
    if challenge := getattr(exception, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    return response


def _field_errors(detail: object, pointer: str = "") -> list[dict[str, str]]:
    """Flatten DRF's nested error lists to {"field": JSON pointer, "detail": sentence}."""
    if isinstance(detail, dict):
        pairs = [(f"{pointer}/{key}", value) for key, value in detail.items()]
    elif isinstance(detail, list) and not all(isinstance(item, ErrorDetail) for item in detail):
        pairs = [(f"{pointer}/{index}", value) for index, value in enumerate(detail)]
    else:
        items = detail if isinstance(detail, list) else [detail]
        return [{"field": pointer, "detail": str(item)} for item in items]
    return [error for field, value in pairs for error in _field_errors(value, field)]


def _sentence(detail: object) -> str:
    if isinstance(detail, dict):
        detail = detail.get("detail", "")
    return str(detail)


def _response(document: dict[str, object]) -> Response:
    return Response(document, status=int(str(document["status"])), content_type=CONTENT_TYPE)
