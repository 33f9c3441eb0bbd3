"""How the portal's templates write amounts, addresses and roles."""

from django import template
from django.utils.safestring import SafeString

from custody.escrow.models import Role
from custody.escrow.words import state_tone, state_word
from custody.web import show

register = template.Library()


@register.filter
def btc(amount: int | None) -> SafeString:
    """Base units as bitcoin with all decimals."""
    return show.coins(amount)


@register.filter
def groups(text: str) -> SafeString:
    """An address or hash, whole, in groups of four, with a copy button."""
    return show.grouped(text, copy=True)


@register.filter
def copy_button(text: str) -> SafeString:
    """A button that copies ``text``."""
    return show.copy_button(text)


@register.filter
def state_text(state: str) -> str:
    """The state of a deal in the reader's language."""
    return state_word(state)


@register.filter
def state_class(state: str) -> str:
    """Style of a state; the word alone is enough."""
    return {"good": "good", "warning": "warn", "bad": "bad"}.get(state_tone(state), "")


@register.filter
def role_word(role: str) -> str:
    """Buyer, merchant or mediator in the reader's language."""
    return str(Role(role).label)
