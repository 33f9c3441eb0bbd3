"""Settings of django-unfold: names, colours, sidebar. Plain values and dotted names only, because
custody.settings imports this module before any application is loaded."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def style(_request: HttpRequest) -> str:
    return static("css/admin.css")


def icon(_request: HttpRequest) -> str:
    return static("img/mark.svg")


def environment(_request: HttpRequest) -> list[str] | None:
    """The pill in the page head: no production page looks like a test page, or the reverse."""
    pills = {"demo": ["DEMO", "warning"], "test": ["TEST", "danger"]}
    return pills.get(settings.PROFILE)


def environment_title(_request: HttpRequest) -> str | None:
    return f"[{settings.PROFILE.upper()}]" if settings.IS_DEMO else None


def language_address(_request: HttpRequest) -> str:
    return reverse("accounts:language")


def account_links(_request: HttpRequest) -> list[dict[str, str]]:
    """Links of the menu under the person's name."""
    return [{"title": gettext("Change password"), "link": reverse("accounts:password")}]


# Shades of the portal's petrol (static/css/base.css), in the steps Unfold asks for.
_PETROL = {
    "50": "#eef7f7",
    "100": "#d9ecee",
    "200": "#b3d9dc",
    "300": "#82bfc4",
    "400": "#4a9ba2",
    "500": "#227d85",
    "600": "#0f5c63",
    "700": "#0d4d53",
    "800": "#0c4045",
    "900": "#0a343a",
    "950": "#062024",
}

SETTINGS: dict[str, Any] = {
    "SITE_TITLE": "Custody",
    "SITE_HEADER": "Custody",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_URL": None,
    "SITE_ICON": "custody.web.unfold.icon",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "custody.web.unfold.icon"}],
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": "custody.web.unfold.language_address"},
    "ACCOUNT": {"navigation": "custody.web.unfold.account_links"},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "custody.web.unfold.environment",
    "ENVIRONMENT_TITLE_PREFIX": "custody.web.unfold.environment_title",
    "STYLES": ["custody.web.unfold.style"],
    "COLORS": {"primary": _PETROL},
    "SIDEBAR": {"navigation": "custody.web.navigation.sidebar"},
}
