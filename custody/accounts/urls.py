"""Addresses of log-in, second factor and session."""

from django.urls import URLPattern

app_name = "accounts"
urlpatterns: list[URLPattern] = []
