"""What packages put on the frame of every back-office page: banners above the content, buttons in the head.

A package registers functions in its ``frame`` module; each gets the person who looks and returns
what this person is to see. Relies on nobody above: this package knows neither keys nor switches.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


@dataclass(frozen=True)
class Banner:
    """A sentence that everybody has to see; ``address`` leads to more, empty where it leads nowhere."""

    text: str
    address: str = ""
    link: str = ""


@dataclass(frozen=True)
class HeadButton:
    """A link in the head of every page, drawn as a button of a grave deed."""

    label: str
    address: str


Banners = Callable[[Any], Iterable[Banner]]
HeadButtons = Callable[[Any], Iterable[HeadButton]]
_banners: list[Banners] = []
_buttons: list[HeadButtons] = []


def register(*, banners: Banners | None = None, buttons: HeadButtons | None = None) -> None:
    """Add functions; twice is once."""
    if banners is not None and banners not in _banners:
        _banners.append(banners)
    if buttons is not None and buttons not in _buttons:
        _buttons.append(buttons)


def frame_of(request: HttpRequest) -> dict[str, list[Any]]:
    """Banners and buttons for the person of ``request``, as template context."""
    user = request.user
    if not isinstance(user, AbstractBaseUser):
        return {"banners": [], "head_buttons": []}
    return {
        "banners": [banner for function in _banners for banner in function(user)],
        "head_buttons": [button for function in _buttons for button in function(user)],
    }
