"""``Standing``: what the signer last published of its trust store, for pages and drafts.

Nothing is decided on it: a draft built on an old head is refused by the signer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from custody.common import clock
from custody.hsm.models import JournalEntry, OfflineSigner, SignerIdentity
from custody.statements.genesis import Genesis
from custody.statements.store_entry import StoreEntry
from custody.statements.trust import FIRST_PREVIOUS


@dataclass(frozen=True)
class Standing:
    """Heads by stream; what waits, holds and kills as published, each with the hash ``document``."""

    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    waiting: tuple[dict[str, Any], ...] = ()
    holds: tuple[dict[str, Any], ...] = ()
    kills: tuple[dict[str, Any], ...] = ()
    duty: tuple[datetime, ...] = ()

    def head(self, stream: str) -> tuple[int, str]:
        """Epoch and hash of a stream's last document; (0, zeros) before the first."""
        return self.heads.get(stream, (0, FIRST_PREVIOUS))

    def on_duty_until(self, *, at: datetime) -> datetime | None:
        """End of the longest lease that runs; None when nobody is on duty."""
        return max((until for until in self.duty if until > at), default=None)


def standing(of: OfflineSigner | None = None) -> Standing:
    """The mirror of a signer without network, else of the one on the queue; empty while it is not known."""
    row = of or SignerIdentity.objects.first()
    published: dict[str, Any] = row.standing if row else {}
    heads = {head["stream"]: (head["epoch"], head["hash"]) for head in published.get("heads", ())}
    return Standing(
        heads=heads,
        waiting=tuple(published.get("waiting", ())),
        holds=tuple(published.get("holds", ())),
        kills=tuple(published.get("kills", ())),
        duty=tuple(clock.read_time(until) for until in published.get("duty", ())),
    )


def genesis() -> Genesis | None:
    """The genesis as the mirrored journal reports it; None before its entry was mirrored."""
    row = JournalEntry.objects.filter(kind="GENESIS").order_by("seq").first()
    return Genesis.from_json(StoreEntry.from_bytes(bytes(row.body)).body["genesis"]) if row else None
