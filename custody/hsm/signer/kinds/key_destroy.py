"""KEY_DESTROY: ends a one-time key whose business is settled and past dispute. Signs nothing.

Settled is what the witness has signed: every transaction that the key ever signed stands as deep as the
template wants. The window for disputes runs from the moment at which the witness saw that. A key that
was never used, or whose transaction never confirmed, is ended by officers instead (KEY_STATE).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from custody.hsm.signer.addresses import address_of_key
from custody.hsm.signer.case import Case, Effects
from custody.hsm.signer.facts import proven
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.standstill import Touched, not_killed, refuse_held
from custody.hsm.signer.store import kept_keys
from custody.hsm.signer.store.journal import Draft
from custody.statements.one_time import DestroyKeyPayload, OneTime
from custody.statements.trust.keys import WalletBinding

CONFIRMED = frozenset({"PAYMENT", "SPENT"})


@dataclass(frozen=True)
class DestroyCase(Case):
    """The key's bindings, and when the witness saw each of its transactions deep enough."""

    @cached_property
    def payload(self) -> DestroyKeyPayload:
        if not isinstance(self.request.payload, DestroyKeyPayload):
            raise Refusal("bad_field", "/payload")
        return self.request.payload

    @cached_property
    def one_time(self) -> OneTime:
        if self.key.one_time is None:
            raise Refusal("not_a_one_time_key", "/key")
        return self.key.one_time

    @cached_property
    def wallet(self) -> WalletBinding:
        wallet = self.one_time.activation.wallet
        if wallet is None:
            raise Refusal("key_without_wallet", "/key")
        return wallet

    @cached_property
    def settled_at(self) -> datetime:
        """When the last of its transactions was seen settled."""
        spends = kept_keys.spends_signed(self.key.id)
        if not spends:
            raise Refusal("key_not_used", "/key")
        return max(self._seen_settled(spend.txid) for spend in spends)

    def _seen_settled(self, txid: str) -> datetime:
        facts = proven(self.request.facts, trust=self.trust, at=self.at)
        seen = [
            fact.at
            for fact in facts
            if fact.kind in CONFIRMED
            and (fact.chain, fact.txid) == (self.wallet.chain, txid)
            and (fact.depth or 0) >= self.one_time.settled_depth
        ]
        if not seen:
            raise Refusal("key_not_settled", "/facts")
        return min(seen)


def key_is_of_this_business(case: DestroyCase) -> None:
    if case.one_time.ref != case.payload.ref:
        raise Refusal("key_of_another_business", "/payload/ref")


def key_may_end(case: DestroyCase) -> None:
    """What was suspended or compromised is officers' business."""
    if case.key.state not in {"ACTIVE", "DEACTIVATED"}:
        raise Refusal("key_not_active", "/key")


def nothing_is_held(case: DestroyCase) -> None:
    """A hold keeps the key as well: what it says may still be wanted."""
    touched: Touched = {
        ("KEY", case.key.id): "/key",
        ("WALLET", case.wallet.wallet): "/key",
        ("CLIENT", case.wallet.client): "/key",
        ("DEAL", case.one_time.ref): "/payload/ref",
        ("ADDRESS", address_of_key(case.key.public_key, case.wallet.chain)): "/key",
    }
    refuse_held(case, touched)


def dispute_window_is_over(case: DestroyCase) -> None:
    if case.at < case.settled_at + timedelta(seconds=case.one_time.dispute_seconds):
        raise Refusal("dispute_window_open", "/facts")


def _effects(case: DestroyCase) -> Effects:
    """Out of use, then destroyed: the order of states of NIST SP 800-57."""
    states = ("DEACTIVATED", "DESTROYED") if case.key.state == "ACTIVE" else ("DESTROYED",)
    drafts = tuple(
        Draft("KEY", {"key": case.key.id, "state": state, "reason": "settled"}) for state in states
    )
    return Effects(seen={"destroying": {"key": case.key.id}}, drafts=drafts)


KEY_DESTROY = Kind(
    name="KEY_DESTROY",
    purposes=frozenset(),
    reads=frozenset({"payload", "facts"}),
    case=DestroyCase,
    rules=(
        key_is_of_this_business,
        key_may_end,
        not_killed,
        nothing_is_held,
        dispute_window_is_over,
    ),
    effects=_effects,
    messages=lambda case: (),
)
