"""Transactions signed for one nonce of an account: the first, and those that replace it at a higher price.

All of them share the nonce, so at most one can ever confirm (trust.md 3). What replaces must be of the
same intent, or of one that cancels it; the rules judge that, and this table promises it.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError

from custody.common import clock, money
from custody.hsm.signer.store import models, sql
from custody.statements.store_entry import Anchor, EvmAnchor, SignBody, StoreEntry

_LAST = """
    SELECT number, intent, intent_id, price, priority FROM signer_store_attempt
    WHERE anchor = ? ORDER BY number DESC LIMIT 1
"""


@dataclass(frozen=True)
class Attempt:
    """A signed transaction of an account; prices in wei per gas, ``intent`` is a hash."""

    number: int
    intent: str
    intent_id: str
    price: int
    priority: int


def last(anchor: str) -> Attempt | None:
    """The last transaction signed for the nonce of an anchor."""
    for number, intent, intent_id, price, priority in sql.rows(_LAST, anchor):
        return Attempt(number, intent, intent_id, int(price), int(priority))
    return None


def replaced_by(body: SignBody) -> Attempt | None:
    """What the transaction of a SIGN entry that is being written replaces."""
    return last(body.anchor.text) if isinstance(body.anchor, EvmAnchor) else None


def record(entry: StoreEntry, body: SignBody, about: dict[str, Any]) -> None:
    """The row of a transaction of an account; ``about``: body of the request's SEEN entry.

    Raises IntegrityError where the nonce belongs to another intent that this one does not cancel, and, by
    a trigger, where it does not pay more per gas than the one before.
    """
    if not isinstance(body.anchor, EvmAnchor):
        return
    attempt, before = about["attempt"], replaced_by(body)
    if before is not None and before.intent not in {body.intent, attempt.get("cancels")}:
        raise IntegrityError("the nonce belongs to another intent")
    (slot,) = body.slots
    sql.insert(
        models.Attempt,
        entry_id=entry.seq,
        anchor=body.anchor.text,
        number=before.number + 1 if before else 1,
        intent=body.intent,
        intent_id=attempt["intent_id"],
        digest=slot.digest,
        price=_sortable(attempt["price"]),
        priority=_sortable(attempt["priority"]),
        fee=_sortable(about["spend"]["fee"]),
        wallet=about["spend"]["wallet"],
        at=clock.write_time(entry.at),
    )


def free(promise: StoreEntry, anchor: Anchor) -> bool:
    """Take out the attempt of a promise that lapsed; True while another one stands on its nonce."""
    if not isinstance(anchor, EvmAnchor):
        return False
    sql.free(models.Attempt, entry_id=promise.seq)
    return last(anchor.text) is not None


def _sortable(amount: str) -> str:
    """As many digits as any amount may have: these texts sort as the amounts do."""
    return amount.zfill(money.MAX_DIGITS)
