"""The answer that is carried back from an offline signer: a result that proves itself.

On the queue a result is the signer's because the signer's role alone may write it. What people carry
has no such origin, so the result comes with the entries of the journal up to one that the signer's
checkpoint key has signed as its own head (formats section 8): whoever knows that key knows that this
signer decided so.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.checkpoint import Checkpoint
from custody.statements.fields import CompressedKey, ListOf, Signature
from custody.statements.form import Document
from custody.statements.proof import ProofError, verify_p256
from custody.statements.result import Result
from custody.statements.store_entry import FIRST_PREVIOUS, StoreEntry

OWN_STREAM = "signer"
_RECORDING = {"TERMS", "TRUST"}
_DECIDING = {"SEEN", "SIGN", "SIGNED", "REFUSED"}


class AnswerError(InvalidInputError):
    """The parts of an answer do not prove its result; ``field`` points to the one at fault."""

    code = "answer_not_proved"


@dataclass(frozen=True, kw_only=True)
class Answer(Document):
    """``entries``: those of the journal that ``result`` leaves out, up to the position of ``checkpoint``."""

    FORMAT: ClassVar[str] = "custody/answer/v1"
    LIMIT: ClassVar[int] = canonical.MAX_REQUEST

    result: Result
    entries: ListOf[StoreEntry] = ()
    checkpoint: Checkpoint
    public_key: CompressedKey
    signature: Signature

    @property
    def chain(self) -> list[StoreEntry]:
        """All entries, in the order of the journal."""
        return sorted((*self.result.entries, *self.entries), key=lambda entry: entry.seq)

    def verify(self) -> None:
        """Raise AnswerError unless the signed head binds everything the result says."""
        try:
            verify_p256(public_key=self.public_key, digest=self.checkpoint.hash, signature=self.signature)
        except ProofError:
            raise AnswerError("the signature does not verify", field="/signature") from None
        if (self.checkpoint.instance, self.checkpoint.stream) != (self.result.instance, OWN_STREAM):
            raise AnswerError("not a head of this signer's store", field="/checkpoint")
        self._check_chain()
        self._check_result()

    def _check_chain(self) -> None:
        chain = self.chain
        if not chain:
            raise AnswerError("no entry of the journal", field="/entries")
        previous = chain[0].previous if chain[0].seq else FIRST_PREVIOUS
        for seq, entry in enumerate(chain, start=chain[0].seq):
            if (entry.seq, entry.previous) != (seq, previous):
                raise AnswerError(
                    "entry %(seq)s does not fit the chain", field="/entries", values={"seq": entry.seq}
                )
            previous = entry.hash
        if (chain[-1].seq, chain[-1].hash) != (self.checkpoint.position, self.checkpoint.link):
            raise AnswerError("the entries do not end at the signed head", field="/checkpoint/position")
        head = self.result.head
        if (head.seq, head.hash) not in {(entry.seq, entry.hash) for entry in chain}:
            raise AnswerError("the head is none of the entries", field="/result/head")

    def _check_result(self) -> None:
        """The result says what the entries about its request say."""
        result = self.result
        entries = self._own_entries()
        if entries[0].body.get("request") != result.request:
            raise AnswerError("the journal knows the bytes under another id", field="/result/request")
        bodies = {entry.kind: entry.body for entry in entries}
        if _said(bodies) != {
            "outcome": result.outcome,
            "rule": result.rule,
            "culprit": result.culprit,
            "signatures": [signature.to_json() for signature in result.signatures],
        }:
            raise AnswerError("the journal says something else", field="/result/outcome")

    def _own_entries(self) -> list[StoreEntry]:
        """All entries about the request, wherever they stand in the chain.

        TERMS and TRUST do not name it: they follow its SEEN in the same transaction.
        """
        own: list[StoreEntry] = []
        is_ours = False
        for entry in self.chain:
            is_named = entry.body.get("request_hash") == self.result.request_hash
            if entry.kind == "SEEN":
                is_ours = is_named
            is_recorded = is_ours and entry.kind in _RECORDING and "order" not in entry.body
            if is_recorded or (is_named and entry.kind in _DECIDING):
                own.append(entry)
        if not own or own[0].kind != "SEEN":
            raise AnswerError("no entry says that the request was seen", field="/result/entries")
        return own


def _said(bodies: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    """What the last of the entries about a request decides; the bodies by kind."""
    said: dict[str, Any] = {"outcome": "FAILED", "rule": None, "culprit": None, "signatures": []}
    if "SIGNED" in bodies:
        return said | {"outcome": "SIGNED", "signatures": bodies["SIGNED"]["signatures"]}
    if "REFUSED" in bodies:
        refusal = {name: bodies["REFUSED"][name] for name in ("rule", "culprit")}
        return said | {"outcome": "REFUSED", **refusal}
    if bodies.keys() & _RECORDING:
        return said | {"outcome": "RECORDED"}
    return said
