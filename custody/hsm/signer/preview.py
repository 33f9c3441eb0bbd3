"""What the signer would decide about a request now, without writing and without a key."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.signer.pass_one import decide
from custody.hsm.signer.store import journal
from custody.hsm.signer.store.router import ALIAS
from custody.statements.request import Request


def preview(data: bytes, *, at: datetime) -> dict[str, Any]:
    """Return ``outcome`` (WOULD_SIGN, WOULD_RECORD or REFUSED), and ``rule`` and ``culprit`` of a refusal."""
    request_hash = canonical.tagged_hash(Request.FORMAT, data).hex()
    known = [entry.kind for entry in journal.of_request(request_hash)]
    if known:
        return {"outcome": "ALREADY_DECIDED", "entries": known, "request_hash": request_hash}
    try:
        with transaction.atomic(using=ALIAS):
            drafts = decide(_id_of(data), data, request_hash=request_hash, at=at.replace(microsecond=0))
            last = journal.last()
            for draft in drafts:
                last = journal.append(draft, after=last, at=at, request_hash=request_hash)
            transaction.set_rollback(True, using=ALIAS)
    except (IntegrityError, InvalidInputError):
        return {"outcome": "REFUSED", "rule": "promise_broken", "culprit": "", "request_hash": request_hash}
    decided = drafts[-1]
    verdict = {"outcome": "WOULD_SIGN" if decided.kind == "SIGN" else "WOULD_RECORD"}
    if decided.kind == "REFUSED":
        verdict = {"outcome": "REFUSED", "rule": decided.body["rule"], "culprit": decided.body["culprit"]}
    return verdict | {"request_hash": request_hash}


def _id_of(data: bytes) -> str:
    """The id the bytes claim; a wrong one is found by the decoder."""
    try:
        return str(canonical.decode(data, limit=canonical.MAX_REQUEST)["id"])
    except (InvalidInputError, KeyError, TypeError):
        return ""
