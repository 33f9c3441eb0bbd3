"""Keys that are kept as blobs, from the promise in the journal to the record that nothing is left.

Making: promise committed, key made and wrapped on the token, blob and bindings committed, backup
durable, and only then a last entry that lets the key be used. Destroying: the entry DESTROYED
committed, backup overwritten and removed, blob taken out of the store together with the entry that
records it. Every step may be repeated: ``settle`` finishes what a crash left, from the store alone.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from custody.common.errors import CustodyError
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.making import Wanted, make_key
from custody.hsm.signer.steps import Step
from custody.hsm.signer.store import backup, journal, kept_keys, selectors, sql
from custody.hsm.signer.store.blobs import digest_of
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.store import Store
from custody.hsm.signer.work import Work
from custody.statements.request import KEY_LIVES

logger = logging.getLogger(__name__)


class KeyKeeper:
    """Works on an open store, outside any transaction."""

    def __init__(
        self, *, store: Store, token: SigningToken, clock: TrustedClock, reached: Callable[[Step], None]
    ) -> None:
        self._store, self._token, self._clock, self._reached = store, token, clock, reached
        # What an earlier process began may be unfinished.
        self._is_settled = False

    def carry_out(self, works: Sequence[Work]) -> None:
        """Make the keys that were promised to these requests and end those they were granted to end.

        A work whose token or backup does not answer gets its failure; the same bytes may come again.
        """
        own = [work for work in works if work.is_about_keys]
        for work in own:
            self._try(work, partial(self._make, work))
        for work in own:
            self._try(work, self.settle)
            work.entries = journal.of_request(work.request_hash)

    def settle(self) -> None:
        """Back up what has no backup yet, and remove what is destroyed; raises UnavailableError."""
        for key_id in kept_keys.without_backup():
            self._back_up(key_id)
        for key_id in kept_keys.to_remove():
            self._remove(key_id)
        self._store.sync_head()

    def try_to_settle(self) -> None:
        """Like ``settle``, for moments at which no request waits for it; ``finish`` comes back to it."""
        self._is_settled = False
        try:
            self.settle()
        except StoreStoppedError:
            raise
        except CustodyError as error:
            logger.critical("signer: blobs of keys are not settled yet (%s)", error.code)
            return
        self._is_settled = True

    def finish(self) -> None:
        """Settle what was begun, at each wake until it succeeds."""
        if not self._is_settled:
            self.try_to_settle()

    def _try(self, work: Work, step: Callable[[], None]) -> None:
        if work.failure is not None:
            return
        try:
            step()
        except StoreStoppedError:
            raise
        except CustodyError as error:
            logger.error("signer: request %s failed (%s)", work.request_id, error.code)
            work.failure = error

    def _make(self, work: Work) -> None:
        making = work.entries[0].body.get("making")
        if making is None or selectors.key(making["key"]) is not None:
            return
        wanted = Wanted(
            purpose="spend",
            curve="secp256k1",
            label=f"{making['wallet']['wallet']} {making['one_time']['index']}",
            state="PRE_ACTIVE",
            key_class="WRAPPED",
            id=making["key"],
        )
        at = self._clock.read(last=self._store.last_time)
        _, draft = make_key(wanted, token=self._token, at=at, extra=lambda key: _bindings(key, making))
        self._reached(Step.KEY_MADE)
        self._store.commit(draft, at=at, request_hash=work.request_hash)
        self._reached(Step.KEY_STORED)

    def _back_up(self, key_id: str) -> None:
        key, blob = _kept(key_id)
        backup.own().write(key_id, public_key=key.public_key, blob=blob)
        self._reached(Step.KEY_BACKED_UP)
        # A one-time key is bound already; any other is of use only by its activation.
        state = "ACTIVE" if key.one_time and key.state == "PRE_ACTIVE" else key.state
        self._record({"key": key_id, "state": state, "backup": digest_of(blob)})
        self._reached(Step.KEY_KEPT)

    def _remove(self, key_id: str) -> None:
        _, blob = _kept(key_id)
        backup.own().remove(key_id)
        self._reached(Step.BACKUP_REMOVED)
        self._record({"key": key_id, "state": "DESTROYED", "removed": digest_of(blob)})
        sql.shrink_log()
        self._reached(Step.BLOB_REMOVED)

    def _record(self, body: dict[str, Any]) -> None:
        """One KEY entry; it belongs to the request that makes or ends the key, while there is one."""
        at = self._clock.read(last=self._store.last_time)
        self._store.commit(Draft("KEY", body), at=at, request_hash=_request_of(body["key"]))


def _bindings(key: CatalogueKey, making: dict[str, Any]) -> dict[str, Any]:
    """What a one-time key is for, as the promise said, with the public key that was not known then."""
    activation = {
        "key": key.id,
        "public_key": key.public_key,
        "curve": key.curve,
        "class": key.key_class,
        "purpose": key.purpose,
        "wallet": making["wallet"],
        "valid_from": making["valid_from"],
        "valid_until": making["valid_until"],
    }
    return {"one_time": making["one_time"] | {"activation": activation}}


def _kept(key_id: str) -> tuple[CatalogueKey, bytes]:
    key, blob = selectors.key(key_id), kept_keys.blob_of(key_id)
    if key is None or blob is None:
        raise LookupError(key_id)
    return key, blob


def _request_of(key_id: str) -> str:
    """Hash of the KEY_MAKE or KEY_DESTROY behind the key's last entry, else empty.

    Such a request is not answered before the key is settled, so its result carries the entry; other
    entries travel with the next result.
    """
    request_hash, _ = kept_keys.state_entries(key_id)[-1]
    if not request_hash:
        return ""
    return request_hash if journal.of_request(request_hash)[0].body.get("kind") in KEY_LIVES else ""
