"""How the OpenAPI document describes refusals: one problem schema (RFC 9457) for all of them."""

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from custody.web.problems import CONTENT_TYPE

_MEANINGS = {
    400: "The input is malformed; nothing was changed.",
    401: "The token is missing, expired or void.",
    403: "Known, but without the right or the factor this needs.",
    404: "Does not exist, or not for you.",
    409: "A rule refuses this in the present state; nothing was changed.",
    429: "Too many attempts; see Retry-After.",
}


_FIELD_ERROR = inline_serializer(
    "FieldError",
    {
        "field": serializers.CharField(help_text="JSON pointer (RFC 6901)."),
        "detail": serializers.CharField(),
    },
    many=True,
    required=False,
)
_PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(help_text="urn:custody:problem:<code>"),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "code": serializers.CharField(help_text="Stable; programs decide by this."),
        "field": serializers.CharField(required=False),
        "errors": _FIELD_ERROR,
    },
)


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Return the ``responses`` of ``extend_schema`` for these statuses."""
    return {
        (status, CONTENT_TYPE): OpenApiResponse(_PROBLEM, description=_MEANINGS[status])
        for status in statuses
    }
