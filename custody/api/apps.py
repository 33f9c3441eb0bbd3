"""Registers the API root (it has no tables)."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "custody.api"
    label = "api"
