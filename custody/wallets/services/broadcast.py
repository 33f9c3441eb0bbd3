"""T6: the stored bytes go out. Sending again is harmless; rebuilding never happens."""

import logging
from datetime import datetime

from django.db import transaction

from custody.chains.bitcoin.client import BitcoinClient, MissingInputsError
from custody.chains.bitcoin.configured import bitcoin_node
from custody.wallets import selectors
from custody.wallets.models import TransferIntent, TxAttempt
from custody.wallets.services.transitions import advance, lock_intent, refuse_while_held
from custody.wallets.states import Event, State

log = logging.getLogger(__name__)

SENDABLE = frozenset({State.SIGNED, State.REORGED, State.BROADCASTING, State.BROADCAST})
SENDING = frozenset({State.BROADCASTING, State.BROADCAST})


def broadcast_intent(*, intent_id: str, at: datetime) -> None:
    """Send the signed bytes: BROADCASTING is committed before, the outcome after.

    What was sent already is sent again, because nodes forget what waits for long.
    A transaction the node knows is sent; missing inputs are UNKNOWN and left to the monitor. Raises
    UnavailableError when the node is gone (nothing changed, sent later), RefusedError ``on_hold``
    for what is not out yet, and RpcError when the node refuses for another reason.
    """
    raw = _start_sending(intent_id, at=at)
    if raw is None:
        return
    with bitcoin_node() as client:
        is_sent = _send(client, raw, intent_id)
    with transaction.atomic():
        state = lock_intent(intent_id).state
        if state in SENDING and not is_sent:
            advance(intent_id=intent_id, event=Event.INPUTS_MISSING, at=at)
        elif state == State.BROADCASTING:
            advance(intent_id=intent_id, event=Event.SENT, at=at)


@transaction.atomic
def _start_sending(intent_id: str, *, at: datetime) -> bytes | None:
    intent = lock_intent(intent_id)
    attempt = selectors.attempt_of(intent)
    if intent.state not in SENDABLE or attempt is None or attempt.raw is None:
        return None
    if not is_out(intent, attempt):
        refuse_while_held(intent.wallet)
    if intent.state not in SENDING:
        _mark_sending(intent_id, attempt, at=at)
    return bytes(attempt.raw)


def is_out(intent: TransferIntent, attempt: TxAttempt) -> bool:
    """True once a node took the transaction or a block held it: sending it again moves nothing new."""
    return intent.state == State.BROADCAST or selectors.was_mined(attempt)


def _mark_sending(intent_id: str, attempt: TxAttempt, *, at: datetime) -> None:
    if attempt.first_sent_at is None:
        attempt.first_sent_at = at
        attempt.save(update_fields=["first_sent_at"])
    advance(intent_id=intent_id, event=Event.SENDING, at=at, payload={"txid": attempt.txid})


def _send(client: BitcoinClient, raw: bytes, intent_id: str) -> bool:
    try:
        client.send(raw)
    except MissingInputsError:
        log.warning("inputs of %s are missing or spent", intent_id)
        return False
    return True
