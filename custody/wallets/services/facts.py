"""Asks the witness about the coins of a mandated intent, as far as its mandate needs facts.

The question goes over a socket, so it is asked outside of every transaction; what it answers is
stored as it was signed. Nothing is asked again while the last answer is young enough.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from custody.common import canonical
from custody.common.errors import RefusedError
from custody.hsm.witness.client import WitnessClient
from custody.statements.fact import ProvenFact
from custody.statements.mandate import Need
from custody.wallets import selectors
from custody.wallets.handed_in import latest_facts
from custody.wallets.models import TransferIntent, WitnessFact
from custody.wallets.services.transitions import lock_intent
from custody.wallets.spend_facts import current_mandate


def gather_facts(*, intent_id: str, at: datetime) -> None:
    """Store what is missing; does nothing for an intent whose mandate needs no facts.

    Raises UnavailableError ``witness_unavailable``, and RefusedError ``witness_disagrees`` where the
    witness's node does not see a coin as deep as the mandate wants it.
    """
    intent = selectors.get_intent(intent_id)
    mandate = current_mandate(selectors.document_of(intent), at=at)
    if mandate is None:
        return
    for need in mandate.needs:
        for txid in _missing(intent, need, at=at):
            _ask(intent, txid, need, at=at)


def _missing(intent: TransferIntent, need: Need, *, at: datetime) -> Iterator[str]:
    """Transactions whose last fact is too shallow, or older than half of what the mandate allows."""
    if need.fact != "PAYMENT":
        raise RefusedError("the witness gives no facts of this kind", code="fact_not_supported")
    oldest = at - timedelta(seconds=need.max_age_seconds) / 2
    known = {row.txid: row for row in latest_facts(intent)}
    for txid in sorted({outpoint.partition(":")[0] for outpoint in intent.coins}):
        row = known.get(txid)
        if row is None or row.depth < need.depth or row.at < oldest:
            yield txid


def _ask(intent: TransferIntent, txid: str, need: Need, *, at: datetime) -> None:
    client = WitnessClient(settings.WITNESS_SOCKET)
    proven = client.payment(chain=intent.wallet.chain, txid=txid, script=bytes(intent.wallet.script_pubkey))
    if proven is None or (proven.fact.depth or 0) < need.depth:
        raise RefusedError("the witness does not see the coin that deep", code="witness_disagrees")
    _store(intent, txid, proven)


@transaction.atomic
def _store(intent: TransferIntent, txid: str, proven: ProvenFact) -> None:
    lock_intent(intent.pk)
    WitnessFact.objects.create(
        intent=intent,
        txid=txid,
        depth=proven.fact.depth or 0,
        body=canonical.encode(proven.to_json()),
        at=proven.fact.at,
    )
