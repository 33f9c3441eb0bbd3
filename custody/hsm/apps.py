"""Django app of the signing desk: requests, results, mirror of the signer's journal and keys."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HsmConfig(AppConfig):
    name = "custody.hsm"
    label = "hsm"
    verbose_name = _("Keys and signatures")
    default_auto_field = "django.db.models.BigAutoField"
