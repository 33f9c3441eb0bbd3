"""Registers the policy application."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "custody.policy"
    label = "policy"
    default_auto_field = "django.db.models.BigAutoField"
