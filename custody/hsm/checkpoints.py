"""Has the signer sign the heads of the audit record and of its own journal.

They are due when 1,000 entries of the main stream wait, or the last checkpoint is 60 seconds old and
something is new. One request per stream is under way at a time, because each continues the last; one
that gets no answer holds up the next for MAX_WAIT, so that sealing never ends with it.
"""

from datetime import datetime, timedelta

from django.db import transaction

from custody.audit import selectors as audit
from custody.hsm import selectors, services
from custody.hsm.mirror import SIGNING_STREAM
from custody.hsm.models import Checkpoint
from custody.statements.checkpoint import Checkpoint as CheckpointDocument
from custody.statements.request import MAX_CHECKPOINT_ENTRIES
from custody.statements.result import Result

LEADING = "main"
# The signer's own store; every other stream is one of the audit record.
OWN_STREAM = "signer"
# These grow by being sealed; they are sealed along with the leading one, never for themselves.
ALONG = (SIGNING_STREAM, OWN_STREAM)
MAX_ENTRIES = 1_000
MAX_AGE = timedelta(seconds=60)
MAX_WAIT = timedelta(hours=1)


def request_checkpoints(*, at: datetime, force: bool = False) -> list[str]:
    """Request what is due and return the request ids; ``force`` ignores number and age."""
    for stream in (LEADING, *ALONG):
        _apply_missed(stream)
    if not _is_due(at=at, force=force):
        return []
    made = (_request(stream, at=at) for stream in (LEADING, *ALONG))
    return [request for request in made if request is not None]


@transaction.atomic
def apply_checkpoint(*, request_id: str) -> None:
    """Store the signed checkpoint of a request; run twice it changes nothing."""
    result = selectors.result_of(request_id)
    if result is None or result.outcome != "SIGNED":
        return
    document = _document_in(result)
    Checkpoint.objects.get_or_create(
        request_id=request_id,
        defaults={
            "stream": document.stream,
            "position": document.position,
            "link": document.link,
            "at": document.at,
            "signature": result.signatures[0].signature,
        },
    )


def _is_due(*, at: datetime, force: bool) -> bool:
    last = selectors.last_checkpoint(LEADING)
    position, _ = audit.stream_head(LEADING)
    waiting = position - (last.position if last else 0)
    if waiting <= 0 or _is_under_way(LEADING, at=at):
        return False
    return force or waiting >= MAX_ENTRIES or last is None or at - last.at >= MAX_AGE


def _apply_missed(stream: str) -> None:
    """The message that should have done it may be lost."""
    request = selectors.last_checkpoint_request(stream)
    if request is not None and not selectors.is_sealed_by(request):
        apply_checkpoint(request_id=request.pk)


def _is_under_way(stream: str, *, at: datetime) -> bool:
    request = selectors.last_checkpoint_request(stream)
    if request is None or selectors.is_sealed_by(request):
        return False
    is_answered = selectors.final_results().filter(request=request).exists()
    return at - request.created_at < (MAX_AGE if is_answered else MAX_WAIT)


def _last_position(stream: str) -> int:
    """Where the next request goes on: behind what is signed, or journalled by the signer to be signed."""
    last = selectors.last_checkpoint(stream)
    promised = (
        _document_in(result).position
        for result in selectors.failed_checkpoints(stream)
        if any(entry.kind == "SIGN" for entry in result.entries)
    )
    return max(last.position if last else 0, *promised, 0)


def _document_in(result: Result) -> CheckpointDocument:
    seen = next(entry.body for entry in result.entries if "checkpoint" in entry.body)
    return CheckpointDocument.from_json(seen["checkpoint"])


def _request(stream: str, *, at: datetime) -> str | None:
    first = _last_position(stream) + 1
    hashes = _hashes(stream, first)
    if not hashes or _is_under_way(stream, at=at):
        return None
    row = services.submit_request(
        actor="system:beat",
        kind="CHECKPOINT",
        key=selectors.active_key("checkpoint").pk,
        subject=stream,
        payload={"stream": stream, "from": first, "to": first + len(hashes) - 1, "entries": hashes},
        at=at,
    )
    return row.pk


def _hashes(stream: str, first: int) -> list[str]:
    if stream == OWN_STREAM:
        return selectors.journal_hashes(first=first, limit=MAX_CHECKPOINT_ENTRIES)
    return audit.entry_hashes(stream, first=first, last=first + MAX_CHECKPOINT_ENTRIES - 1)
