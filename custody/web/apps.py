"""Registers the shared web application (it has no tables)."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "custody.web"
    label = "web"
