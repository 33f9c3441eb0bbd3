"""Background work of escrow: ids in, one step, safe to run twice."""

import logging
from collections.abc import Callable

from celery import shared_task

from custody.common import clock
from custody.common.errors import CustodyError
from custody.escrow import selectors, services
from custody.web.refusals import records_refusals

log = logging.getLogger(__name__)


@shared_task(name="escrow.apply_terms")
@records_refusals("escrow.terms.apply", subject="request_id")
def apply_terms(*, request_id: str) -> None:
    """Take in the signer's answer to terms."""
    services.apply_terms(request_id=request_id, at=clock.now())


@shared_task(name="escrow.apply_key_proof")
@records_refusals("escrow.key_proof.apply", subject="request_id")
def apply_key_proof(*, request_id: str) -> None:
    """Take in the mediator's proof of possession."""
    services.apply_key_proof(request_id=request_id, at=clock.now())


@shared_task(name="escrow.follow_intent")
@records_refusals("escrow.payout.follow", subject="intent_id")
def follow_intent(*, intent_id: str) -> None:
    """Move a deal after its payout."""
    services.follow_intent(intent_id=intent_id, at=clock.now())


@shared_task(name="escrow.follow_funding")
@records_refusals("escrow.funding.follow", subject="wallet_id")
def follow_funding(*, wallet_id: str) -> None:
    """Move a deal when its coins are there."""
    services.follow_funding(wallet_id=wallet_id, at=clock.now())


@shared_task(name="escrow.sweep")
def sweep() -> None:
    """Do again, from rows, what lost messages were to start; one deal that fails stops no other."""
    for request_id in selectors.unapplied_terms():
        _attempt(apply_terms, request_id=request_id)
    for request_id in selectors.unapplied_key_proofs():
        _attempt(apply_key_proof, request_id=request_id)
    for wallet_id in selectors.wallets_to_follow():
        _attempt(follow_funding, wallet_id=wallet_id)
    for intent_id in selectors.payouts_to_follow():
        _attempt(follow_intent, intent_id=intent_id)


def _attempt(step: Callable[..., None], **ids: str) -> None:
    try:
        step(**ids)
    except CustodyError as error:
        log.warning("sweep of %s: %s", ids, error.code)
