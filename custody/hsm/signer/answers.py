"""Results, computed from the journal: a lost or deleted result row is emitted again, never decided again."""

from custody.common.errors import CustodyError
from custody.hsm.signer.store import journal, selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.work import Work
from custody.statements.result import Head, MadeSignature, Outcome, Result
from custody.statements.store_entry import StoreEntry


def answer(work: Work, *, failure: CustodyError | None = None) -> Result:
    """Build the result of a request from its entries; ``failure`` says why none is final yet."""
    pinned, last = selectors.pinned(), work.entries[-1] if work.entries else journal.last()
    if pinned is None or last is None:
        raise StoreStoppedError("the store has no genesis")
    outcome, rule, culprit = _outcome(work, failure)
    return Result(
        instance=pinned.instance,
        request=work.request_id,
        request_hash=work.request_hash,
        outcome=outcome,
        rule=rule,
        culprit=culprit,
        signatures=_signatures(work.entry("SIGNED")),
        entries=(*journal.loose_before(work.entries[0]), *work.entries) if work.entries else (),
        head=Head(seq=last.seq, hash=last.hash),
    )


def _outcome(work: Work, failure: CustodyError | None) -> tuple[Outcome, str | None, str | None]:
    if work.entry("SIGNED"):
        return "SIGNED", None, None
    if refusal := work.entry("REFUSED"):
        return "REFUSED", refusal.body["rule"], refusal.body["culprit"]
    if work.entry("TERMS") or work.entry("TRUST"):
        return "RECORDED", None, None
    return "FAILED", failure.code if failure else "unfinished", None


def _signatures(signed: StoreEntry | None) -> tuple[MadeSignature, ...]:
    return tuple(MadeSignature.read(item) for item in signed.body["signatures"]) if signed else ()
