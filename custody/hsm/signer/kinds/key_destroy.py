"""KEY_DESTROY: ends a one-time key whose business is settled and past dispute. Signs nothing.

Settled is what the witness has signed: every transaction that the key ever signed stands as deep as the
template wants. The window for disputes runs from the moment at which the witness saw that. Then nothing
may lie at the key's address any more, by the witness's word of now: it would be lost with the key. A key
that was never used, or whose transaction never confirmed, is ended by officers instead (KEY_STATE).
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from custody.chains.bitcoin.address import script_of
from custody.hsm.signer.addresses import address_of_key
from custody.hsm.signer.case import Case, Effects, payload_of
from custody.hsm.signer.facts import proven
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.standstill import Touched, not_killed, refuse_held
from custody.hsm.signer.store import kept_keys
from custody.hsm.signer.store.journal import Draft
from custody.statements.fact import Fact
from custody.statements.holdings import AnyFact, Holdings
from custody.statements.one_time import DestroyKeyPayload, OneTime
from custody.statements.trust.keys import WalletBinding

CONFIRMED = frozenset({"PAYMENT", "SPENT"})
# How old the witness's word about the address may be.
MAX_AGE = timedelta(hours=1)


@dataclass(frozen=True)
class DestroyCase(Case):
    """The key's bindings, when the witness saw each of its transactions deep enough, and what is left."""

    @cached_property
    def payload(self) -> DestroyKeyPayload:
        return payload_of(self, DestroyKeyPayload)

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
    def address(self) -> str:
        return address_of_key(self.key.public_key, self.wallet.chain)

    @cached_property
    def facts(self) -> tuple[AnyFact, ...]:
        """What a pinned witness has signed."""
        return proven(self.request.facts, trust=self.trust, at=self.at)

    @cached_property
    def settled(self) -> tuple[Fact, ...]:
        """Of each transaction of the key the fact that first saw it settled."""
        spends = kept_keys.spends_signed(self.key.id)
        if not spends:
            raise Refusal("key_not_used", "/key")
        return tuple(self._seen_settled(spend.txid) for spend in spends)

    def _seen_settled(self, txid: str) -> Fact:
        seen = [
            fact
            for fact in self.facts
            if isinstance(fact, Fact)
            and fact.kind in CONFIRMED
            and (fact.chain, fact.txid) == (self.wallet.chain, txid)
            and (fact.depth or 0) >= self.one_time.settled_depth
        ]
        if not seen:
            raise Refusal("key_not_settled", "/facts")
        return min(seen, key=lambda fact: fact.at)

    @cached_property
    def held(self) -> Holdings:
        """The witness's last word about the key's address."""
        script = script_of(self.address, self.wallet.chain).hex()
        said = [
            fact
            for fact in self.facts
            if isinstance(fact, Holdings) and (fact.chain, fact.script) == (self.wallet.chain, script)
        ]
        if not said:
            raise Refusal("holdings_unknown", "/facts")
        return max(said, key=lambda fact: (fact.at, fact.block.height, fact.coins))


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
        ("ADDRESS", case.address): "/key",
    }
    refuse_held(case, touched)


def dispute_window_is_over(case: DestroyCase) -> None:
    settled_at = max(fact.at for fact in case.settled)
    if case.at < settled_at + timedelta(seconds=case.one_time.dispute_seconds):
        raise Refusal("dispute_window_open", "/facts")


def nothing_is_left(case: DestroyCase) -> None:
    """By a node that has seen the key's transactions settled, and a moment ago."""
    height = max(fact.block.height for fact in case.settled)
    if case.held.at < case.at - MAX_AGE or case.held.block.height < height:
        raise Refusal("holdings_stale", "/facts")
    if case.held.coins:
        raise Refusal("coins_left", "/facts")


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
        nothing_is_left,
    ),
    effects=_effects,
    messages=lambda case: (),
)
