"""Pass one: from bytes to the entries that record what was decided, or why not.

The bytes are parsed once, strictly, and every rule sees only that object. A refusal is a
decision too and stands in the journal: the same bytes get the same answer for ever.
"""

import logging
from datetime import datetime
from typing import Any

from custody.hsm.signer.case import Effects
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.statements.request import Request
from custody.statements.store_entry import SignBody, Slot

logger = logging.getLogger(__name__)

# What libraries raise over bytes they were not written for.
NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def decide(request_id: str, data: bytes, *, request_hash: str, at: datetime) -> tuple[Draft, ...]:
    """Return the entries to write; ``request_id`` is the id of the row the bytes came from."""
    seen: dict[str, Any] = {"request": request_id, "request_hash": request_hash}
    try:
        request = _read(request_id, data, request_hash=request_hash)
        seen |= _about(request)
        effects = KINDS[request.kind].judge(request, at)
    except Refusal as refusal:
        return refused(seen | refusal.seen, refusal)
    except NONSENSE:
        # No bytes may end the wake of others; what no rule understood is not granted.
        logger.exception("signer: a rule did not expect request %s", request_id)
        return refused(seen, Refusal("not_understood", ""))
    return Draft("SEEN", seen | effects.seen), *effects.drafts, *_sign(request, request_hash, effects)


def refused(seen: dict[str, Any], refusal: Refusal) -> tuple[Draft, ...]:
    """The entries of a refusal."""
    return Draft("SEEN", seen), refusal_of(seen["request_hash"], refusal)


def refusal_of(request_hash: str, refusal: Refusal) -> Draft:
    """The entry that refuses a request, at first sight or behind a promise."""
    body = {"request_hash": request_hash, "rule": refusal.rule, "culprit": refusal.culprit}
    return Draft("REFUSED", body)


def _read(request_id: str, data: bytes, *, request_hash: str) -> Request:
    with refusing():
        request = Request.from_bytes(data)
    if request.id != request_id:
        raise Refusal("foreign_request_id", "/id")
    if selectors.request_hash(request_id) not in {None, request_hash}:
        raise Refusal("request_changed", "/id")
    return request


def _about(request: Request) -> dict[str, Any]:
    """What the journal keeps of a request, besides its hash."""
    about = {"kind": request.kind} | ({"key": request.key} if request.key else {})
    if request.intent is not None:
        about["intent"] = request.intent.hash
        if request.intent.source.terms is not None:
            about["terms"] = request.intent.source.terms
    return about


def _sign(request: Request, request_hash: str, effects: Effects) -> tuple[Draft, ...]:
    if not effects.messages or request.key is None:
        return ()
    body = SignBody(
        request_hash=request_hash,
        intent=request.intent.hash if request.intent and effects.anchor else None,
        anchor=effects.anchor,
        slots=tuple(
            Slot(key=request.key, slot=message.slot, digest=message.digest.hex(), child=message.child)
            for message in effects.messages
        ),
    )
    return (Draft("SIGN", body.to_json()),)
