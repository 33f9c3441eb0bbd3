"""A promise that a crash or a token's outage has kept waiting: may it still be signed?

Between its decision and its signature there are usually milliseconds. Where there was more, a kill, a
recovery or the end of the intent has come in between, and what would be refused now is not signed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from custody.common import canonical
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


@dataclass(frozen=True)
class Standing:
    """What may stop a promise; looked up once for all of a wake, as nothing is accepted while it signs."""

    trust: TrustState
    recovered_at: datetime | None

    @classmethod
    def now(cls) -> Self:
        return cls(selectors.trust(), selectors.recovered_at())


def check_promise(work: Work, key: CatalogueKey, *, standing: Standing, at: datetime) -> None:
    """Raise Refusal for a promise that must not be kept any more; asked again later it may be."""
    seen = work.entries[0]
    kind = str(seen.body["kind"])
    if not_killed in KINDS[kind].rules and standing.trust.is_killed(key.id, at=at):
        raise Refusal("killed", "/key")
    if kind not in SPENDS:
        return
    if standing.recovered_at is not None and seen.at <= standing.recovered_at:
        raise Refusal("intent_of_before_recovery", "/intent/expires_at")
    if at - seen.at > WAITED and _intent_is_over(work.data, at):
        raise Refusal("intent_expired", "/intent/expires_at")


def _intent_is_over(data: bytes, at: datetime) -> bool:
    request = Request.read(canonical.decode(data, limit=Request.LIMIT))
    return request.intent is not None and request.intent.expires_at <= at
