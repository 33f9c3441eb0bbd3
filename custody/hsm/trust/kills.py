"""Kills that stand at the signer, with when and why, wherever they were given.

What stands, the published file says; reason and time are of the document drafted here, or of the
order at the signer's console as the mirrored journal has it.
"""

from dataclasses import dataclass
from datetime import datetime

from custody.hsm.models import JournalEntry, TrustDraft
from custody.hsm.signer.trust.quorum import TWO_AT_LEAST, requirement
from custody.hsm.standing import genesis, standing
from custody.hsm.trust.drafting import document_of
from custody.statements.store_entry import StoreEntry


@dataclass(frozen=True)
class StandingKill:
    """``document``: the hash that a RESTART names. ``key``: None for every key.

    ``at`` and ``reason`` are None and empty until the journal that tells them was mirrored.
    """

    document: str
    key: str | None
    at: datetime | None
    reason: str
    at_console: bool


def standing_kills() -> list[StandingKill]:
    """In the order in which the signer published them."""
    return [_known(kill["document"], kill.get("key")) for kill in standing().kills]


def restarting_people() -> int:
    """How many officers sign a RESTART besides its maker."""
    begun = genesis()
    return requirement("RESTART", tightens=False, genesis=begun).people if begun else TWO_AT_LEAST


def _known(document: str, key: str | None) -> StandingKill:
    draft = TrustDraft.objects.filter(hash=document).first()
    if draft is not None:
        return StandingKill(document, key, draft.activates_at, document_of(draft).reason, at_console=False)
    row = JournalEntry.objects.filter(hash=document).first()
    if row is None:
        return StandingKill(document, key, None, "", at_console=True)
    order = StoreEntry.from_bytes(bytes(row.body)).body.get("order", {})
    return StandingKill(document, key, row.at, str(order.get("reason", "")), at_console=True)
