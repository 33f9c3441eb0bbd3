"""Pass two: decodes the bytes of a request anew and holds them against the journal."""

from dataclasses import dataclass

from custody.hsm.signer.case import Message
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.work import Work
from custody.statements.request import Request
from custody.statements.store_entry import SignBody


@dataclass(frozen=True)
class Recomputed:
    """The key and the messages a request asks to sign, as its bytes say."""

    key: str
    messages: tuple[Message, ...]


def recompute(work: Work) -> Recomputed:
    """Decode again; raises StoreStoppedError unless the bytes ask for the journalled digests."""
    seen, sign = work.entry("SEEN"), work.entry("SIGN")
    if seen is None or sign is None:
        raise StoreStoppedError("a signature without its entries in the journal")
    request = Request.from_bytes(work.data)
    messages = KINDS[request.kind].recompute(request, seen.at)
    wanted = {(slot.key, slot.slot, slot.digest) for slot in SignBody.read(sign.body).slots}
    if {(request.key, message.slot, message.digest.hex()) for message in messages} != wanted:
        raise StoreStoppedError("the request does not ask for the digests in the journal")
    return Recomputed(request.key, messages)
