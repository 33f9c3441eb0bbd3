"""Registers the escrow application, and what it hands down to the packages below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscrowConfig(AppConfig):
    name = "custody.escrow"
    label = "escrow"
    verbose_name = _("Escrow")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from custody.accounts.grants import register_objects
        from custody.escrow.selectors import objects_of_client
        from custody.wallets import followers

        register_objects(objects_of_client)
        followers.follow_intents("escrow.follow_intent")
        followers.follow_funding("escrow.follow_funding")
