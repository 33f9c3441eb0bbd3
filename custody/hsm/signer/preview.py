"""What the signer would decide about a request now, without writing and without a key."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.signer.pass_one import decide
from custody.hsm.signer.promises import why_over
from custody.hsm.signer.store import journal, selectors
from custody.hsm.signer.store.router import ALIAS
from custody.hsm.signer.work import Work
from custody.statements.request import Request


def preview(data: bytes, *, at: datetime) -> dict[str, Any]:
    """Return ``outcome``: WOULD_SIGN, WOULD_RECORD, REFUSED or ALREADY_DECIDED, this with ``decision``.

    A refusal, made or to be made, has ``rule`` and ``culprit`` (a JSON pointer, empty for the whole
    request), and ``reason`` where the store itself would refuse.
    """
    request_hash = canonical.tagged_hash(Request.FORMAT, data).hex()
    known = Work("", data, request_hash, journal.of_request(request_hash))
    if known.entries:
        verdict = {"outcome": "ALREADY_DECIDED", "entries": [entry.kind for entry in known.entries]}
        return verdict | _decided(known, at) | {"request_hash": request_hash}
    try:
        with transaction.atomic(using=ALIAS):
            drafts = decide(_id_of(data), data, request_hash=request_hash, at=at.replace(microsecond=0))
            last = journal.last()
            for draft in drafts:
                last = journal.append(draft, after=last, at=at, request_hash=request_hash)
            transaction.set_rollback(True, using=ALIAS)
    except (IntegrityError, InvalidInputError) as error:
        verdict = {"outcome": "REFUSED", "rule": "promise_broken", "culprit": "", "reason": str(error)}
        return verdict | {"request_hash": request_hash}
    decided = drafts[-1]
    verdict = {"outcome": "WOULD_SIGN" if decided.kind == "SIGN" else "WOULD_RECORD"}
    if decided.kind == "REFUSED":
        verdict = {"outcome": "REFUSED", **_refusal(decided.body)}
    return verdict | {"request_hash": request_hash}


def _decided(known: Work, at: datetime) -> dict[str, str]:
    """How a request was decided before: by the last of its entries, and of a promise by what became of it."""
    last = known.entries[-1]
    if last.kind == "REFUSED":
        return {"decision": "REFUSED", **_refusal(last.body)}
    over = why_over(known, recovery=selectors.last_recovery(), at=at) if known.awaits_signature else None
    if over:
        return {"decision": "LAPSED", "rule": over.rule, "culprit": over.culprit}
    return {"decision": {"SIGN": "SIGNATURE_DUE", "SIGNED": "SIGNED"}.get(last.kind, "RECORDED")}


def _refusal(body: dict[str, Any]) -> dict[str, str]:
    return {"rule": body["rule"], "culprit": body["culprit"]}


def _id_of(data: bytes) -> str:
    """The id the bytes claim; a wrong one is found by the decoder."""
    try:
        return str(canonical.decode(data, limit=canonical.MAX_REQUEST)["id"])
    except (InvalidInputError, KeyError, TypeError):
        return ""
