"""``advance``: the only writer of an intent's state."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.audit.services import record
from custody.common.errors import NotFoundError, RefusedError
from custody.wallets import followers, selectors
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.states import INTENT, Event

WORKER = "system:worker"
MONITOR = "system:monitor"


def lock_intent(intent_id: str) -> TransferIntent:
    """Return the intent locked until the transaction ends; raises NotFoundError.

    Whoever also touches coins locks the wallet before.
    """
    intent = TransferIntent.objects.select_for_update(no_key=True).filter(pk=intent_id).first()
    if intent is None:
        raise NotFoundError("not found")
    return intent


@transaction.atomic
def advance(
    *,
    intent_id: str,
    event: Event,
    actor: AbstractBaseUser | str = WORKER,
    at: datetime,
    payload: Mapping[str, str | int] | None = None,
) -> TransferIntent:
    """Move the intent along its table, record it, and tell followers after the commit.

    Raises IllegalTransitionError when the event is not possible in the present state.
    """
    intent = lock_intent(intent_id)
    before = intent.state
    intent.state = INTENT.next(before, event)
    intent.version += 1
    intent.state_changed_at = at
    intent.problem = ""
    intent.save(update_fields=["state", "version", "state_changed_at", "problem"])
    entry = {"from": before, "to": str(intent.state), "version": intent.version, **(payload or {})}
    record(verb=f"wallets.intent.{event}", actor=actor, subject=intent_id, payload=entry, at=at)
    followers.tell_intent_changed(intent_id)
    return intent


def refuse_while_held(wallet: Wallet) -> None:
    """Raise RefusedError ``on_hold`` while compliance holds the wallet, its deal or one of its clients."""
    if selectors.is_held(wallet):
        raise RefusedError("compliance holds this payout", code="on_hold")


@transaction.atomic
def note_problem(*, intent_id: str, code: str) -> bool:
    """Keep what stops the intent, "" for nothing; True when it is not what was known already."""
    intent = lock_intent(intent_id)
    if intent.problem == code:
        return False
    intent.problem = code
    intent.save(update_fields=["problem"])
    return True
