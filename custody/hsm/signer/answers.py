"""Results, computed from the journal: a lost or deleted result row is emitted again, never decided again."""

from collections.abc import Mapping

from custody.common.errors import CustodyError
from custody.hsm.signer.store import journal, selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.statements.result import Head, MadeSignature, Outcome, Result
from custody.statements.store_entry import EntryKind, StoreEntry

ByKind = Mapping[EntryKind, StoreEntry]


def answer(request_id: str, request_hash: str, *, failure: CustodyError | None = None) -> Result:
    """Build the result of a request from its entries; ``failure`` says why none is final yet."""
    own = {entry.kind: entry for entry in journal.of_request(request_hash)}
    entries = journal.reported_with(request_hash)
    pinned, head = selectors.pinned(), journal.head()
    if pinned is None or head is None:
        raise StoreStoppedError("the store has no genesis")
    outcome, rule, culprit = _outcome(own, failure)
    return Result(
        instance=pinned.instance,
        request=request_id,
        request_hash=request_hash,
        outcome=outcome,
        rule=rule,
        culprit=culprit,
        signatures=_signatures(own) if outcome == "SIGNED" else (),
        entries=entries,
        head=Head(seq=entries[-1].seq, hash=entries[-1].hash) if entries else head,
    )


def _outcome(own: ByKind, failure: CustodyError | None) -> tuple[Outcome, str | None, str | None]:
    if "SIGNED" in own:
        return "SIGNED", None, None
    if "REFUSED" in own:
        body = own["REFUSED"].body
        return "REFUSED", body["rule"], body["culprit"]
    if "TERMS" in own:
        return "RECORDED", None, None
    return "FAILED", failure.code if failure else "unfinished", None


def _signatures(own: ByKind) -> tuple[MadeSignature, ...]:
    return tuple(MadeSignature.read(item) for item in own["SIGNED"].body["signatures"])
