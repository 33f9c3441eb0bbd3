"""Pass two: decodes the bytes of a request anew and holds them against the journal.

Nothing of pass one is used again but its entries: what was signed must be what the bytes ask for,
under the pinned key, slot by slot.
"""

from custody.common import canonical
from custody.hsm.signer.keys import check_signature, public_key_of
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.work import Work
from custody.statements.request import Request
from custody.statements.result import MadeSignature
from custody.statements.store_entry import Slot


def journalled(work: Work) -> tuple[Slot, ...]:
    """What the journal has promised to sign for a request."""
    sign = work.entry("SIGN")
    if sign is None:
        raise StoreStoppedError("a signature without its entry in the journal")
    return sign.promise.slots


def prove(
    work: Work, key: CatalogueKey, promised: tuple[Slot, ...], made: dict[str, bytes]
) -> tuple[MadeSignature, ...]:
    """Return the signatures (``made``: r || s by slot) in the order of the inputs.

    Raises StoreStoppedError unless the bytes ask for exactly the journalled digests, and
    TokenResultError for a signature that does not verify for the recomputed one.
    """
    seen, request = work.entries[0], _read_again(work.data)
    messages = KINDS[request.kind].recompute(request, seen, made)
    asked = {(request.key, message.slot, message.digest.hex(), message.child) for message in messages}
    if asked != {(slot.key, slot.slot, slot.digest, slot.child) for slot in promised}:
        raise StoreStoppedError("the request does not ask for the digests in the journal")
    for message in messages:
        check_signature(key, digest=message.digest, signature=made[message.slot], child=message.child)
    return tuple(
        MadeSignature(
            input=message.input,
            public_key=public_key_of(key, message.child),
            signature=made[message.slot].hex(),
        )
        for message in messages
    )


def _read_again(data: bytes) -> Request:
    """The request without its approvals: pass one has proved them, and nothing of them is signed."""
    return Request.read(canonical.decode(data, limit=Request.LIMIT) | {"approvals": []})
