"""Root of all addresses; each package brings its own."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("custody.accounts.urls")),
]
