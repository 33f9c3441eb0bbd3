"""Proves a result to whoever knows the checkpoint key: the store's own head, signed, behind its entries."""

from datetime import datetime

from custody.common.errors import UnavailableError
from custody.common.ids import new_id
from custody.hsm.signer.signer import Signer
from custody.hsm.signer.store import journal, models, selectors, signed_heads
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.statements.answer import OWN_STREAM, Answer
from custody.statements.request import MAX_CHECKPOINT_ENTRIES, CheckpointPayload, Request
from custody.statements.result import Result
from custody.statements.store_entry import StoreEntry


class NotProvedError(UnavailableError):
    """The head could not be signed; the same request may be presented again."""

    code = "answer_not_proved"


def proved_answer(result: Result, *, signer: Signer, at: datetime) -> Answer:
    """The answer that carries ``result``: the same one for the same result, for ever.

    Raises NotProvedError while the token makes no checkpoint.
    """
    while (row := _signed_at_or_after(result.head.seq)) is None:
        _sign_next(result.instance, signer=signer, at=at)
    head = signed_heads.read(row)
    told = {entry.seq for entry in result.entries}
    first = min(told, default=result.head.seq)
    return Answer(
        result=result,
        entries=tuple(entry for entry in _between(first, row.position) if entry.seq not in told),
        checkpoint=head.checkpoint,
        public_key=head.public_key,
        signature=head.signature,
    )


def _signed_at_or_after(seq: int) -> models.SignedCheckpoint | None:
    """The first signed head of our own that binds entry ``seq``."""
    rows = signed_heads.signed_heads().filter(stream=OWN_STREAM, position__gte=seq)
    return rows.order_by("position").first()


def _sign_next(instance: str, *, signer: Signer, at: datetime) -> None:
    """Have the next head signed, as any other checkpoint is: by a request, under the same rules."""
    last, _ = selectors.last_checkpoint(OWN_STREAM)
    end = journal.last()
    to = min(last + MAX_CHECKPOINT_ENTRIES, end.seq if end else 0)
    request = Request(
        id=new_id("req", at=at),
        instance=instance,
        kind="CHECKPOINT",
        key=_checkpoint_key().id,
        payload=CheckpointPayload(
            stream=OWN_STREAM,
            from_=last + 1,
            to=to,
            entries=tuple(selectors.entry_hashes(last + 1, to)),
        ),
    )
    outcome = Result.from_bytes(signer.handle(request.id, request.to_bytes()))
    if outcome.outcome != "SIGNED":
        raise NotProvedError(f"the head of the store is not signed ({outcome.rule})")


def _checkpoint_key() -> CatalogueKey:
    keys = [key for key in selectors.all_keys() if key.purpose == "checkpoint" and key.state == "ACTIVE"]
    if not keys:
        raise NotProvedError("no active key signs heads")
    return keys[-1]


def _between(first: int, last: int) -> list[StoreEntry]:
    rows = models.Entry.objects.filter(seq__gte=first, seq__lte=last).order_by("seq")
    return [StoreEntry.from_bytes(bytes(row.body)) for row in rows]
