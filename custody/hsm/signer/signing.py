"""Promises kept, or given up: the signatures of one wake, all made first, then all proved.

The token stays with its own work while it signs, and what it has made is looked at in one go. A key
whose token signs wrongly is suspended, and nothing more of it leaves in the same wake.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from custody.common.errors import CustodyError, UnavailableError
from custody.hsm.signer.heads import standstill
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.pass_one import refusal_of
from custody.hsm.signer.pass_two import journalled, prove
from custody.hsm.signer.promises import Standing, check_promise, why_over
from custody.hsm.signer.sessions import Sessions
from custody.hsm.signer.steps import Step
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.store import Store
from custody.hsm.signer.work import Work
from custody.hsm.token.errors import TokenPinError, TokenResultError
from custody.statements.result import MadeSignature
from custody.statements.store_entry import Slot

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """What the token gave for one request, not looked at yet: r || s by slot."""

    work: Work
    key: CatalogueKey
    slots: tuple[Slot, ...]
    signatures: dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Signing:
    """One per signer. ``now`` reads its clock, ``fail`` says why a request has no answer yet."""

    store: Store
    token: SigningToken
    sessions: Sessions
    now: Callable[[], datetime]
    reached: Callable[[Step], None]
    fail: Callable[[Work, CustodyError], None]

    def end_if_over(self, work: Work) -> None:
        """Refuse a promise that is never kept any more; inside the transaction of the wake's decisions."""
        try:
            at = self.now()
        except CustodyError as error:
            self.fail(work, error)
            return
        over = why_over(work, recovery=selectors.last_recovery(), at=at)
        if over:
            draft = refusal_of(work.request_hash, over)
            work.entries.extend(self.store.append([draft], at=at, request_hash=work.request_hash))

    def sign_all(self, works: list[Work]) -> dict[str, tuple[MadeSignature, ...]]:
        """Proved signatures by request id, of what the journal has promised."""
        promised = [work for work in works if work.awaits_signature and not work.failure]
        if not promised:
            return {}
        standing = Standing.now()
        made = list(self._make_all(promised, standing))
        return dict(self._prove_all(made, standing))

    def _make_all(self, promised: list[Work], standing: Standing) -> Iterator[Made]:
        """A token that does not answer is asked once for all."""
        unavailable: CustodyError | None = standstill()
        for work in promised:
            try:
                if unavailable:
                    raise unavailable
                yield self._make(work, standing)
            except StoreStoppedError:
                raise
            except TokenResultError as error:
                self._suspend(journalled(work)[0].key, standing)
                self.fail(work, error)
            except CustodyError as error:
                unavailable = error if isinstance(error, UnavailableError | TokenPinError) else None
                self.fail(work, error)

    def _make(self, work: Work, standing: Standing) -> Made:
        slots = journalled(work)
        key = standing.usable_key(slots[0].key)
        self.sessions.check(key.id, work.request_hash, at=self.now)
        check_promise(work, key, standing=standing, at=self.now())
        made = self.token.make_all(key, slots)
        self.reached(Step.MADE)
        return Made(work, key, slots, made)

    def _prove_all(
        self, made: list[Made], standing: Standing
    ) -> Iterator[tuple[str, tuple[MadeSignature, ...]]]:
        for item in made:
            try:
                standing.usable_key(item.key.id)
                proven = prove(item.work, item.key, item.slots, item.signatures)
                self.reached(Step.VERIFIED)
                yield item.work.request_id, proven
            except StoreStoppedError:
                raise
            except TokenResultError as error:
                self._suspend(item.key.id, standing)
                self.fail(item.work, error)
            except CustodyError as error:
                self.fail(item.work, error)

    def _suspend(self, key_id: str, standing: Standing) -> None:
        """A token that answers wrongly is not asked again for this key (trust.md 21).

        An entry of no request: this one may have reported its failure already, and does so once.
        """
        if key_id in standing.suspended:
            return
        standing.suspended.add(key_id)
        logger.critical("signer: key %s suspended, the token's signature does not verify", key_id)
        body = {"key": key_id, "state": "SUSPENDED", "reason": "token_result_wrong"}
        self.store.commit(Draft("KEY", body), at=self.now())
