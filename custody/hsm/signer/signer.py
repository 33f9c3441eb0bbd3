"""``Signer``: from the bytes of a request to the bytes of its result.

Order (formats section 5): decode strictly, pass one, entries committed, head file synced, token,
pass two, signatures committed, result. After a crash anywhere the same bytes go on where the
journal stands, with the same digests; what was decided is never decided again.
"""

import logging
from collections.abc import Callable
from enum import StrEnum

from django.db import IntegrityError

from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.signer.answers import answer
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.messages import RefusedMessages
from custody.hsm.signer.pass_one import decide, refused
from custody.hsm.signer.pass_two import journalled, prove
from custody.hsm.signer.publication import PublicFiles
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.store import Store
from custody.hsm.signer.work import Work
from custody.hsm.token.errors import TokenResultError

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
        self._refused = RefusedMessages()

    def handle(self, request_id: str, data: bytes) -> bytes:
        """Return the canonical result for the bytes that stand in row ``request_id``.

        Refusals and token failures are results; raises StoreStoppedError when nothing may be said.
        """
        work = Work.of(request_id, data)
        failure: CustodyError | None = None
        try:
            if not work.entries:
                self._decide(work)
            self._store.sync_head()
            self._reached(Step.HEAD_ADVANCED)
            self._carry_out(work)
        except StoreStoppedError:
            raise
        except CustodyError as error:
            logger.error("signer: request %s failed (%s)", request_id, error.code)
            failure = error
        return answer(work, failure=failure).to_bytes()

    def refuse_message(self, rule: str, name: str) -> None:
        """Put a message on our queue that is not a wake-up on record."""
        try:
            at = self._clock.read(last=self._store.last_time)
            if drafts := self._refused.take(rule, name):
                self._store.commit(*drafts, at=at)
        except CustodyError as error:
            logger.error("signer: refused message not journalled (%s)", error.code)

    def _decide(self, work: Work) -> None:
        at = self._clock.read(last=self._store.last_time)
        try:
            with self._store.transaction():
                self._store.append(self._refused.left_out(), at=at)
                drafts = decide(work.request_id, work.data, request_hash=work.request_hash, at=at)
                self._reached(Step.DECIDED)
                made = self._store.append(drafts, at=at, request_hash=work.request_hash)
            self._refused.clear()
        except (IntegrityError, InvalidInputError):
            # A unique constraint or a limit of the store said no where no rule did.
            seen = {"request": work.request_id, "request_hash": work.request_hash}
            drafts = refused(seen, Refusal("promise_broken", ""))
            made = self._store.commit(*drafts, at=at, request_hash=work.request_hash)
        work.entries.extend(made)
        self._reached(Step.COMMITTED)

    def _carry_out(self, work: Work) -> None:
        if work.entry("SIGN") and not work.entry("SIGNED"):
            self._sign(work)
            self._reached(Step.SIGNED_COMMITTED)
        if work.is_checkpoint:
            self._public.publish_checkpoints()
            self._reached(Step.PUBLISHED)
        if work.entry("TRUST"):
            self._public.publish_identity(at=work.entries[0].at)
            self._reached(Step.PUBLISHED)

    def _sign(self, work: Work) -> None:
        slots = journalled(work)
        key = _usable_key(slots[0].key)
        try:
            made = {slot.slot: self._token.sign(key, bytes.fromhex(slot.digest)) for slot in slots}
            self._reached(Step.MADE)
            proven = prove(work, key, slots, made)
        except TokenResultError:
            self._suspend(key)
            raise
        self._reached(Step.VERIFIED)
        signatures = [signature.to_json() for signature in proven]
        self._commit(work, Draft("SIGNED", {"request_hash": work.request_hash, "signatures": signatures}))

    def _suspend(self, key: CatalogueKey) -> None:
        """A token that answers wrongly is not asked again for this key (trust.md 21).

        An entry of no request: this one may have reported its failure already, and does so once.
        """
        logger.critical("signer: key %s suspended, the token's signature does not verify", key.id)
        body = {"key": key.id, "state": "SUSPENDED", "reason": "token_result_wrong"}
        self._store.commit(Draft("KEY", body), at=self._clock.read(last=self._store.last_time))

    def _commit(self, work: Work, draft: Draft) -> None:
        # Nothing leaves the signer for these entries that the entries before them do not bind,
        # so the head may follow with the next request.
        at = self._clock.read(last=self._store.last_time)
        work.entries.extend(self._store.commit(draft, at=at, request_hash=work.request_hash))


def _usable_key(key_id: str) -> CatalogueKey:
    key = selectors.key(key_id)
    if key is None or key.state != "ACTIVE":
        raise Refusal("key_not_active", "/key")
    return key
