"""Django's admin application with our own site; named in INSTALLED_APPS instead of the stock one."""

from django.contrib.admin.apps import AdminConfig


class BackofficeConfig(AdminConfig):
    default_site = "custody.web.site.BackofficeSite"
