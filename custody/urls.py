"""Root of all addresses; each package brings its own."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/", include("custody.api.urls")),
    path("account/", include("custody.accounts.urls")),
    path("", include("custody.portal.urls")),
]
