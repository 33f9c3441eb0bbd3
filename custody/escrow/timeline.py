"""The story of a deal, for the portal: dated events with the hash of their audit entry.

Entries about the deal, its wallet and its intents, in the order of their positions;
the payload is what the record holds, so that a reader can check it against the hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.audit.models import AuditEntry
from custody.audit.selectors import entries_about
from custody.common import canonical
from custody.escrow.models import Deal
from custody.escrow.selectors import wallet_of


@dataclass(frozen=True)
class Event:
    """One audit entry; ``position`` in the audit stream is None until it is linked."""

    at: datetime
    verb: str
    actor: str
    subject: str
    payload: Mapping[str, Any]
    entry: int
    hash: str
    position: int | None


def subjects_of(deal: Deal) -> list[str]:
    """Ids under which the record speaks of this deal."""
    wallet = wallet_of(deal)
    intents = deal.payouts.order_by("pk").values_list("intent_id", flat=True)
    return [deal.pk, *([wallet.pk] if wallet else []), *intents]


def deal_timeline(deal: Deal) -> list[Event]:
    """All events of a deal, oldest first."""
    return [_event(entry) for entry in entries_about(subjects_of(deal))]


def _event(entry: AuditEntry) -> Event:
    link = getattr(entry, "link", None)
    return Event(
        at=entry.created_at,
        verb=entry.verb,
        actor=entry.actor_text,
        subject=entry.subject,
        payload=canonical.decode(bytes(entry.body))["payload"],
        entry=entry.pk,
        hash=entry.hash,
        position=link.position if link else None,
    )
