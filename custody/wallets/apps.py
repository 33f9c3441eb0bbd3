"""Registers the wallets application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WalletsConfig(AppConfig):
    name = "custody.wallets"
    label = "wallets"
    verbose_name = _("Wallets and payments")
    default_auto_field = "django.db.models.BigAutoField"
