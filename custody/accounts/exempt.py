"""Marks the few views that work without a verified second factor; everything else needs one."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def without_second_factor(view: View) -> View:
    """Let ``view`` answer people who are not (fully) logged in."""
    view.needs_no_second_factor = True  # type: ignore[attr-defined]
    return view
