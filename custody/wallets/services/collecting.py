"""T4 and T5 for signatures made outside: a returned PSBT must be the very same transaction.

Whoever returns it may only add valid signatures of the key they act for. With enough signatures
the final bytes are made, checked and stored.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.audit.services import record
from custody.chains.bitcoin.psbt import (
    InputSignature,
    check_same_transaction,
    decode,
    finalize,
    is_complete,
    signatures_of,
)
from custody.common.errors import InvalidInputError, RefusedError
from custody.common.queue import enqueue_on_commit
from custody.wallets import selectors
from custody.wallets.models import TransferIntent, TxAttempt, TxSignature
from custody.wallets.services.transitions import advance, lock_intent
from custody.wallets.states import Event, State

FIELD = "psbt"


@transaction.atomic
def accept_psbt(
    *, actor: AbstractBaseUser | str, intent_id: str, psbt: str, signer_key: str, at: datetime
) -> TransferIntent:
    """Take the signatures of ``signer_key`` (hex) from a returned PSBT; the same one twice is once.

    Raises RefusedError ``not_collecting`` outside SIGNING, AlteredError naming what differs from
    the frozen transaction, InvalidInputError ``psbt_foreign_key`` for a new signature by another
    key and ``psbt_unsigned`` when the key has not signed every input.
    """
    intent = lock_intent(intent_id)
    attempt = selectors.attempt_of(intent)
    if attempt is None or intent.state != State.SIGNING:
        raise RefusedError("no signatures are collected now", code="not_collecting")
    given = decode(psbt, chain=attempt.chain, field=FIELD)
    check_same_transaction(selectors.spend_of(attempt), given, field=FIELD)
    known = set(attempt.signatures.values_list("input", "public_key"))
    new = [entry for entry in signatures_of(given) if (entry.input, entry.public_key.hex()) not in known]
    _check_signers(new, signer_key=signer_key)
    add_signatures_to(attempt, new, source=TxSignature.Source.PARTY, actor=actor, at=at)
    if signer_key not in selectors.signed_keys(attempt):
        raise InvalidInputError("not signed by your key", code="psbt_unsigned", field=FIELD)
    return complete_if_possible(intent, attempt, at=at)


def add_signatures_to(
    attempt: TxAttempt,
    signatures: Sequence[InputSignature],
    *,
    source: TxSignature.Source,
    actor: AbstractBaseUser | str,
    at: datetime,
) -> None:
    """Store verified signatures; nothing to store changes nothing."""
    if not signatures:
        return
    TxSignature.objects.bulk_create(
        TxSignature(
            attempt=attempt,
            input=entry.input,
            public_key=entry.public_key.hex(),
            signature=entry.signature.hex(),
            source=source,
            created_at=at,
        )
        for entry in signatures
    )
    payload = {"attempt": attempt.pk, "key": signatures[0].public_key.hex(), "inputs": len(signatures)}
    record(verb="wallets.signature.collected", actor=actor, subject=attempt.intent_id, payload=payload, at=at)


def complete_if_possible(intent: TransferIntent, attempt: TxAttempt, *, at: datetime) -> TransferIntent:
    """T5: with enough signatures store the final bytes and go on to SIGNED."""
    psbt = selectors.psbt_with_signatures(attempt)
    if not is_complete(decode(psbt, chain=attempt.chain, field=FIELD)):
        return intent
    final = finalize(psbt, chain=attempt.chain)
    if final.txid != attempt.txid:
        raise RefusedError("final transaction differs from the frozen one", code="txid_differs")
    attempt.raw, attempt.signed_at = final.to_bytes(), at
    attempt.save(update_fields=["raw", "signed_at"])
    signed = advance(
        intent_id=intent.pk,
        event=Event.SIGNED,
        at=at,
        payload={"attempt": attempt.pk, "txid": final.txid, "vsize": final.vsize},
    )
    enqueue_on_commit("wallets.broadcast", intent_id=intent.pk)
    return signed


def _check_signers(new: Sequence[InputSignature], *, signer_key: str) -> None:
    for entry in new:
        if entry.public_key.hex() != signer_key:
            place = f"{FIELD}/inputs/{entry.input}/signatures/{entry.public_key.hex()}"
            raise InvalidInputError("signed by another key", code="psbt_foreign_key", field=place)
