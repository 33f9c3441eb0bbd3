"""What every service of a deal begins and ends with: lock, check the hold, move the state, record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from custody.audit.services import record
from custody.common.errors import NotFoundError, RefusedError
from custody.escrow import selectors
from custody.escrow.models import Deal
from custody.escrow.states import DEAL, Event, State


def lock_deal(deal_id: str) -> Deal:
    """Return the deal locked until the transaction ends; before any wallet or intent is locked."""
    deal = Deal.objects.select_for_update(no_key=True).filter(pk=deal_id).first()
    if deal is None:
        raise NotFoundError("not found")
    return deal


def lock_open_deal(deal_id: str, *states: State) -> Deal:
    """Lock a deal that no hold stops and that stands in one of ``states`` (any, when none is named).

    Raises NotFoundError, RefusedError ``compliance_hold`` or ``wrong_state``.
    """
    deal = lock_deal(deal_id)
    require_open(deal, *states)
    return deal


def require_open(deal: Deal, *states: State) -> None:
    """The check of ``lock_open_deal`` on a deal already loaded."""
    refuse_while_held(deal)
    if states and deal.state not in states:
        raise RefusedError(f"not possible in state {deal.state}", code="wrong_state")


def refuse_while_held(deal: Deal) -> None:
    """Raise RefusedError ``compliance_hold`` while compliance stops the deal or one of its clients."""
    if selectors.is_held(deal):
        # Neutral on purpose: parties read this, and must not learn what is examined.
        raise RefusedError("the deal is under review", code="compliance_hold")


def move(
    deal: Deal,
    event: Event,
    *,
    actor: AbstractBaseUser | str,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Move a locked deal along its table and record it; raises IllegalTransitionError."""
    before = deal.state
    deal.state = DEAL.next(before, event)
    deal.state_changed_at = at
    deal.save(update_fields=["state", "state_changed_at"])
    note(deal, event.value, actor=actor, at=at, payload={"from": before, "to": deal.state, **(payload or {})})


def note(
    deal: Deal, verb: str, *, actor: AbstractBaseUser | str, at: datetime, payload: Mapping[str, Any]
) -> None:
    """Record ``escrow.deal.<verb>`` about a deal."""
    record(verb=f"escrow.deal.{verb}", actor=actor, subject=deal.pk, payload=payload, at=at)
