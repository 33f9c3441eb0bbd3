"""Results, computed from the journal: a lost or deleted result row is emitted again, never decided again."""

from custody.hsm.signer.store import journal, selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.work import Work
from custody.statements.result import Head, MadeSignature, Outcome, Result
from custody.statements.store_entry import StoreEntry


def answer(work: Work) -> Result:
    """Build the result of a request from its entries, or from its failure while none is final."""
    pinned, last = selectors.pinned(), work.entries[-1] if work.entries else journal.last()
    if pinned is None or last is None:
        raise StoreStoppedError("the store has no genesis")
    outcome, rule, culprit = _outcome(work)
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


def _outcome(work: Work) -> tuple[Outcome, str | None, str | None]:
    if work.entry("SIGNED"):
        return "SIGNED", None, None
    if refusal := work.entry("REFUSED"):
        return "REFUSED", refusal.body["rule"], refusal.body["culprit"]
    recorded = work.entry("TERMS") or work.entry("TRUST") or work.entry("HEAD")
    if recorded or _is_settled(work):
        return "RECORDED", None, None
    return "FAILED", work.failure.code if work.failure else "unfinished", None


def _is_settled(work: Work) -> bool:
    """The key that was asked for is kept in both places, or nothing is left of the one to be ended."""
    wanted = {"making": "backup", "destroying": "removed"}
    seen = work.entries[0].body if work.entries else {}
    marks = [mark for name, mark in wanted.items() if name in seen]
    return any(mark in entry.body for mark in marks for entry in work.entries if entry.kind == "KEY")


def _signatures(signed: StoreEntry | None) -> tuple[MadeSignature, ...]:
    return tuple(MadeSignature.read(item) for item in signed.body["signatures"]) if signed else ()
