"""``Counter``: in place of queue and mailbox, one request at a time out of a custodian's hands.

Store, rules, token and order of signing are those of ``Signer``; the counter only asks a person before
it asks the signer, and proves what the signer says to those to whom it is carried.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.common.canonical import tagged_hash
from custody.common.errors import ForbiddenError, InvalidInputError, UnavailableError
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.offline.proof import proved_answer
from custody.hsm.signer.pass_one import refused
from custody.hsm.signer.preview import preview
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.signer import Signer
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.store import Store
from custody.statements.answer import Answer
from custody.statements.request import Request
from custody.statements.result import Result

CUSTODIAN = "CUSTODIAN"
# What a custodian types to have a refusal carried back; it ends the request for good.
REFUSE = "REFUSE"
# The rule of a request that no rule refuses, but the custodian at the console.
DECLINED = "declined_at_console"


class NotAnsweredError(UnavailableError):
    """The token or the clock failed; nothing is decided, or what is decided goes on next time."""

    code = "not_answered"


@dataclass(frozen=True)
class CarriedRequest:
    """A request on the counter: what it is, and what the signer says ``at`` that moment (see ``preview``)."""

    request: Request
    data: bytes
    at: datetime
    verdict: dict[str, Any]

    @property
    def is_decided(self) -> bool:
        """Confirmed and in the journal: it only goes on, and nobody is asked again."""
        return bool(self.verdict["outcome"] == "ALREADY_DECIDED")

    @property
    def is_refused(self) -> bool:
        return bool(self.verdict["outcome"] == "REFUSED")

    @property
    def refusal(self) -> Refusal:
        """Why it is refused: by its rule, or because the custodian declines what the rules allow."""
        rule, culprit = (self.verdict.get(name) for name in ("rule", "culprit"))
        return Refusal(rule or DECLINED, culprit or "")

    @property
    def word(self) -> str:
        """What the custodian has to type: for a spend the sum of the payees, in base units."""
        if self.is_refused:
            return REFUSE
        if self.request.intent is not None:
            return str(sum(payee.amount for payee in self.request.intent.payees))
        documents = self.request.trust_documents
        return documents[0].document.type if documents else self.request.kind


class Counter:
    """One per run of the program; owns nothing but the order in which things are asked."""

    def __init__(self, *, store: Store, signer: Signer, clock: TrustedClock) -> None:
        self._store, self._signer, self._clock = store, signer, clock
        # A kill given at the console counts before anybody is asked anything.
        signer.handle_all([])

    def look(self, data: bytes) -> CarriedRequest:
        """Read a request and say what would become of it; writes nothing.

        Raises InvalidInputError for bytes that are no request, ClockNotTrustedError.
        """
        request = Request.from_bytes(data)
        at = self._now()
        return CarriedRequest(request, data, at, preview(data, at=at))

    def check_custodian(self, person: str) -> None:
        """Raise ForbiddenError for anybody who is no custodian of the trust store now."""
        known = selectors.trust().credentials(at=self._now())
        if not any(entry.person == person and CUSTODIAN in entry.roles for entry in known):
            raise ForbiddenError("no custodian of this signer", code="not_a_custodian")

    def answer(self, carried: CarriedRequest, *, custodian: str, typed: str) -> Answer:
        """Hand the request to the signer once the custodian has typed its word; prove the result.

        REFUSE refuses it instead: by the rule that refuses it anyway, else by ``DECLINED``. Raises
        InvalidInputError ``not_confirmed`` for anything else that was typed, what
        ``check_custodian`` raises, and NotAnsweredError when the same request has to come again.
        """
        if not carried.is_decided:
            self.check_custodian(custodian)
            self._decide(carried, custodian, typed)
        result = Result.from_bytes(self._signer.handle(carried.request.id, carried.data))
        if result.outcome == "FAILED":
            raise NotAnsweredError(f"the signer failed ({result.rule}); present the same request again")
        return proved_answer(result, signer=self._signer, at=self._now())

    def _decide(self, carried: CarriedRequest, custodian: str, typed: str) -> None:
        """Journal who confirmed or refused what; what was refused here the signer decides no more."""
        if typed not in {carried.word, REFUSE}:
            raise InvalidInputError("not confirmed, nothing was done", code="not_confirmed")
        request_hash = tagged_hash(Request.FORMAT, carried.data).hex()
        word = "refused" if typed == REFUSE else "confirmed"
        note = Draft("HEAD", {word: "request", "request_hash": request_hash, "person": custodian})
        with self._store.transaction():
            at = self._now()
            self._store.append([note], at=at)
            if typed == REFUSE:
                seen = {"request": carried.request.id, "request_hash": request_hash}
                self._store.append(refused(seen, carried.refusal), at=at, request_hash=request_hash)

    def _now(self) -> datetime:
        return self._clock.read(last=self._store.last_time)
