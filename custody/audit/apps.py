"""Registers the audit application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "custody.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
