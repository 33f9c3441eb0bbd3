"""Django app of sanctions screening."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "custody.compliance"
    label = "compliance"
    verbose_name = _("Compliance")
