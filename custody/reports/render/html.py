"""Fills the template of a report; data in, HTML text out."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation


def render_html(*, template: str, data: Mapping[str, Any], twin_sha256: str) -> str:
    """Return the page content of a report; ``data`` is the twin that is embedded beside it."""
    context = {"data": data, "twin_sha256": twin_sha256, "is_demo": settings.IS_DEMO}
    with translation.override("de"):
        return render_to_string(f"reports/{template}", context)
