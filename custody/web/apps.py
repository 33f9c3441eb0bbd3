"""Registers the shared web application (it has no tables)."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from custody.web import logs


class WebConfig(AppConfig):
    name = "custody.web"
    label = "web"

    def ready(self) -> None:
        # Not above: they use models.
        from custody.web.audit_work import LATE_ENTRIES
        from custody.web.worklist import register

        logs.configure()
        # Each application's ``worklist`` module registers what it knows to be due.
        autodiscover_modules("worklist")
        # And its ``frame`` module what stands on every page.
        autodiscover_modules("frame")
        register(LATE_ENTRIES)
