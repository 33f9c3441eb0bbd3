"""Sessions with closed tokens while the signer runs: opened and ended on record, and what needs one.

A key needs a session when its back-end is cold, and when its wallet is of tier COLD, wherever it is
kept. The journal says which sessions there are; only one that this very process has opened is good
for a signature, so every session ends with the process.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from custody.common import clock
from custody.common.errors import CustodyError
from custody.hsm.backends import registry
from custody.hsm.signer.cold_session import ColdSession, Ending
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.modules import Module, PassedProbe, module_of
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors, tokens
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.store import Store
from custody.hsm.signer.store.tokens import OpenSession
from custody.hsm.token.errors import TokenClosedError

logger = logging.getLogger(__name__)


class Sessions:
    """One per signer; ``token.sessions`` names those that this process has opened."""

    def __init__(self, *, store: Store, token: SigningToken) -> None:
        self._store, self._token = store, token
        # Nobody else writes the store: what is not open now opens here or not at all, and a cold key
        # is taken into use here.
        self._may_be_open = True
        self._has_cold_keys: bool | None = None

    def open(self, agreed: ColdSession, *, pin: Callable[[], str | None], at: datetime) -> None:
        """Journal an agreed session, then log in; one that cannot log in is ended on record.

        Raises Refusal for an agreement that does not hold.
        """
        verdicts = agreed.check(trust=selectors.trust(), at=at)
        session = agreed.session
        self._check_free(session.backend)
        body: dict[str, Any] = agreed.record(verdicts) | {
            "minutes": session.minutes,
            "requests": sorted(session.requests),
            "ends_at": clock.write_time(at + timedelta(minutes=session.minutes)),
        }
        self._record(Draft("HEAD", {"backend": session.backend, "opened": body}), at)
        self._may_be_open = True
        self._token.sessions.add(agreed.action.id)
        if session.backend not in self._token.cold:
            return
        try:
            opened = self._token.unlock(session.backend, pin=pin(), seconds=session.minutes * 60)
            self._record_module(session.backend, module_of(opened), at)
        except CustodyError as error:
            logger.error("signer: %s could not be opened (%s)", session.backend, error.code)
            self._end(agreed.action.id, session.backend, "unusable", at, rule=error.code)

    def close(self, session: str, *, at: datetime) -> bool:
        """End a session by command; False when it is none that is open."""
        for known in tokens.open_sessions():
            if known.id == session:
                self._end(known.id, known.backend, "command", at)
                return True
        return False

    def settle(self, *, at: Callable[[], datetime]) -> bool:
        """End what is over: by time, by a restart, or because all of its requests are decided."""
        if not self._may_be_open or not (known := tokens.open_sessions()):
            self._may_be_open = False
            return False
        now = at()
        over = [(session, reason) for session in known if (reason := self._ending(session, now))]
        for session, reason in over:
            self._end(session.id, session.backend, reason, now)
        self._may_be_open = len(over) < len(known)
        return bool(over)

    def check_promises(self, drafts: Sequence[Draft], request_hash: str, *, at: datetime) -> None:
        """Raise TokenClosedError before a signature is promised that no session covers."""
        for draft in drafts:
            if draft.kind == "TRUST":
                self._has_cold_keys = None  # this document may take one into use
            if draft.kind == "SIGN":
                self.check(draft.body["slots"][0]["key"], request_hash, at=lambda: at)

    def check(self, key_id: str, request_hash: str, *, at: Callable[[], datetime]) -> None:
        """Raise TokenClosedError unless the key needs no session, or one names this request now."""
        if self._has_cold_keys is None:
            self._has_cold_keys = selectors.trust().has_cold_keys
        if not self._token.cold and not self._has_cold_keys:
            return  # the usual case, without a question to the store
        key, now = selectors.key(key_id), at()
        if key is None or not self._needs_session(key, now) or self._covers(key, request_hash, now):
            return
        raise TokenClosedError(f"key {key_id} signs only in a session that names the request")

    def _needs_session(self, key: CatalogueKey, at: datetime) -> bool:
        activation = selectors.trust().activation(key.id, at=at)
        return key.backend in self._token.cold or (activation is not None and activation.is_cold)

    def _covers(self, key: CatalogueKey, request_hash: str, at: datetime) -> bool:
        return any(
            session.id in self._token.sessions
            and session.backend == key.backend
            and request_hash in session.requests
            and at < session.ends_at
            for session in tokens.open_sessions()
        )

    def _check_free(self, backend: str) -> None:
        if backend != registry.DEFAULT and backend not in registry.configured_names():
            raise Refusal("unknown_backend", "/session/backend")
        if any(session.backend == backend for session in tokens.open_sessions()):
            raise Refusal("session_is_open", "/session/backend")

    def _ending(self, session: OpenSession, at: datetime) -> Ending | None:
        if session.id not in self._token.sessions:
            return "restart"
        if at >= session.ends_at:
            return "time_out"
        return "done" if all(map(tokens.is_decided, session.requests)) else None

    def _end(self, session: str, backend: str, reason: Ending, at: datetime, **more: str) -> None:
        self._token.lock(backend)
        self._token.sessions.discard(session)
        logger.warning("signer: session %s with %s ended (%s)", session, backend, reason)
        ended = {"id": session, "reason": reason, **more}
        self._record(Draft("HEAD", {"backend": backend, "closed": ended}), at)

    def _record_module(self, backend: str, module: Module, at: datetime) -> None:
        if draft := module_draft(backend, module):
            self._record(draft, at)

    def _record(self, draft: Draft, at: datetime) -> None:
        self._store.commit(draft, at=at)
        self._store.sync_head()


def module_draft(backend: str, module: Module) -> Draft | None:
    """The entry of what a back-end says of its module, when it says something new."""
    known = tokens.known_backends().get(backend)
    if known is not None and known.module == module:
        return None
    return Draft("HEAD", {"backend": backend, "module": module.to_json()})


def probe_draft(probe: PassedProbe) -> Draft:
    """The entry of a passed probe."""
    body = {"backend": probe.backend, "module": probe.module.to_json(), "probe": probe.to_json()}
    return Draft("HEAD", body)
