"""Registers the portal (it has no tables)."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "custody.portal"
    label = "portal"
