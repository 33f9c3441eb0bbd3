"""Puts the signer together from settings; used by its Celery application and its console commands."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings

from custody.hsm.signer import second_opinions
from custody.hsm.signer.clock import ClockNotTrustedError, TrustedClock
from custody.hsm.signer.heads import lost_head, standstill
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.orders import OrderFolder
from custody.hsm.signer.publication import CHECKPOINTS, PublicFiles
from custody.hsm.signer.signer import Signer
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.store import Store
from custody.hsm.token.pin import pin_from_file
from custody.hsm.token.session import TokenSession

logger = logging.getLogger(__name__)


def build_token() -> SigningToken:
    """The signer's token; nothing is opened before the first use."""
    return SigningToken(
        TokenSession(
            module=settings.PKCS11_MODULE,
            label=settings.SIGNER_TOKEN_LABEL,
            pin=pin_from_file("CUSTODY_SIGNER_PIN_FILE"),
        )
    )


def build_clock() -> TrustedClock:
    return TrustedClock(settings.SIGNER_DIR / "clock-not-confirmed")


def build_public() -> PublicFiles:
    return PublicFiles(settings.SIGNER_PUBLIC_DIR)


def build_orders() -> OrderFolder:
    return OrderFolder(settings.SIGNER_DIR)


@contextmanager
def own_store() -> Iterator[Store]:
    """Open the store exclusively; raises StoreStoppedError when it is in use or not in order."""
    store = Store(settings.SIGNER_DIR)
    try:
        store.open()
        yield store
    finally:
        store.close()


def build_signer(store: Store) -> Signer:
    """A signer on an open store; raises StoreStoppedError without genesis, before any signature, and
    SecondOpinionError where it could not ask for one that is enabled.
    """
    if selectors.pinned() is None:
        raise StoreStoppedError("the store has no genesis; run signer_genesis", code="no_genesis")
    second_opinions.load()
    clock, public = build_clock(), build_public()
    if (lost := lost_head(settings.SIGNER_PUBLIC_DIR / CHECKPOINTS)) and not standstill():
        logger.critical("signer: we have published a head that this store does not know")
        store.commit(lost, at=clock.read(last=store.last_time))
    if not standstill():
        with suppress(ClockNotTrustedError):
            public.refresh_identity(at=clock.read(last=store.last_time))
    return Signer(
        store=store,
        token=build_token(),
        clock=clock,
        public=public,
        orders=build_orders(),
    )
