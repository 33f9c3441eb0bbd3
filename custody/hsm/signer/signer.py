"""``Signer``: from the bytes of a request to the bytes of its result.

Order (formats section 5): decode strictly, pass one, entries committed, head file synced, token,
pass two, signatures committed, result. After a crash anywhere the same bytes go on where the
journal stands, with the same digests; what was decided is never decided again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import IntegrityError

from custody.common.errors import CustodyError, InvalidInputError, UnavailableError
from custody.hsm.signer.answers import answer
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.console import Console
from custody.hsm.signer.heads import standstill
from custody.hsm.signer.keeping import KeyKeeper
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.messages import RefusedMessages
from custody.hsm.signer.orders import OrderFolder
from custody.hsm.signer.pass_one import decide, refused
from custody.hsm.signer.probed import check_modules
from custody.hsm.signer.promises import has_waited
from custody.hsm.signer.publication import PublicFiles
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.sessions import Sessions
from custody.hsm.signer.signing import Signing
from custody.hsm.signer.steps import Step as Step
from custody.hsm.signer.store.errors import StoreUnavailableError
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.store import Store
from custody.hsm.signer.work import Work
from custody.hsm.token.errors import TokenClosedError
from custody.statements.result import MadeSignature
from custody.statements.store_entry import StoreEntry

logger = logging.getLogger(__name__)

Decider = Callable[[Work, datetime], list[StoreEntry]]
# A unique constraint or a limit of the store says no where no rule did.
PROMISE_BROKEN = (IntegrityError, InvalidInputError)


class Signer:
    """One per process; owns an open store. ``reached`` is called after each step of the order."""

    def __init__(
        self,
        *,
        store: Store,
        token: SigningToken,
        clock: TrustedClock,
        public: PublicFiles,
        orders: OrderFolder,
        reached: Callable[[Step], None] = lambda step: None,
    ) -> None:
        self._store, self._token, self._clock, self._public = store, token, clock, public
        self._reached = reached
        self._sessions = Sessions(store=store, token=token)
        self._keeper = KeyKeeper(store=store, token=token, clock=clock, reached=reached)
        self._console = Console(
            store=store,
            token=token,
            clock=clock,
            public=public,
            orders=orders,
            sessions=self._sessions,
            keeper=self._keeper,
        )
        self._signing = Signing(
            store=store,
            token=token,
            sessions=self._sessions,
            now=self._now,
            reached=reached,
            fail=self._fail,
        )
        self._refused = RefusedMessages()

    def handle(self, request_id: str, data: bytes) -> bytes:
        """Return the canonical result for the bytes that stand in row ``request_id``.

        Refusals and token failures are results; raises StoreStoppedError when nothing may be said.
        """
        (result,) = self.handle_all([(request_id, data)])
        return result

    def handle_all(self, requests: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """Like ``handle`` for several (request id, bytes): one commit and one sync of the head for all.

        They are decided in their order, each on what those before it have left. When clock or disk
        fails nothing leaves, and every one of them says so; the same bytes may come again.
        """
        try:
            return self._work_off(requests)
        except UnavailableError as error:
            undone = [Work.without_entries(request_id, data) for request_id, data in requests]
            for work in undone:
                self._fail(work, error)
            return [answer(work).to_bytes() for work in undone]

    def _work_off(self, requests: Sequence[tuple[str, bytes]]) -> list[bytes]:
        works = self._decide_all(requests)
        self._store.sync_head()
        self._reached(Step.HEAD_ADVANCED)
        self._keeper.carry_out(works)
        self._record_signed(works, self._signing.sign_all(works))
        self._publish(works)
        return [answer(work).to_bytes() for work in works]

    def refuse_message(self, rule: str, name: str) -> None:
        """Put a message on our queue that is not a wake-up on record."""
        try:
            at = self._now()
            if drafts := self._refused.take(rule, name):
                self._store.commit(*drafts, at=at)
        except CustodyError as error:
            logger.error("signer: refused message not journalled (%s)", error.code)

    def _decide_all(self, requests: Sequence[tuple[str, bytes]]) -> list[Work]:
        self._console.take_orders()
        self._keeper.finish()
        try:
            works = self._decide_each(requests, self._decide)
        except PROMISE_BROKEN:
            # One of them met a constraint or a limit of the store: find it, and keep the others.
            works = self._decide_each(requests, self._decide_apart)
        self._reached(Step.COMMITTED)
        return works

    def _decide_each(self, requests: Sequence[tuple[str, bytes]], decide: Decider) -> list[Work]:
        """Decide what is new in one transaction; known bytes bring their entries along."""
        works, left_out, stopped = [], list(self._refused.left_out()), standstill()
        with self._store.transaction():
            for request_id, data in requests:
                work = Work.of(request_id, data)
                if not work.entries and stopped:
                    self._fail(work, stopped)
                elif not work.entries:
                    self._try_to_decide(work, left_out, decide)
                    stopped = standstill() if work.entry("HEAD") else None
                elif work.awaits_signature and not stopped:
                    self._signing.end_if_over(work)
                works.append(work)
        if not left_out:
            self._refused.clear()
        return works

    def _try_to_decide(self, work: Work, left_out: list[Draft], decide: Decider) -> None:
        """``left_out`` is journalled, and emptied, before the first decision."""
        try:
            at = self._now()
        except CustodyError as error:
            self._fail(work, error)
            return
        self._store.append(left_out, at=at)
        left_out.clear()
        try:
            work.entries.extend(decide(work, at))
        except StoreUnavailableError:
            # SQLite may have thrown the whole transaction away: nothing of this wake stands any more.
            raise
        except (TokenClosedError, UnavailableError) as error:
            # Undecided: what is closed now may be open when the same bytes come again.
            self._fail(work, error)

    def _decide(self, work: Work, at: datetime) -> list[StoreEntry]:
        """Journal the decision; what is thrown away and decided again comes out the same."""
        drafts = decide(work.request_id, work.data, request_hash=work.request_hash, at=at)
        try:
            check_modules(drafts, self._token)
        except Refusal as refusal:
            drafts = refused(drafts[0].body, refusal)
        self._sessions.check_promises(drafts, work.request_hash, at=at)
        self._reached(Step.DECIDED)
        return self._store.append(drafts, at=at, request_hash=work.request_hash)

    def _decide_apart(self, work: Work, at: datetime) -> list[StoreEntry]:
        """Like ``_decide``, with a savepoint; no entry of it is left where the store said no."""
        try:
            with self._store.transaction():
                return self._decide(work, at)
        except PROMISE_BROKEN:
            seen = {"request": work.request_id, "request_hash": work.request_hash}
            drafts = refused(seen, Refusal("promise_broken", ""))
            return self._store.append(drafts, at=at, request_hash=work.request_hash)

    def _now(self) -> datetime:
        return self._clock.read(last=self._store.last_time)

    def _record_signed(self, works: list[Work], signed: dict[str, tuple[MadeSignature, ...]]) -> None:
        """One commit for all. Nothing leaves the signer for these entries that the entries before them
        do not bind, so the head may follow with the next request. A promise that waited may lapse in a
        store restored to before its signature: there the head goes first.
        """
        made = [work for work in works if work.request_id in signed]
        if not made:
            return
        at = self._now()
        with self._store.transaction():
            for work in made:
                written = [signature.to_json() for signature in signed[work.request_id]]
                draft = Draft("SIGNED", {"request_hash": work.request_hash, "signatures": written})
                work.entries.extend(self._store.append([draft], at=at, request_hash=work.request_hash))
        if any(has_waited(work, at=at) for work in made):
            self._store.sync_head()
        self._reached(Step.SIGNED_COMMITTED)

    def _publish(self, works: list[Work]) -> None:
        if any(work.is_checkpoint for work in works):
            self._public.publish_checkpoints()
            self._reached(Step.PUBLISHED)
        self._console.end_sessions()
        if any(work.entry("TRUST") for work in works):
            self._console.destroy_keys()
            self._console.observe()
        if any(work.entry("TRUST") or work.is_about_keys for work in works):
            self._public.publish_identity(at=self._now())
            self._reached(Step.PUBLISHED)

    def _fail(self, work: Work, error: CustodyError) -> None:
        logger.error("signer: request %s failed (%s)", work.request_id, error.code)
        work.failure = error
