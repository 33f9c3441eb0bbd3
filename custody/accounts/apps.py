"""Registers the accounts application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "custody.accounts"
    label = "accounts"
    verbose_name = _("People and clients")
    default_auto_field = "django.db.models.BigAutoField"
