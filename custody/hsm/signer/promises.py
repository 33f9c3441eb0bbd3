"""A promise that a crash or a token's outage has kept waiting: may it still be signed, or is it over?

Between its decision and its signature there are usually milliseconds. Where there was more, a kill, a
recovery or the end of the intent has come in between, and what would be refused now is not signed.

A kill may be lifted, so such a promise waits on. One whose intent has ended, or that is of before a
recovery, is never kept any more: it lapses, on record, and what it took is free for another payment.

That gives nothing away twice, because a signature leaves the signer only in an answer, and answers are
made of SIGNED entries that stand committed:

* a process killed between token and SIGNED takes the signature with it, whatever held the key. What a
  cloud service or a vault has signed was for that process alone; they log digests, no signatures. And
  outpoints and nonces are given away once by the chain itself, so that even a signature which got out
  of there excludes the next one instead of adding to it;
* the signatures of one wake are committed together or not at all, and an answer without its SIGNED is
  FAILED; that of a signer without network is carried out of the same commit;
* a second signer on the store cannot commit what the first one holds in its hands: its entries have no
  place in the chain any more. The store itself takes no SIGNED behind a lapse, and no lapse behind SIGNED;
* a store restored to a moment between promise and SIGNED is behind its head file, which is advanced
  before the signature of a promise that waited leaves (``Signer._record_signed``). What a rewound store
  cannot know is why a recovery ends all promises, and frees only what the chain gives away once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from custody.common import canonical
from custody.common.errors import CustodyError
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.standstill import not_killed
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.trust.state import TrustState
from custody.hsm.signer.work import Work
from custody.statements.request import SPENDS, Request

# A decision of this age was not made in this wake.
WAITED = timedelta(seconds=60)


class NotNowError(CustodyError):
    """A promise is not kept in this wake; the same bytes may come again, and the code says why they wait."""

    code = "not_now"
    status = 409


@dataclass(frozen=True)
class Standing:
    """What may stop a promise; looked up once for all of a wake, as nothing is accepted while it signs.

    ``recovery``: number of the entry of the last one, -1 without. ``suspended``: keys whose token answered
    wrongly in this wake.
    """

    trust: TrustState
    recovery: int
    suspended: set[str] = field(default_factory=set)
    _keys: dict[str, CatalogueKey] = field(default_factory=dict)

    @classmethod
    def now(cls) -> Self:
        return cls(selectors.trust(), selectors.last_recovery())

    def usable_key(self, key_id: str) -> CatalogueKey:
        """The key as the store has it; raises NotNowError for one that is not in use."""
        if key_id in self.suspended:
            raise NotNowError("the key is suspended", code="key_not_active")
        if key_id not in self._keys:
            self._keys[key_id] = _active(key_id)
        return self._keys[key_id]


def _active(key_id: str) -> CatalogueKey:
    key = selectors.key(key_id)
    if key is None or key.state != "ACTIVE":
        raise NotNowError("the key is not in use", code="key_not_active")
    return key


def check_promise(work: Work, key: CatalogueKey, *, standing: Standing, at: datetime) -> None:
    """Raise NotNowError for a promise that must not be kept now.

    Killed it is asked again until its intent ends; one that ended since its wake began lapses with the
    next one.
    """
    kind = str(work.entries[0].body["kind"])
    if not_killed in KINDS[kind].rules and standing.trust.is_killed(key.id, at=at):
        raise NotNowError("the key is killed", code="killed")
    if over := why_over(work, recovery=standing.recovery, at=at):
        raise NotNowError("the promise has lapsed", code=over.rule)


def has_waited(work: Work, *, at: datetime) -> bool:
    """True for a decision of an earlier wake, as far as its age says so."""
    return at - work.entries[0].at > WAITED


def why_over(work: Work, *, recovery: int, at: datetime) -> Refusal | None:
    """Why a promise is never kept any more; None for one that still may be, now or later."""
    seen = work.entries[0]
    if seen.body["kind"] not in SPENDS:
        return None
    if seen.seq < recovery:
        return Refusal("intent_of_before_recovery", "/intent/expires_at")
    if has_waited(work, at=at) and _intent_is_over(work.data, at):
        return Refusal("intent_expired", "/intent/expires_at")
    return None


def _intent_is_over(data: bytes, at: datetime) -> bool:
    request = Request.read(canonical.decode(data, limit=Request.LIMIT))
    return request.intent is not None and request.intent.expires_at <= at
