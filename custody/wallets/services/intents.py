"""T1: takes in what is wanted, once; and withdraws it while that is possible."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.audit.services import record
from custody.common.errors import InvalidInputError, NotFoundError, RefusedError
from custody.common.queue import enqueue_on_commit
from custody.statements.intent import Intent
from custody.wallets import followers
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.services.transitions import advance, lock_intent
from custody.wallets.states import OPEN, Event, State

# The signer refuses intents that live longer than this after its first sight.
MAX_LIFE = timedelta(hours=72)
KINDS_OF_OWNER = {
    Wallet.Owner.ESCROW: frozenset({"ESCROW_PAYOUT"}),
    Wallet.Owner.HOUSE: frozenset({"TRANSFER", "SWEEP"}),
}


@transaction.atomic
def create_intent(
    *,
    actor: AbstractBaseUser | str,
    document: Intent,
    needs_our_key: bool,
    coins: Sequence[str] = (),
    at: datetime,
) -> TransferIntent:
    """Store the intent and start it on its way; the same document again returns the same row.

    ``coins``: the outpoints chosen with it, exactly for a wallet of the house.

    Raises RefusedError ``intent_id_taken`` for another document under a known id,
    ``kind_not_supported`` or ``no_key_of_ours``; InvalidInputError when the document does not fit
    its wallet or its life is longer than 72 hours; NotFoundError for an unknown wallet.
    """
    known = TransferIntent.objects.select_for_update(no_key=True).filter(pk=document.id).first()
    if known is None:
        wallet = _checked_wallet(document, needs_our_key=needs_our_key, at=at)
        known, is_new = TransferIntent.objects.get_or_create(
            pk=document.id,
            defaults={
                "wallet": wallet,
                "hash": document.hash,
                "document": document.to_bytes(),
                "needs_our_key": needs_our_key,
                "coins": list(coins),
                "expires_at": document.expires_at,
                "created_at": at,
                "state": State.SUBMITTED,
                "state_changed_at": at,
            },
        )
        if is_new:
            _start(known, document, actor=actor, at=at)
    if known.hash != document.hash or known.needs_our_key != needs_our_key:
        raise RefusedError("another intent has this id", code="intent_id_taken", field="/id")
    return known


@transaction.atomic
def cancel_intent(
    *, actor: AbstractBaseUser | str, intent_id: str, reason: str, at: datetime
) -> TransferIntent:
    """Withdraw an intent: at once while nothing is reserved, else once another spend is final.

    ``reason`` is a code, not free text. A signed transaction cannot be withdrawn
    (IllegalTransitionError): it is money in flight.
    """
    is_open = lock_intent(intent_id).state in OPEN
    event = Event.REJECTED if is_open else Event.CANCEL_REQUESTED
    return advance(intent_id=intent_id, event=event, actor=actor, at=at, payload={"reason": reason})


def _checked_wallet(document: Intent, *, needs_our_key: bool, at: datetime) -> Wallet:
    wallet = Wallet.objects.filter(pk=document.source.wallet).first()
    if wallet is None:
        raise NotFoundError("not found", field="/source/wallet")
    if document.kind not in KINDS_OF_OWNER[Wallet.Owner(wallet.owner)]:
        raise RefusedError("kind is not supported yet", code="kind_not_supported", field="/kind")
    if (document.source.owner, document.source.terms or "") != (wallet.owner, wallet.terms_hash):
        raise InvalidInputError("not the terms of the wallet", code="wallet_mismatch", field="/source/terms")
    if document.asset != wallet.asset:
        raise InvalidInputError("not the asset of the wallet", code="wallet_mismatch", field="/asset")
    if not at < document.expires_at <= at + MAX_LIFE:
        raise InvalidInputError(
            "expires later than 72 hours or already", code="bad_expiry", field="/expires_at"
        )
    if needs_our_key and not wallet.signing_key:
        raise RefusedError("no key of the wallet is ours", code="no_key_of_ours", field="/source/wallet")
    return wallet


def _start(intent: TransferIntent, document: Intent, *, actor: AbstractBaseUser | str, at: datetime) -> None:
    payload = {
        "hash": intent.hash,
        "kind": document.kind,
        "wallet": intent.wallet_id,
        "reason": document.reason.code,
        "ref": document.reason.ref,
        "to": str(intent.state),
    }
    record(verb="wallets.intent.submitted", actor=actor, subject=intent.pk, payload=payload, at=at)
    followers.tell_intent_changed(intent.pk)
    enqueue_on_commit("wallets.advance_intent", intent_id=intent.pk)
