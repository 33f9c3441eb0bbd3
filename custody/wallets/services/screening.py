"""T2, first half: payees are screened, and holds of deal, clients and wallet are looked up."""

from datetime import datetime

from django.db import transaction

from custody.common.queue import enqueue_on_commit
from custody.compliance.services import screen_address
from custody.compliance.services.screening import RELEASE
from custody.wallets import selectors
from custody.wallets.services.transitions import WORKER, advance, lock_intent
from custody.wallets.states import Event, State


@transaction.atomic
def screen_intent(*, intent_id: str, at: datetime) -> None:
    """Screen every payee address; a hit holds deal or wallet and, with it, the intent.

    Raises RefusedError ``no_sanctions_list`` while no list is in use.
    """
    intent = lock_intent(intent_id)
    if intent.state == State.SUBMITTED:
        advance(intent_id=intent_id, event=Event.SCREENED, at=at)
    document, wallet = selectors.document_of(intent), intent.wallet
    for address in sorted({payee.to for payee in document.payees}):
        screen_address(
            actor=WORKER,
            subject=wallet.about,
            chain=wallet.chain,
            address=address,
            purpose=RELEASE,
            holds=[wallet.pk],
            at=at,
        )
    held = selectors.is_held(wallet)
    advance(intent_id=intent_id, event=Event.HELD if held else Event.CLEARED, at=at)
    if not held:
        enqueue_on_commit("wallets.advance_intent", intent_id=intent_id)


@transaction.atomic
def resume_intent(*, intent_id: str, at: datetime) -> None:
    """Go on with a held intent when all holds have ended; does nothing before."""
    if selectors.is_held(lock_intent(intent_id).wallet):
        return
    advance(intent_id=intent_id, event=Event.RESUMED, at=at)
    enqueue_on_commit("wallets.advance_intent", intent_id=intent_id)
