"""Background work of the wallets package: ids in, one step, safe to run twice.

A step that cannot go on leaves the intent where it is: the first time that is an audit entry, and
the sweeper tries again.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from celery import shared_task

from custody.common import clock
from custody.common.errors import CustodyError, UnavailableError
from custody.common.queue import enqueue_on_commit
from custody.wallets import selectors, services
from custody.wallets.services.steps import ACTIONABLE
from custody.wallets.services.transitions import WORKER
from custody.wallets.states import State
from custody.web.refusals import record_refusal

log = logging.getLogger(__name__)

SWEEP_AGE = timedelta(seconds=10)
# After this time without a block a transaction is sent again.
RESEND_AGE = timedelta(minutes=10)


@shared_task(name="wallets.advance_intent")
def advance_intent(*, intent_id: str) -> None:
    """Do the next step of one intent."""
    _attempt(
        "wallets.intent.advance", intent_id, lambda: services.take_step(intent_id=intent_id, at=clock.now())
    )


@shared_task(name="wallets.broadcast")
def broadcast(*, intent_id: str) -> None:
    """Send the signed bytes of one intent."""
    _attempt(
        "wallets.intent.broadcast",
        intent_id,
        lambda: services.broadcast_intent(intent_id=intent_id, at=clock.now()),
    )


@shared_task(name="wallets.apply_signature")
def apply_signature(*, request_id: str) -> None:
    """Take the signer's answer to one request."""
    _attempt(
        "wallets.intent.advance",
        selectors.intent_of_request(request_id),
        lambda: services.apply_signature(request_id=request_id, at=clock.now()),
    )


@shared_task(name="wallets.scan_chain")
def scan_chain() -> None:
    """Take in new blocks; a node that is gone is tried again at the next beat."""
    try:
        services.scan_chain(at=clock.now())
    except UnavailableError as error:
        log.warning("chain not scanned: %s", error.code)


@shared_task(name="wallets.sweep_intents")
def sweep_intents() -> None:
    """Wake every intent that could go on and has stood for a while: messages may be lost, rows are not."""
    now = clock.now()
    for intent_id in selectors.waiting_intents(states=ACTIONABLE, before=now - SWEEP_AGE):
        enqueue_on_commit("wallets.advance_intent", intent_id=intent_id)
    for intent_id in selectors.waiting_intents(states=[State.BROADCAST], before=now - RESEND_AGE):
        enqueue_on_commit("wallets.broadcast", intent_id=intent_id)


@shared_task(name="wallets.open_house_wallet")
def open_house_wallet(*, key_id: str) -> None:
    """Open the wallet of a key that was taken into use."""
    services.open_house_wallet(key_id=key_id, at=clock.now())


@shared_task(name="wallets.sweep_house")
def sweep_house() -> None:
    """Open wallets whose messages were lost, and make the mandated sweeps that are due."""
    now = clock.now()
    services.open_missing_wallets(at=now)
    services.sweep_house(at=now)


def _attempt(action: str, intent_id: str, step: Callable[[], None]) -> None:
    try:
        step()
    except CustodyError as error:
        log.warning("%s of %s: %s", action, intent_id, error.code)
        if services.note_problem(intent_id=intent_id, code=error.code):
            record_refusal(error, action=action, actor=WORKER, subject=intent_id)
    else:
        services.note_problem(intent_id=intent_id, code="")
