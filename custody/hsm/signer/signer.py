"""``Signer``: from the bytes of a request to the bytes of its result.

Order (formats section 5): decode strictly, pass one, entries committed, head file synced, token,
pass two, signatures committed, result. After a crash anywhere the same bytes go on where the
journal stands, with the same digests; what was decided is never decided again.
"""

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.db import IntegrityError

from custody.common.canonical import tagged_hash
from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.signer.answers import answer
from custody.hsm.signer.case import Message
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.decision import decide, refused
from custody.hsm.signer.keys import SigningToken, check_signature
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.publication import PublicFiles
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import journal, selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.store import Store
from custody.hsm.token.errors import TokenResultError
from custody.statements.request import Request
from custody.statements.result import MadeSignature
from custody.statements.store_entry import EntryKind, SignBody, StoreEntry

logger = logging.getLogger(__name__)


class Step(StrEnum):
    """Points of the signing order that an observer is told about."""

    DECIDED = "decided"
    COMMITTED = "committed"
    HEAD_ADVANCED = "head_advanced"
    MADE = "made"
    VERIFIED = "verified"
    SIGNED_COMMITTED = "signed_committed"
    PUBLISHED = "published"


class Signer:
    """One per process; owns an open store. ``reached`` is called after each step of the order."""

    def __init__(
        self,
        *,
        store: Store,
        token: SigningToken,
        clock: TrustedClock,
        public: PublicFiles,
        reached: Callable[[Step], None] = lambda step: None,
    ) -> None:
        self._store, self._token, self._clock, self._public = store, token, clock, public
        self._reached = reached

    def handle(self, request_id: str, data: bytes) -> bytes:
        """Return the canonical result for the bytes that stand in row ``request_id``.

        Refusals and token failures are results; raises StoreStoppedError when nothing may be said.
        """
        request_hash = tagged_hash(Request.FORMAT, data).hex()
        failure: CustodyError | None = None
        try:
            if not journal.of_request(request_hash):
                self._decide(request_id, data, request_hash)
            self._store.sync_head()
            self._reached(Step.HEAD_ADVANCED)
            self._carry_out(data, request_hash)
        except StoreStoppedError:
            raise
        except CustodyError as error:
            logger.error("signer: request %s failed (%s)", request_id, error.code)
            failure = error
        return answer(request_id, request_hash, failure=failure).to_bytes()

    def refuse_message(self, rule: str, name: str) -> None:
        """Journal a message on our queue that is not a wake-up."""
        try:
            at = self._clock.read(last=journal.last_time())
            self._store.commit(Draft("REFUSED", {"rule": rule, "task": name}), at=at)
        except CustodyError as error:
            logger.error("signer: refused message not journalled (%s)", error.code)

    def _decide(self, request_id: str, data: bytes, request_hash: str) -> None:
        at = self._clock.read(last=journal.last_time())
        try:
            with self._store.transaction():
                drafts = decide(request_id, data, request_hash=request_hash, at=at)
                self._reached(Step.DECIDED)
                self._store.append(drafts, at=at, request_hash=request_hash)
        except (IntegrityError, InvalidInputError):
            # A unique constraint or a limit of the store said no where no rule did.
            seen = {"request": request_id, "request_hash": request_hash}
            with self._store.transaction():
                drafts = refused(seen, Refusal("promise_broken", ""))
                self._store.append(drafts, at=at, request_hash=request_hash)
        self._reached(Step.COMMITTED)

    def _carry_out(self, data: bytes, request_hash: str) -> None:
        own = {entry.kind: entry for entry in journal.of_request(request_hash)}
        if "SIGN" in own and "SIGNED" not in own:
            self._sign(data, own["SEEN"], own["SIGN"])
            self._reached(Step.SIGNED_COMMITTED)
        if "checkpoint" in own["SEEN"].body:
            self._public.publish_checkpoints()
            self._reached(Step.PUBLISHED)

    def _sign(self, data: bytes, seen: StoreEntry, sign: StoreEntry) -> None:
        body = SignBody.read(sign.body)
        key = _usable_key(seen.body["key"])
        messages = _messages(data, seen, body)
        try:
            made = [self._token.sign(key, message.digest) for message in messages]
            self._reached(Step.MADE)
            _verify(key, _messages(data, seen, body), made)
        except TokenResultError:
            self._suspend(key, body.request_hash)
            raise
        self._reached(Step.VERIFIED)
        signatures = [
            MadeSignature(input=message.input, public_key=key.public_key, signature=signature.hex()).to_json()
            for message, signature in zip(messages, made, strict=True)
        ]
        self._commit(
            "SIGNED", {"request_hash": body.request_hash, "signatures": signatures}, body.request_hash
        )

    def _suspend(self, key: CatalogueKey, request_hash: str) -> None:
        """A token that answers wrongly is not asked again for this key (trust.md 21)."""
        logger.critical("signer: key %s suspended, the token's signature does not verify", key.id)
        body = {"key": key.id, "state": "SUSPENDED", "reason": "token_result_wrong"}
        self._commit("KEY", body, request_hash)

    def _commit(self, kind: EntryKind, body: dict[str, Any], request_hash: str) -> None:
        at = self._clock.read(last=journal.last_time())
        self._store.commit(Draft(kind, body), at=at, request_hash=request_hash)


def _usable_key(key_id: str) -> CatalogueKey:
    key = selectors.key(key_id)
    if key is None or key.state != "ACTIVE":
        raise Refusal("key_not_active", "/key")
    return key


def _messages(data: bytes, seen: StoreEntry, sign: SignBody) -> tuple[Message, ...]:
    """Decode the bytes anew; raises StoreStoppedError unless they ask for the journalled digests."""
    request = Request.from_bytes(data)
    messages = KINDS[request.kind].recompute(request, seen.at)
    wanted = {(slot.key, slot.slot, slot.digest) for slot in sign.slots}
    if {(request.key, message.slot, message.digest.hex()) for message in messages} != wanted:
        raise StoreStoppedError("the request does not ask for the digests in the journal")
    return messages


def _verify(key: CatalogueKey, messages: tuple[Message, ...], made: list[bytes]) -> None:
    """Pass two: every signature verifies for the digest computed from the bytes a second time."""
    for message, signature in zip(messages, made, strict=True):
        check_signature(key, digest=message.digest, signature=signature)
