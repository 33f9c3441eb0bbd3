"""Carries out what was ordered at the console, before anything else is decided."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import assert_never

from django.db import IntegrityError

from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.signer import heads
from custody.hsm.signer.ceremony import Ceremony
from custody.hsm.signer.certificate_import import CertificateImport
from custody.hsm.signer.clock import ClockNotTrustedError, TrustedClock
from custody.hsm.signer.cold_session import ColdSession, SessionEnd
from custody.hsm.signer.deal_coins import DealCoin
from custody.hsm.signer.heads import Recovery
from custody.hsm.signer.keeping import KeyKeeper
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.making import make_key
from custody.hsm.signer.modules import PassedProbe, module_of
from custody.hsm.signer.nonces import NonceResync
from custody.hsm.signer.orders import Order, OrderFolder
from custody.hsm.signer.publication import PublicFiles
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.sessions import Sessions, module_draft, probe_draft
from custody.hsm.signer.store import selectors, tokens
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.store import Store
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.trust.holds import Kill
from custody.statements.trust.people import PersonRevoke

logger = logging.getLogger(__name__)

# A ceremony makes one key; a token that is slow over it is closed again.
CEREMONY_SECONDS = 120.0
# Of a file that was given as an order, its name is the nonce whoever gave it waits for.
_NONCE = re.compile(r"[0-9a-f]{32}")


class Console:
    """One per signer."""

    def __init__(
        self,
        *,
        store: Store,
        token: SigningToken,
        clock: TrustedClock,
        public: PublicFiles,
        orders: OrderFolder,
        sessions: Sessions,
        keeper: KeyKeeper,
    ) -> None:
        self._store, self._token, self._clock, self._public = store, token, clock, public
        self._orders, self._sessions, self._keeper = orders, sessions, keeper

    def take_orders(self) -> None:
        """What was ordered counts before anything else is decided; sessions that are over end first."""
        self.end_sessions()
        orders, others = self._orders.look()
        for file in others:
            self._set_aside(file)
        for order in orders:
            logger.critical("signer: %s ordered at the console", order.type)
            at = self._now()
            self._commit(order, at)
            self._store.sync_head()
            self._keeper.try_to_settle()
            if order.type == "OPEN_TOKEN":
                self.destroy_keys()
            self._public.publish_identity(at=at)
            self._orders.taken(order)

    def _set_aside(self, file: Path) -> None:
        """What is no order is refused on record, once, and holds up no order beside it."""
        logger.critical("signer: %s among the orders of the console is none", file.name)
        at = self._now()
        if self._orders.set_aside(file):
            body = {"rule": "order_unreadable", "culprit": ""}
            named = {"order": file.stem} if _NONCE.fullmatch(file.stem) else {}
            self._store.commit(Draft("REFUSED", body | named), at=at)

    def _commit(self, order: Order, at: datetime) -> None:
        """Carry out and journal; what the store does not take, an order given twice, is refused on record."""
        try:
            self._store.commit(*self._carried_out(order, at), at=at)
        except (IntegrityError, InvalidInputError):
            logger.error("signer: %s breaks a promise of the store", order.type)
            body = {"rule": "promise_broken", "culprit": "", "order": order.nonce}
            self._store.commit(Draft("REFUSED", body), at=at)

    def end_sessions(self) -> None:
        """End what is over; with a clock that is not trusted nothing is signed anyway."""
        with suppress(ClockNotTrustedError):
            if self._sessions.settle(at=self._now):
                self._public.publish_identity(at=self._now())

    def observe(self) -> None:
        """Journal what the back-ends in use say of their modules, where it is new."""
        for name, backend in self._token.opened().items():
            try:
                draft = module_draft(name, module_of(backend))
            except CustodyError as error:
                logger.error("signer: key back-end %s does not describe itself (%s)", name, error.code)
                continue
            if draft:
                self._store.commit(draft, at=self._now())

    def destroy_keys(self) -> None:
        """What officers have declared destroyed leaves its back-end; what does not go now goes later."""
        self._keeper.try_to_settle()
        for key in selectors.all_keys():
            if key.state != "DESTROYED" or key.is_kept_outside:
                continue
            try:
                self._token.destroy(key)
            except CustodyError as error:
                logger.critical("signer: key %s is not destroyed yet (%s)", key.id, error.code)

    def _now(self) -> datetime:
        return self._clock.read(last=self._store.last_time)

    def _carried_out(self, order: Order, at: datetime) -> tuple[Draft, ...]:
        """The entries of an order; none for one that stands in the journal already."""
        try:
            return self._entries(order, at)
        except CustodyError as error:
            logger.error("signer: %s refused (%s)", order.type, error.code)
            body = {"rule": error.code, "culprit": error.field or "", "order": order.nonce}
            return (Draft("REFUSED", body),)

    def _entries(self, order: Order, at: datetime) -> tuple[Draft, ...]:
        match order.body:
            case Kill() | PersonRevoke():
                known = selectors.is_order_taken(order.nonce)
                return () if known else (Draft("TRUST", {"order": order.to_json()}),)
            case Ceremony() as ceremony:
                return self._make_key(ceremony, order, at)
            case ColdSession() as session:
                self._sessions.open(session, pin=self._orders.pin_pipe(order).read, at=at)
                return ()
            case SessionEnd(session=name):
                self._sessions.close(name, at=at)
                return ()
            case PassedProbe() as probe:
                return (probe_draft(probe),)
            case SignedCheckpoint() as head:
                return (heads.presented(head),)
            case CertificateImport() | DealCoin() | NonceResync() | Recovery() as agreed:
                return (agreed.draft(trust=selectors.trust(), at=at),)
            case _:
                assert_never(order.body)

    def _make_key(self, ceremony: Ceremony, order: Order, at: datetime) -> tuple[Draft, ...]:
        held = ceremony.record(ceremony.check(trust=selectors.trust(), at=at))
        wanted = ceremony.key.wanted
        name = wanted.backend
        with self._unlocked(name, order):
            _, draft = make_key(wanted, token=self._token, at=at, extra=lambda made: {"ceremony": held})
            seen = module_draft(name, module_of(self._token.backend(name)))
        return (draft, seen) if seen else (draft,)

    @contextmanager
    def _unlocked(self, name: str, order: Order) -> Iterator[None]:
        """A cold back-end is open for the ceremony alone."""
        if name not in self._token.cold:
            yield
            return
        if any(session.backend == name for session in tokens.open_sessions()):
            raise Refusal("session_is_open", "/key/backend")
        pin = self._orders.pin_pipe(order).read()
        try:
            self._token.unlock(name, pin=pin, seconds=CEREMONY_SECONDS)
            yield
        finally:
            self._token.lock(name)
