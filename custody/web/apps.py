"""Registers the shared web application (it has no tables)."""

from django.apps import AppConfig

from custody.web import logs


class WebConfig(AppConfig):
    name = "custody.web"
    label = "web"

    def ready(self) -> None:
        logs.configure()
