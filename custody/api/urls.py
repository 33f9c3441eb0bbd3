"""Addresses of version 1, its OpenAPI document and the page that shows it."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from custody.api.token import TokenView

# The document describes what is public anyway (AGPL); the data behind it needs a token.
_OPEN = {"authentication_classes": [], "permission_classes": [AllowAny]}

app_name = "api"
urlpatterns = [
    path("v1/token", TokenView.as_view(), name="token"),
    path("v1/", include("custody.escrow.api")),
    path("v1/openapi.yaml", SpectacularAPIView.as_view(**_OPEN), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", **_OPEN),
        name="docs",
    ),
]
